"""Hyperparameters as data: validated, parsed from text, resolved with their defaults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from medpeft_sdk.errors import SpecError
from medpeft_sdk.specs import Dimension, Hyperparameter, resolve


def declare(**fields):
    return Hyperparameter(**{"name": "x", "description": "Something.", **fields})


RANK = declare(name="rank", type="int", default=8, low=1, high=256, log=True)
ALPHA = declare(name="alpha", type="float", default=1)
BIAS = declare(name="bias", type="bool", default=False)
WHERE = declare(name="where", type="str", default="all", choices=("all", "attention"))
DECLARED = (RANK, ALPHA, BIAS, WHERE)


@pytest.mark.parametrize(
    ("hyperparameter", "text", "value"),
    [
        (RANK, "16", 16),
        (RANK, "256", 256),
        (ALPHA, "2", 2.0),
        (ALPHA, "1e-3", 0.001),
        (BIAS, "true", True),
        (BIAS, "No", False),
        (BIAS, "1", True),
        (WHERE, "attention", "attention"),
    ],
)
def test_parse(hyperparameter, text, value):
    parsed = hyperparameter.parse(text, where="--set")
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("hyperparameter", "text"),
    [
        (RANK, "0"),
        (RANK, "257"),
        (RANK, "8.5"),
        (RANK, "eight"),
        (RANK, ""),
        (RANK, "true"),
        (ALPHA, "nan"),
        (ALPHA, "inf"),
        (BIAS, "maybe"),
        (WHERE, "mlp"),
    ],
)
def test_parse_refuses_and_says_what_it_expected(hyperparameter, text):
    with pytest.raises(SpecError) as caught:
        hyperparameter.parse(text, where="--set x=y")
    message = str(caught.value)
    assert hyperparameter.name in message
    assert hyperparameter.domain in message
    assert "--set x=y" in message


@pytest.mark.parametrize(
    ("hyperparameter", "value"),
    [(RANK, True), (RANK, 8.0), (RANK, "8"), (ALPHA, True), (ALPHA, "1"), (BIAS, 1), (WHERE, 1)],
)
def test_check_takes_no_other_type(hyperparameter, value):
    with pytest.raises(SpecError):
        hyperparameter.check(value, where="x")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"type": "int", "default": 0, "low": 1}, "default"),
        ({"type": "int", "default": 1.5}, "default"),
        ({"type": "str", "default": "a", "low": 1}, "bounds are for numbers"),
        ({"type": "int", "default": 1, "low": 1, "choices": (1, 2)}, "not both"),
        ({"type": "int", "default": 1, "low": 2, "high": 1}, "above high"),
        ({"type": "float", "default": 1.0, "log": True}, "low above zero"),
        ({"type": "float", "default": 1.0, "low": 0.0, "log": True}, "low above zero"),
        ({"type": "int", "default": 1, "choices": (2, 3)}, "default"),
        ({"type": "int", "default": 1, "choices": (1, "2")}, "choice '2'"),
        ({"type": "float", "default": float("nan")}, "finite"),
    ],
)
def test_an_incoherent_declaration_is_refused(fields, complaint):
    with pytest.raises(ValidationError, match=complaint):
        declare(**fields)


@pytest.mark.parametrize(
    ("hyperparameter", "domain"),
    [
        (RANK, "int in [1, 256]"),
        (ALPHA, "float"),
        (WHERE, "one of all, attention"),
        (declare(type="float", default=0.0, low=0), "float in [0, inf]"),
    ],
)
def test_domain_in_words(hyperparameter, domain):
    assert hyperparameter.domain == domain


def test_resolve_fills_in_defaults_in_the_declared_order():
    resolved = resolve(DECLARED, {"where": "attention", "rank": 4}, where="x")
    assert list(resolved.items()) == [
        ("rank", 4),
        ("alpha", 1.0),
        ("bias", False),
        ("where", "attention"),
    ]


def test_a_default_and_the_same_value_given_resolve_to_the_same_type():
    default, given_ = resolve((ALPHA,), {}, where="x"), resolve((ALPHA,), {"alpha": 1}, where="x")
    assert [type(v) for v in default.values()] == [type(v) for v in given_.values()] == [float]


def test_resolve_suggests_the_nearest_name():
    with pytest.raises(SpecError, match="no hyperparameter 'rnak'") as caught:
        resolve(DECLARED, {"rnak": 4}, where="--set rnak=4")
    assert "did you mean rank?" in str(caught.value)
    with pytest.raises(SpecError) as caught:
        resolve((), {"rank": 4}, where="x")
    assert "no hyperparameter at all" in str(caught.value)


@given(st.integers(1, 256))
def test_every_integer_within_bounds_survives_text(value):
    assert RANK.parse(str(value), where="x") == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_survives_text(value):
    assert ALPHA.parse(repr(value), where="x") == value


@given(
    st.sampled_from(["int", "float", "bool", "str"]).flatmap(
        lambda kind: st.tuples(
            st.just(kind),
            {
                "int": st.integers(),
                "float": st.floats(allow_nan=False, allow_infinity=False),
                "bool": st.booleans(),
                "str": st.text(st.characters(exclude_categories=["Cs"])),
            }[kind],
        )
    )
)
def test_declarations_survive_json(kind_and_default):
    kind, default = kind_and_default
    declared = declare(type=kind, default=default)
    again = Hyperparameter.from_json(declared.to_json(), where="x")
    assert again == declared
    assert type(again.default) is type(declared.default)


def test_a_search_samples_a_part_of_what_is_allowed():
    rank = declare(type="int", default=8, low=1, high=256, search=(1, 64), log=True)
    assert rank.check(200, where="--set") == 200
    assert rank.searched == "searched in [1, 64]"
    dimension = Dimension.of(rank)
    assert dimension is not None
    assert (dimension.low, dimension.high) == (1, 64)
    assert RANK.searched is None


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"low": 1, "high": 256, "search": (1, 512)}, r"a part of int in \[1, 256\]"),
        ({"low": 1, "high": 256, "search": (64, 16)}, r"a part of int in \[1, 256\]"),
        ({"low": 1, "high": 256, "search": (16, 64)}, "the default to be inside"),
        ({"search": (1, 64)}, "numbers that have bounds"),
    ],
)
def test_a_range_of_search_that_does_not_fit_is_refused(fields, complaint):
    with pytest.raises(ValidationError, match=complaint):
        declare(type="int", default=8, **fields)
