from __future__ import annotations

import re
from pathlib import Path

import pytest

from medpeft_sdk.api import open_dataset_at, prepare
from medpeft_sdk.data import SampleTable
from medpeft_sdk.errors import DataError, SpecError
from medpeft_sdk.registry import load_registry
from tests.plugins.datasets.trees import paint, tabulate

COLUMNS = ("file", "diagnosis", "patient", "fold", "sex", "note", "effusion", "edema")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [
        {
            "file": f"{i}.png",
            "diagnosis": ("well", "ill", "ill", "unsure")[i % 4],
            "patient": f"p{i // 2}" if i < 10 else "",
            "fold": ("train", "Validate", "test")[i % 3],
            "sex": "F" if i % 2 else "unknown",
            "note": f"image {i}, seen",
            "effusion": str(i % 2),
            "edema": f"{i // 6}.0",
        }
        for i in range(12)
    ]
    for row in rows:
        paint(tmp_path / "pictures" / row["file"])
    return tabulate(tmp_path / "table.csv", COLUMNS, rows, delimiter=";")


def index(
    table: Path, options: str = "label=diagnosis", *, images: str = "pictures"
) -> SampleTable:
    return open_dataset_at(f"csv:{table},path=file,images={images},{options}").index()


def test_columns_by_name(table):
    found = index(
        table, "label=diagnosis,group=patient,split=fold,attributes=sex+patient,text=note"
    )
    assert found.classes == ("ill", "unsure", "well")
    assert found.labels.tolist()[:4] == [2, 0, 0, 1]
    assert found.ids[0] == "0.png"
    assert found.groups[0] == found.groups[1] == "p0"
    assert found.groups[10:] == ("10.png", "11.png")
    assert found.splits[:3] == ("train", "val", "test")
    assert found.attributes["sex"][:2] == ("", "F")
    assert found.texts[3] == "image 3, seen"


def test_images_are_read(table):
    dataset = open_dataset_at(f"csv:{table},path=file,images=pictures,label=diagnosis")
    assert dataset.read(dataset.index().ids[0]).shape == (8, 12, 3)


def test_a_binary_column_and_one_of_several_labels(table):
    assert index(table, "label=effusion").classes == ("0", "1")
    many = index(table, "label=effusion+edema")
    assert many.classes == ("effusion", "edema")
    assert many.labels.tolist() == [[i % 2, i // 6] for i in range(12)]


def test_what_a_table_can_be_used_for_follows_from_its_columns(table):
    def spec(options):
        return load_registry().datasets.get(f"csv:{table},{options}").spec

    assert (spec("label=a").labels, spec("label=a").task) == ("one", "classification")
    assert spec("label=a+b").labels == "any"
    assert spec("label=,text=note").task == "text_to_image"
    assert spec("group=patient,attributes=sex+age").attributes == ("sex", "age")
    assert spec("group=patient").group == "patient"


def test_the_name_keeps_what_changes_the_samples_and_no_path(table):
    name = f"csv:{table},label=diagnosis,images={table.parent},attributes=sex"
    assert load_registry().datasets.get(name).spec.name == "csv:table.csv,label=diagnosis"


def test_texts_without_labels(table):
    found = index(table, "label=,text=note")
    assert (found.classes, set(found.labels.tolist())) == ((), {0})
    assert len(found.texts) == 12


def test_chosen_classes(table):
    found = index(table, "label=diagnosis,classes=well+ill,others=drop")
    assert found.classes == ("well", "ill")
    assert (len(found), found.labels.tolist()[:3]) == (9, [0, 1, 1])
    assert found.notes == ("3 rows with other labels are left out",)
    with pytest.raises(DataError, match="label 'unsure' is none of the classes") as error:
        index(table, "label=diagnosis,classes=well+ill")
    assert "others=drop" in str(error.value)


def test_absolute_paths_become_relative_to_the_images(table, tmp_path):
    pictures = tmp_path / "pictures"
    before = index(table).fingerprint
    table.write_text(table.read_text().replace(".png", "").replace("\n", f"\n{pictures}/"))
    lines = [line.replace(";", ".png;", 1) for line in table.read_text().splitlines()]
    table.write_text("\n".join([lines[0].replace(".png", ""), *lines[1:-1]]) + "\n")
    assert index(table).fingerprint == before
    with pytest.raises(DataError, match="leads out of the folder of the images"):
        index(table, images="elsewhere")


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ("label=diagnossis", "no column 'diagnossis'", "did you mean label=diagnosis?"),
        ("label=diagnosis,split=sex", "a split is called 'F'|a split is called 'unknown'", "train"),
        ("label=note+effusion", "12 labels are neither 0 nor 1, such as 'image 0, seen'", "0 or 1"),
        ("label=patient", "2 rows have no label, the first is row 11", "fill the labels in"),
        ("label=diagnosis,classes=ill,others=drop", "one class only: 'ill'", "classes=A+B"),
        ("label=diagnosis,classes=ill,well,others=drop", "no row has .* ill,well", "ill, unsure"),
        ("label=diagnosis,classes=Ill+Well,others=drop", "no row has one of .* Ill", "ill, unsure"),
        ("label=effusion+edema+edema", "column 'edema' is named twice", "leave the second one out"),
        ("label=diagnosis,others=drop", "leaves no row out", "classes=A+B"),
        ("label=effusion+edema,classes=ill+well", "for 2 columns of labels", "leave classes out"),
        ("label=,text=note,classes=ill+well", "for 0 columns of labels", "label=COLUMN"),
        ("label=diagnosis,clases=ill", "no option 'clases'", "did you mean classes"),
        ("label=diagnosis,quality=good", "no option 'quality'", "leave it out"),
        ("label=diagnosis,missing=dorp", "missing = 'dorp' is not allowed", "did you mean drop"),
        ("label=quality", "no column 'quality'", "name another: label=COLUMN"),
        ("label=effusion+edma", "no column 'edma'", "did you mean label=effusion+edema?"),
        ("label=diagnosis,group=patient+sex", r"no column 'patient\+sex'", "group=patient?"),
        ("label=diagnosis,text=note+sex", r"no column 'note\+sex'", "one column 'note+sex'"),
    ],
)
def test_bad_options(table, options, message, hint):
    with pytest.raises((DataError, SpecError), match=message) as error:
        index(table, options)
    assert hint in str(error.value)


@pytest.mark.parametrize("path", ["", "file+sex"])
def test_one_column_holds_the_paths(table, path):
    with pytest.raises((DataError, SpecError), match="no column") as error:
        open_dataset_at(f"csv:{table},path={path},images=pictures,label=diagnosis").index()
    assert "path=" in error.value.mend


def test_a_column_that_stands_twice_in_the_first_line(table):
    table.write_text(table.read_text().replace("diagnosis;patient", "diagnosis;diagnosis"))
    with pytest.raises(DataError, match="two columns 'diagnosis'") as error:
        index(table)
    assert error.value.mend == "rename one of the two in the first line"


def test_a_table_with_names_of_its_own_is_told_the_option(tmp_path):
    table = tabulate(tmp_path / "t.csv", ("scan", "Label"), [{"scan": "a.png", "Label": "x"}])
    with pytest.raises(DataError, match="no column 'path'") as error:
        open_dataset_at(f"csv:{table}").index()
    assert error.value.mend == "name another: path=COLUMN"
    with pytest.raises(DataError, match="no column 'label'") as error:
        open_dataset_at(f"csv:{table},path=scan").index()
    assert error.value.mend == "did you mean label=Label?"


def test_backslashes_are_read_as_windows_does(table, tmp_path):
    first, *rows = table.read_text().splitlines()
    table.write_text("\n".join((first, *(rf"pictures\{row}" for row in rows))) + "\n")
    found = index(table, images=".")
    assert found.ids[:2] == ("pictures/0.png", "pictures/1.png")
    assert found.notes == ()
    (tmp_path / "pictures" / "3.png").unlink()
    with pytest.raises(DataError, match=r"1 of 12 images .* such as pictures/3\.png"):
        index(table, images=".")
    paint(tmp_path / r"pictures\3.png")
    assert index(table, images=".").ids[3] == r"pictures\3.png"


def test_a_drive_of_another_machine_is_told(table, tmp_path):
    text = table.read_text()
    table.write_text(text.replace("\n3.png", "\nC:\\data\\3.png"))
    with pytest.raises(DataError, match="begins with C:, which is a drive") as error:
        index(table)
    assert "images=FOLDER" in str(error.value)
    table.write_text(text.replace("\n3.png", "\nC:3.png"))
    paint(tmp_path / "pictures" / "C:3.png")
    assert index(table).ids[3] == "C:3.png"


def test_images_that_are_missing(table, tmp_path):
    (tmp_path / "pictures" / "3.png").unlink()
    with pytest.raises(DataError, match=r"1 of 12 images of the table are missing, such as 3\.png"):
        index(table)
    with pytest.raises(DataError, match="12 of 12 images of the table are missing") as error:
        index(table, images="absent")
    assert error.value.mend == "name their folder, relative to the table: images=FOLDER"
    found = index(table, "label=diagnosis,missing=drop")
    assert (len(found), found.notes) == (11, ("1 images of the table are missing",))


def test_an_image_that_is_listed_twice(table):
    text = table.read_text()
    table.write_text(text + text.splitlines()[1] + "\n")
    with pytest.raises(DataError, match=r"image '0\.png' stands in 2 rows") as error:
        index(table)
    assert str(table) in str(error.value)


def test_no_table(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        open_dataset_at(f"csv:{tmp_path / 'absent.csv'}").index()
    with pytest.raises(DataError, match="the table is a folder") as error:
        open_dataset_at(f"csv:{tmp_path}").index()
    assert "images=FOLDER" in error.value.mend
    with pytest.raises(DataError, match="names no table"):
        load_registry().datasets.get("csv:")


def test_what_has_no_labels_is_not_evaluated(table):
    from medpeft_sdk.execution import find_datasets

    name = f"csv:{table},path=file,images=pictures,label=,text=note"
    planned, roots = find_datasets([name], load_registry(), {}, None, subsets=(), where="--dataset")
    assert planned[0].spec.task == "text_to_image"
    assert roots == {planned[0].spec.name: str(table)}
    plan = prepare(["linear"], datasets=[name], subsets=["4shot"], seeds=[0]).plan
    assert all(cell.unsupported for cell in plan.cells)


@pytest.mark.parametrize(
    "path",
    ["../../../etc/passwd", "../pictures/../table.csv", "/etc/passwd", r"..\..\etc\passwd"],
)
def test_a_path_does_not_lead_out_of_the_folder_of_the_images(table, path):
    table.write_text(table.read_text().replace("3.png", path))
    leads_out = f"the path {re.escape(path)} leads out of the folder"
    with pytest.raises(DataError, match=leads_out) as error:
        index(table)
    assert "images=FOLDER" in str(error.value)


def test_one_image_in_two_spellings_is_one(table):
    before = index(table).ids
    table.write_text(table.read_text().replace("\n3.png", "\n.//3.png"))
    assert index(table).ids == before
    table.write_text(table.read_text().replace("\n4.png", "\nx/../3.png"))
    with pytest.raises(DataError, match=r"image '3\.png' stands in 2 rows"):
        index(table)


@pytest.mark.parametrize("empty", ["", "NaN"])
def test_a_row_without_a_path_is_named(table, empty):
    table.write_text(table.read_text().replace("\n3.png", f"\n{empty}"))
    with pytest.raises(DataError, match="1 rows have no path, the first is row 4") as error:
        index(table, "label=diagnosis,missing=drop")
    assert f"{table}, column file" in str(error.value)


def test_images_that_the_table_does_not_name_are_told(table, tmp_path):
    paint(tmp_path / "pictures" / "b.png")
    paint(tmp_path / "pictures" / "a.png")
    (tmp_path / "pictures" / "notes.txt").write_text("x")
    found = index(table, "label=diagnosis,classes=well+ill,others=drop")
    assert found.notes[1:] == ("2 images are not in the table and left out, such as a.png",)


@pytest.mark.parametrize("empty", ["", "nan", "NA"])
def test_images_without_a_group_stand_alone(table, empty):
    table.write_text(table.read_text().replace(";p1;", f";{empty};"))
    found = index(table, "label=diagnosis,group=patient")
    assert found.groups[:4] == ("p0", "p0", "2.png", "3.png")


def test_a_class_with_a_line_break_in_its_name(table):
    table.write_text(table.read_text().replace(";well;", ';"we\nll";'))
    with pytest.raises(DataError, match="name of a class holds a character"):
        index(table)


def test_a_class_is_named_once(table):
    with pytest.raises(DataError, match="the class 'ill' is named twice"):
        index(table, "label=diagnosis,classes=ill+well+ill+unsure")
