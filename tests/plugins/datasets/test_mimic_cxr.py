from __future__ import annotations

import pytest

from medpeft_plugins.datasets.mimic_cxr.report import sections
from medpeft_sdk.api import open_dataset_at
from medpeft_sdk.errors import DataError
from tests.plugins.datasets import contents, trees

# The ages in the headers are not in the form that the standard wants, as in the real files.
pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR AS")


@pytest.mark.parametrize(
    "options", [{}, {"suffix": ".dcm"}, {"packed": False}, {"reports": "mimic-cxr-reports"}]
)
def test_every_form_is_read_in_full(tmp_path, options):
    dataset = open_dataset_at("mimic_cxr", trees.mimic_cxr(tmp_path, **options))
    table = dataset.index()
    assert dataset.spec.task == "text_to_image"
    assert table.texts == (
        "1. Mild cardiomegaly. 2. No pneumonia.", "Clear lungs.", "Small effusion.",
    )  # fmt: skip
    assert table.groups == ("10000032", "10000032", "10000764")
    assert table.splits == ("train", "train", "val")
    assert table.attributes["view"] == ("PA", "AP", "PA")
    assert table.attributes["study"][0] == "50414267"
    assert table.ids[0].startswith("files/p10/p10000032/s50414267/")
    assert table.notes == ("2 images have no impression and are left out",)
    assert all(dataset.read(name).shape == (8, 12, 3) for name in table.ids)


def test_views_and_sections(tmp_path):
    root = trees.mimic_cxr(tmp_path)
    assert len(open_dataset_at("mimic_cxr,views=all", root).index()) == 4
    findings = open_dataset_at("mimic_cxr,text=findings", root).index().texts
    assert findings == ("The heart is a little large. Lungs are clear.", "Small effusion.")
    both = open_dataset_at("mimic_cxr,text=both", root).index().texts
    assert both[0].startswith("The heart is a little large. Lungs are clear. 1. Mild")
    assert both[1] == "Small effusion."


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (contents.WITHOUT_SECTIONS, {}),
        ("IMPRESSION:\n\n", {}),
        ("FINDNGS: a\nCONCLUSIONS: b", {"findings": "a", "impression": "b"}),
        ("IMPRESSION: a\nRECOMMENDATION(S): rest", {"impression": "a"}),
        ("PROVISIONAL FINDINGS IMPRESSION (PFI): a", {}),
        ("IMPRESSION: first\nADDENDUM: x\nIMPRESSION: last", {"impression": "last"}),
        ("IMPRESSION/RECOMMENDATION: a", {"impression": "a"}),
        ("FINDINGS: Impression: of a tube", {"findings": "Impression: of a tube"}),
        ("NOTIFICATION: of the impression", {}),
    ],
)
def test_sections(report, expected):
    assert sections(report) == expected


def test_no_reports(tmp_path):
    root = trees.mimic_cxr(tmp_path, reports="elsewhere")
    (root / "mimic-cxr-reports.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match="no image has a report") as error:
        open_dataset_at("mimic_cxr", root).index()
    assert "unpack mimic-cxr-reports.zip" in str(error.value)


def test_images_that_are_missing(tmp_path):
    root = trees.mimic_cxr(tmp_path)
    next((root / "files/p10/p10000032/s53189527").iterdir()).unlink()
    with pytest.raises(DataError, match="1 of 5 images") as error:
        open_dataset_at("mimic_cxr", root).index()
    assert "s53189527" in str(error.value)
    table = open_dataset_at("mimic_cxr,missing=drop", root).index()
    assert table.notes[0] == "1 images that the table lists are missing"


def test_tables_that_do_not_agree(tmp_path):
    root = trees.mimic_cxr(tmp_path, packed=False)
    file = root / "mimic-cxr-2.0.0-split.csv"
    file.write_text(file.read_text().replace(",train", ",fold1"))
    with pytest.raises(DataError, match="is fold1"):
        open_dataset_at("mimic_cxr", root).index()
    file.write_text("dicom_id,split\nx,train\n")
    with pytest.raises(DataError, match="is not told"):
        open_dataset_at("mimic_cxr", root).index()
    file.unlink()
    with pytest.raises(DataError, match=r"split\.csv\.gz is missing"):
        open_dataset_at("mimic_cxr", root).index()
