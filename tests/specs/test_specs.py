"""Every spec is strict, frozen, and the same after a trip through JSON."""

import json
import subprocess
import sys

import pytest
from pydantic import ValidationError

from medpeft_sdk import specs
from medpeft_sdk.errors import SpecError


def test_every_registered_spec_has_an_example(examples):
    named = {s for s in vars(specs).values() if isinstance(s, type)}
    named = {s for s in named if issubclass(s, specs.NamedSpec)} - {specs.NamedSpec}
    assert named <= {type(e) for e in examples}


def test_json_round_trip(examples):
    for spec in examples:
        assert type(spec).from_json(spec.to_json(), where="test") == spec


def test_data_round_trip(examples):
    for spec in examples:
        data = spec.model_dump(mode="json")
        assert type(spec).from_data(data, where="test") == spec


def test_a_result_from_before_costs_were_told_apart_still_reads(examples):
    (result,) = (spec for spec in examples if isinstance(spec, specs.ResultSpec))
    data = result.model_dump(mode="json")
    for name in ("phases", "training_step", "inference", "merged", "energy"):
        del data["costs"][name]
    costs = specs.ResultSpec.from_data(data, where="test").costs
    assert costs.training_seconds == result.costs.training_seconds
    assert (costs.phases, costs.training_step, costs.inference) == ({}, None, None)
    assert (costs.merged, costs.energy) == (None, None)


def test_canonical_json_ignores_order_and_parses(examples):
    for spec in examples:
        data = json.loads(spec.canonical_json())
        backwards = dict(reversed(data.items()))
        again = type(spec).from_data(backwards, where="test")
        assert again.canonical_json() == spec.canonical_json()
        assert spec.canonical_json() == json.dumps(
            data, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )


def test_unknown_fields_are_refused(examples):
    for spec in examples:
        data = spec.model_dump(mode="json") | {"surprise": 1}
        with pytest.raises(SpecError) as caught:
            type(spec).from_data(data, where="test.json")
        assert "surprise" in str(caught.value)
        assert "test.json" in str(caught.value)


def test_specs_are_frozen(examples):
    for spec in examples:
        field = next(iter(type(spec).model_fields))
        with pytest.raises(ValidationError):
            setattr(spec, field, getattr(spec, field))


def test_types_are_not_coerced():
    with pytest.raises(SpecError, match="valid metric"):
        specs.MetricSpec.from_data(
            {"name": "f1", "title": "F1", "higher_is_better": "yes", "description": "x"},
            where="test",
        )


def test_every_wrong_field_is_named_with_what_was_found():
    with pytest.raises(SpecError) as caught:
        specs.Recipe.from_data({"batch_size": 0, "fit": "stretch"}, where="my.toml")
    text = str(caught.value)
    assert "batch_size" in text
    assert "fit" in text
    assert "'stretch'" in text
    assert "my.toml" in text


def test_text_that_is_not_json_is_a_spec_error():
    with pytest.raises(SpecError, match="valid metric"):
        specs.MetricSpec.from_json("{", where="broken.json")


def test_a_date_in_a_toml_file_is_a_wrong_type_and_no_crash():
    import tomllib

    data = tomllib.loads("name = 2020-01-01")
    with pytest.raises(SpecError, match="valid executor"):
        specs.ExecutorSpec.from_data(data, where="x.toml")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_are_finite(number):
    with pytest.raises(SpecError):
        specs.Look.from_data(
            {"step": 1, "training_loss": number, "validation_loss": 1.0, "score": None},
            where="test",
        )


@pytest.mark.parametrize("name", ["Lora", "lo ra", "", "1lora", "lo-ra", "lora\n", "../lora"])
def test_names_are_plain(name):
    with pytest.raises(ValidationError):
        specs.ExecutorSpec(name=name, title="x", description="x")


def test_json_schema_refuses_unknown_fields_and_describes_the_text_of_a_subset(examples):
    for spec in examples:
        schema = type(spec).model_json_schema()
        assert schema["additionalProperties"] is False
        json.dumps(schema)
    subset = specs.ProtocolSpec.model_json_schema()["$defs"]["Subset"]
    assert {branch["type"] for branch in subset["anyOf"]} == {"string", "number"}


def test_method_refuses_a_hyperparameter_declared_twice(examples):
    rank = examples[0]
    data = next(e for e in examples if isinstance(e, specs.MethodSpec)).model_dump()
    with pytest.raises(ValidationError, match="declared twice"):
        specs.MethodSpec(**data | {"hyperparameters": (rank, rank)})


def test_protocol_refuses_repetitions_and_negative_seeds(examples):
    protocol = next(e for e in examples if isinstance(e, specs.ProtocolSpec))
    data = protocol.model_dump(mode="json")
    with pytest.raises(SpecError, match="valid protocol") as caught:
        specs.ProtocolSpec.from_data(data | {"subsets": ["10%", 0.1]}, where="x")
    assert "subsets names something twice" in str(caught.value)
    with pytest.raises(SpecError):
        specs.ProtocolSpec.from_data(data | {"seeds": [-1]}, where="x")


def test_recipe_refuses_bounds_that_cross():
    with pytest.raises(ValidationError, match="above max_steps"):
        specs.Recipe(min_steps=10, max_steps=5)


@pytest.mark.parametrize(("status", "reason"), [("ok", "because"), ("failed", None)])
def test_a_result_gives_a_reason_exactly_where_it_is_not_ok(examples, status, reason):
    result = next(e for e in examples if isinstance(e, specs.ResultSpec))
    data = result.model_dump(mode="json") | {"status": status, "reason": reason}
    with pytest.raises(SpecError) as caught:
        specs.ResultSpec.from_data(data, where="x")
    assert "a reason is given exactly where" in str(caught.value)


def test_weights_are_identified_by_digest_or_by_place_and_revision():
    hub = specs.Weights(source="hub", location="timm/x", revision="abc")
    assert hub.identity == "timm/x@abc"
    one = specs.Weights(source="file", location="/a/w.safetensors", sha256="1" * 64)
    other = specs.Weights(source="file", location="/b/w.safetensors", sha256="1" * 64)
    assert one.identity == other.identity


def test_specs_and_registry_import_no_tensor_library():
    code = (
        "import sys, medpeft_sdk, medpeft_sdk.specs, medpeft_sdk.registry; "
        "sys.exit(bool({'torch', 'timm', 'peft'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
