"""What the built-in datasets say about themselves, and how their names are read."""

from __future__ import annotations

import pytest

from medpeft_sdk.api import open_dataset_at
from medpeft_sdk.data.verify import verify
from medpeft_sdk.errors import DataError, SpecError, UnknownNameError
from medpeft_sdk.registry import load_registry
from tests.plugins.datasets import trees

SIX = ("busi", "fitzpatrick17k", "ham10000", "mimic_cxr", "rsna_pneumonia", "smdg")
DATASETS = load_registry().datasets


@pytest.mark.parametrize("name", SIX)
def test_a_set_says_how_to_get_it_and_what_is_wrong_with_it(name):
    spec = DATASETS.get(name).spec
    assert all((spec.licence, spec.access, spec.citation, spec.layout, spec.defects))
    assert not spec.synthetic
    if spec.classes:
        assert tuple(spec.counts) == spec.classes


@pytest.mark.parametrize("name", SIX)
def test_a_set_without_its_folder_tells_what_to_add(name, monkeypatch, tmp_path):
    monkeypatch.delenv("MEDPEFT_DATA", raising=False)
    with pytest.raises(DataError, match=f"images of '{name}' were not found") as error:
        open_dataset_at(name).index()
    assert f"--data {name}=PATH" in str(error.value)
    with pytest.raises(DataError, match="does not exist"):
        open_dataset_at(name, tmp_path / "absent").index()


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("ham10000,split=patient", "split = 'patient' is not allowed", "one of lesion, image"),
        ("ham10000,spilt=image", "no option 'spilt'", "did you mean split"),
        ("ham10000,split=image,split=lesion", "'split' is given twice", "one value"),
        ("busi,twins", "no dataset is called 'busi,twins'", "busi,twins=…"),
        ("ham1000,split=image", "no dataset is called 'ham1000'", "did you mean ham10000"),
        ("phantom_ultrasound,split=image", "no option 'split'", "no option at all"),
    ],
)
def test_names_and_options_that_do_not_exist(name, message, hint):
    with pytest.raises((SpecError, UnknownNameError), match=message) as error:
        DATASETS.get(name)
    assert hint in str(error.value)


def test_an_option_becomes_part_of_the_name_where_it_changes_something():
    def name(typed):
        return DATASETS.get(typed).spec.name

    assert name("ham10000,split=lesion") == "ham10000"
    assert name("ham10000,split=image") == "ham10000,split=image"
    assert name("smdg,suspects=class,split=image") == name("smdg,split=image,suspects=class")
    assert name("rsna_pneumonia,headers=false") == "rsna_pneumonia"
    assert DATASETS.get("rsna_pneumonia,headers=false").spec.option("headers") is False


def test_the_folder_is_found_below_the_common_root(monkeypatch, tmp_path):
    trees.ham10000(tmp_path / "ham10000")
    monkeypatch.setenv("MEDPEFT_DATA", str(tmp_path))
    assert len(open_dataset_at("ham10000,split=image").index()) == 21


def test_no_option_of_the_six_hides_that_a_copy_is_incomplete(tmp_path):
    for name in SIX:
        root = getattr(trees, name)(tmp_path / name)
        spec = DATASETS.get(name).spec
        for option in spec.options:
            for value in option.choices or ("false",):
                problems = verify(open_dataset_at(f"{name},{option.name}={value}", root)).problems
                told = any("not the complete set" in problem for problem in problems)
                assert told is bool(spec.counts), (name, option.name, value)
    (note,) = verify(open_dataset_at("mimic_cxr,missing=drop", tmp_path / "mimic_cxr")).notes[-1:]
    assert "counts were not compared" in note
