"""A subset reads and writes as text, and its text is exact, for it stands in a cell's identity."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from medpeft_sdk.specs import ProtocolSpec, Subset


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("16shot", "16shot"),
        ("16shots", "16shot"),
        ("16-shot", "16shot"),
        ("16 shots", "16shot"),
        (" 1shot ", "1shot"),
        ("10%", "10%"),
        ("0.1", "10%"),
        (0.1, "10%"),
        (1, "100%"),
        ("1", "100%"),
        ("100%", "100%"),
        ("1%", "1%"),
        ("0.5%", "0.5%"),
        ("12.5%", "12.5%"),
        ("1e-3", "0.1%"),
        ("1e-6", "0.0001%"),
    ],
)
def test_text_forms(written, text):
    subset = Subset.model_validate(written)
    assert str(subset) == text
    assert Subset.from_json(subset.to_json(), where="x") == subset


@pytest.mark.parametrize(
    "written",
    ["", "0shot", "-1shot", "shot", "0", "0%", "1e-9", "1.1", "101%", "-0.1", "nan", "inf", "ten",
     "1.5shot", True, None, [], {"shots": 1, "fraction": 0.1}, {}, {"shots": 1.0}],
)  # fmt: skip
def test_what_is_no_subset_is_refused(written):
    with pytest.raises(ValidationError):
        Subset.model_validate(written)


@given(st.floats(1e-6, 1))
def test_every_fraction_survives_its_text(fraction):
    subset = Subset(fraction=fraction)
    assert Subset.model_validate(str(subset)) == subset
    assert subset.fraction == pytest.approx(fraction, abs=1e-6)


@given(st.integers(1, 10_000))
def test_every_number_of_shots_survives_its_text(shots):
    subset = Subset(shots=shots)
    assert Subset.model_validate(str(subset)) == subset


@given(st.one_of(st.integers(1, 999).map(lambda n: Subset(shots=n)),
                 st.floats(1e-6, 1).map(lambda f: Subset(fraction=f))))  # fmt: skip
def test_the_json_schema_admits_what_is_written(subset):
    branches = ProtocolSpec.model_json_schema()["$defs"]["Subset"]["anyOf"]
    assert re.fullmatch(branches[0]["pattern"], str(subset))
