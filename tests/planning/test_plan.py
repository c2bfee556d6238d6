from __future__ import annotations

import pytest

from medpeft_sdk.errors import MedpeftError, SpecError, UnknownNameError
from medpeft_sdk.planning import (
    PlannedDataset,
    Settings,
    cell_id,
    make_plan,
    protocol_hash,
    read_settings,
    split_assignments,
)
from medpeft_sdk.specs import (
    BackboneSpec,
    CellSpec,
    DatasetSpec,
    Hyperparameter,
    MethodSpec,
    ProtocolSpec,
    Weights,
)

DIGEST = "a" * 64
PINNED = "007b837e76c401a4"


def method(name: str = "lora", **changes: object) -> MethodSpec:
    fields: dict[str, object] = {
        "name": name,
        "title": name,
        "kind": "reparameterised",
        "formula": "W + BA",
        "families": ("transformer", "cnn"),
        "learning_rate": 1e-3,
        "identity_at_initialisation": True,
        "hyperparameters": (
            Hyperparameter(
                name="rank", type="int", default=8, low=1, high=64, log=True, description="rank"
            ),
        ),
    }
    return MethodSpec.model_validate(fields | changes)


def backbone(name: str = "timm/vit", family: str = "transformer") -> BackboneSpec:
    return BackboneSpec.model_validate(
        {
            "name": name,
            "title": name,
            "family": family,
            "library": "timm",
            "architecture": "vit",
            "image_size": 64,
            "mean": (0.5, 0.5, 0.5),
            "std": (0.5, 0.5, 0.5),
            "weights": Weights(source="file", location="/somewhere/w.safetensors", sha256=DIGEST),
            "licence": "Apache-2.0",
        }
    )


def dataset() -> PlannedDataset:
    spec = DatasetSpec(
        name="busi", title="BUSI", modality="ultrasound", licence="?", access="anybody"
    )
    return PlannedDataset(spec, DIGEST)


def protocol(**changes: object) -> ProtocolSpec:
    fields: dict[str, object] = {
        "name": "quick",
        "version": 1,
        "title": "Quick",
        "datasets": ["busi"],
        "backbones": ["timm/vit"],
        "subsets": ["16shot", "100%"],
        "seeds": [0, 1, 2],
        "metrics": ["auroc"],
    }
    return ProtocolSpec.from_data(fields | changes, where="a test")


def plan_of(*methods: MethodSpec, settings: Settings | None = None, **changes: object):
    return make_plan(
        protocol(**changes),
        methods=methods,
        datasets=[dataset()],
        backbones=[backbone()],
        settings=settings or Settings(),
    )


def test_every_method_gets_the_same_subsets_seeds_and_recipe() -> None:
    plan = plan_of(method("lora"), method("bitfit", hyperparameters=(), learning_rate=2e-3))
    assert len(plan.cells) == 2 * 2 * 3
    assert len({c.id for c in plan.cells}) == len(plan.cells)
    lora, bitfit = (
        {(str(c.cell.subset), c.cell.seed) for c in plan.cells if c.cell.method == name}
        for name in ("lora", "bitfit")
    )
    assert lora == bitfit
    recipes = {c.cell.recipe.model_copy(update={"learning_rate": None}) for c in plan.cells}
    assert len(recipes) == 1


def test_a_cell_says_what_it_left_to_defaults() -> None:
    cell = plan_of(method()).cells[0].cell
    assert cell.recipe.image_size == 64
    assert cell.recipe.learning_rate == 1e-3
    assert cell.hyperparameters == {"rank": 8}


def test_the_identity_survives_json_and_depends_on_every_field() -> None:
    cell = plan_of(method()).cells[0].cell
    again = CellSpec.from_json(cell.to_json(), where="a test")
    assert cell_id(again) == cell_id(cell)
    for field, value in {"seed": 7, "method": "other", "hyperparameters": {"rank": 4}}.items():
        assert cell_id(cell.model_copy(update={field: value})) != cell_id(cell)


def test_the_identity_holds_no_path() -> None:
    cell = plan_of(method()).cells[0].cell
    assert "/somewhere" not in cell.canonical_json()
    assert DIGEST in cell.canonical_json()


def test_the_identity_is_pinned() -> None:
    """Fails when a change would give every cell a new id: then raise IDENTITY_VERSION."""
    cell = plan_of(method()).cells[0]
    assert cell.id == cell_id(cell.cell)
    assert cell.id.startswith(PINNED), "cells of older results would not be found any more"


def test_a_method_that_cannot_run_is_planned_with_its_reason() -> None:
    plan = plan_of(method(families=("unet",)))
    assert all(c.unsupported and "family transformer" in c.unsupported for c in plan.cells)


def test_the_protocol_hash_is_about_rules_not_about_methods_or_words() -> None:
    base = protocol()
    assert protocol_hash(base) == protocol_hash(protocol(methods=["lora"], title="Other"))
    assert protocol_hash(base) != protocol_hash(protocol(seeds=[0]))


def test_a_setting_concerns_every_method_that_declares_it() -> None:
    methods = [method("lora"), method("dora"), method("linear", hyperparameters=())]
    settings = read_settings({"rank": "16", "dora.rank": "4"}, methods)
    assert settings.resolve(methods[0]) == {"rank": 16}
    assert settings.resolve(methods[1]) == {"rank": 4}
    assert settings.resolve(methods[2]) == {}


def test_a_setting_can_be_a_field_of_the_recipe() -> None:
    given = {"epochs": "3", "learning_rate": "1e-4", "class_weights": "true", "patience": "none"}
    recipe = read_settings(given, [method()]).apply(protocol().recipe)
    assert (recipe.epochs, recipe.learning_rate) == (3, 1e-4)
    assert (recipe.class_weights, recipe.patience) == (True, None)


def test_the_recipe_can_be_named_as_a_protocol_s_file_names_it() -> None:
    declared = Hyperparameter(name="epochs", type="int", default=8, low=1, high=64, description="n")
    wide = method(hyperparameters=(declared,))
    settings = read_settings({"recipe.epochs": "3", "epochs": "7"}, [wide])
    assert settings.apply(protocol().recipe).epochs == 3
    assert settings.resolve(wide) == {"epochs": 7}


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"recipe.epoch": "3"}, UnknownNameError, "did you mean epochs?"),
        ({"recipe.colour": "3"}, UnknownNameError, "no setting of the recipe is called 'colour'"),
        ({"recipe.colour": "3"}, UnknownNameError, "names, see medpeft show protocol quick"),
        ({"colour": "3"}, UnknownNameError, "see medpeft show method NAME and medpeft show protoc"),
        ({"lora.rnak": "3"}, UnknownNameError, "did you mean rank?"),
        ({"bitfit.rank": "3"}, UnknownNameError, "there is none"),
        ({"rank": "0"}, SpecError, "int in [1, 64]"),
        ({"rank": "0"}, SpecError, "leave it out for its default, 8"),
        ({"rank": "many"}, SpecError, "not a value of type int"),
        ({"rank": "many"}, SpecError, "leave it out for its default, 8"),
        ({"rnak": "8"}, UnknownNameError, "did you mean rank"),
        ({"other.rank": "8"}, UnknownNameError, "no chosen method"),
        ({"epochs": "0"}, SpecError, "the recipe does not allow --set epochs=0"),
        ({"epochs": "0"}, SpecError, "the protocol has epochs=30"),
        ({"patience": "0"}, SpecError, "the protocol has patience=none"),
        ({"class_weights": "2"}, SpecError, "the protocol has class_weights=false"),
        ({"epochs": "ten"}, SpecError, "epochs"),
        ({"min_steps": "10", "max_steps": "5"}, SpecError, "min_steps 10 is above max_steps 5"),
    ],
)
def test_a_wrong_setting_is_one_clear_message(
    given: dict[str, str], error: type[MedpeftError], words: str
) -> None:
    with pytest.raises(error) as caught:
        bitfit = method("bitfit", hyperparameters=())
        read_settings(given, [method(), bitfit]).apply(protocol().recipe)
    assert words in str(caught.value)
    assert "--set" in str(caught.value)


@pytest.mark.parametrize("text", ["rank", "=8", ""])
def test_an_assignment_needs_a_name_and_a_value(text: str) -> None:
    with pytest.raises(SpecError, match="sets nothing") as raised:
        split_assignments([text])
    assert raised.value.mend == "write --set NAME=VALUE"


def test_an_assignment_given_twice_is_refused() -> None:
    with pytest.raises(SpecError, match="given twice"):
        split_assignments(["rank=1", "rank=2"])


def test_seeds_share_a_search_and_get_what_it_chose() -> None:
    plan = plan_of(method(), ruleset="tuned", trials=4)
    (bundle,) = plan.searches()
    assert len(bundle.cells) == 2, "one for each subset"
    assert {c.search.id for c in plan.cells if c.search} == {s.id for s in bundle.cells}
    chosen = plan.choose({bundle.cells[0].id: {"recipe.learning_rate": 0.5, "rank": 2}})
    few, all_images = chosen.cells[:3], chosen.cells[3:]
    assert {(c.cell.recipe.learning_rate, c.cell.hyperparameters["rank"]) for c in few} == {
        (0.5, 2)
    }
    assert all(c.id == cell_id(c.cell) for c in chosen.cells)
    assert all_images == plan.cells[3:]


def test_a_number_of_trials_is_part_of_a_cell_and_not_of_its_search() -> None:
    four, five = (plan_of(method(), ruleset="tuned", trials=n).cells[0] for n in (4, 5))
    assert four.search == five.search
    assert four.id != five.id


def test_what_is_set_or_has_no_bounds_is_not_searched() -> None:
    unbounded = Hyperparameter(name="width", type="int", default=3, low=1, description="width")
    one = method(hyperparameters=(*method().hyperparameters, unbounded))
    settings = read_settings({"rank": 4}, [one])
    (cell, *_) = plan_of(one, settings=settings, ruleset="tuned", trials=4).cells
    assert cell.search is not None
    assert [d.name for d in cell.search.spec.space] == ["recipe.learning_rate"]
    assert cell.search.spec.cell({}).hyperparameters == {"rank": 4, "width": 3}


def test_a_protocol_without_searches_is_written_as_before_there_were_any() -> None:
    assert not {"trials", "pruning"} & protocol().model_dump().keys()
    tuned = protocol(ruleset="tuned", trials=4)
    assert ProtocolSpec.from_json(tuned.to_json(), where="a test") == tuned
    assert protocol_hash(tuned) != protocol_hash(protocol(ruleset="tuned", trials=5))
