"""The page about datasets tells what the specs say."""

import re
from pathlib import Path

import pytest

from medpeft_sdk.registry import load_registry

PAGE = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##)", PAGE, flags=re.S | re.M))
DATASETS = load_registry().datasets
NAMES = {spec.name: spec.name for spec in (entry.spec for entry in DATASETS) if not spec.synthetic}
NAMES |= {"csv:table.csv": "A table", "hf:owner/name": "The Hugging Face Hub"}


@pytest.mark.parametrize("name", NAMES)
def test_every_option_and_every_value_is_told(name):
    section = SECTIONS[NAMES[name]]
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)$", section, flags=re.M))
    spec = DATASETS.get(name).spec
    assert set(rows) == {option.name for option in spec.options}
    for option in spec.options:
        for value in option.choices or ():
            assert str(value) in rows[option.name]
        if option.choices:
            assert f"**{option.default}**" in rows[option.name]


@pytest.mark.parametrize("name", [name for name in NAMES if ":" not in name])
def test_counts_attributes_and_access_are_told(name):
    section, spec = SECTIONS[name], DATASETS.get(name).spec
    for count in spec.counts.values():
        assert f"{count:,}" in section
    for attribute in spec.attributes:
        assert f"`{attribute}`" in section
    for name in re.findall(r"^ *([^\s(,]+)", spec.layout, flags=re.M):
        assert name in section
