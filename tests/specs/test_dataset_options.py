"""Options in names: what is read, and what becomes of the spec."""

from __future__ import annotations

import pytest

from medpeft_sdk.errors import SpecError
from medpeft_sdk.specs import DatasetSpec, Download, Hyperparameter, MetricSpec, split_options

SPEC = DatasetSpec(
    name="lungs",
    title="Lungs",
    modality="radiograph",
    options=(
        Hyperparameter(
            name="split", type="str", default="patient", choices=("patient", "image"),
            description="What stays together.",
        ),
        Hyperparameter(name="size", type="int", default=28, description="Side in pixels."),
        Hyperparameter(name="headers", type="bool", default=True, description="Read them."),
    ),
    unnamed=("headers",),
    licence="none",
    access="none",
    downloads=tuple(
        Download(file=f"{size}.zip", url="https://example.org/", digest=f"md5:{'0' * 32}",
                 needed_for={"size": size})
        for size in (28, 64)
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "base", "options"),
    [
        ("busi", "busi", {}),
        ("ham10000,split=image", "ham10000", {"split": "image"}),
        ("smdg,b=2,a=1", "smdg", {"a": "1", "b": "2"}),
        ("csv:/t.csv,Path=a", "csv:/t.csv", {"Path": "a"}),
        ("folder:/a,b/c", "folder:/a,b/c", {}),
        ("csv:/t.csv,label=a,b,group=c", "csv:/t.csv", {"label": "a,b", "group": "c"}),
        ("csv:/t.csv,label=,path=x=y", "csv:/t.csv", {"label": "", "path": "x=y"}),
    ],
)
def test_splitting(name, base, options):
    assert split_options(name) == (base, options)


def test_variants_are_named_by_what_differs_from_the_default():
    assert SPEC.variant({"split": "patient", "size": "28"}) == SPEC
    variant = SPEC.variant({"size": "64", "split": "image", "headers": "no"})
    assert variant.name == "lungs,size=64,split=image"
    assert variant.base == "lungs"
    assert [variant.option(o.name) for o in SPEC.options] == ["image", 64, False]
    assert SPEC.option("split") == "patient"


def test_only_the_downloads_of_the_variant_are_needed():
    assert [d.file for d in SPEC.needed_downloads()] == ["28.zip"]
    assert [d.file for d in SPEC.variant({"size": "64"}).needed_downloads()] == ["64.zip"]


def test_bad_options():
    with pytest.raises(SpecError, match="no option 'spilt'"):
        SPEC.variant({"spilt": "image"})
    with pytest.raises(SpecError, match="size = 'big' is not a value of type int"):
        SPEC.variant({"size": "big"})
    with pytest.raises(SpecError, match="given twice"):
        split_options("lungs,size=1,size=2")
    metric = MetricSpec(name="hits", title="Hits", higher_is_better=True, description="Hits.")
    with pytest.raises(SpecError, match="'hits' takes no options, and best is given"):
        metric.variant({"best": "1"})


def test_a_value_that_is_misspelt_is_answered_with_the_nearest() -> None:
    with pytest.raises(SpecError) as raised:
        SPEC.variant({"split": "imgae"})
    assert raised.value.mend == "did you mean image?"
