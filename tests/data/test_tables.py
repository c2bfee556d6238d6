"""Tables as people and programs write them."""

from __future__ import annotations

import gzip

import pytest

from medpeft_sdk.data import read_table
from medpeft_sdk.errors import DataError

ROWS = [["image", "note", "label"], ["a.png", 'of "two", words', "1"], ["b.png", "", " 0 "]]
EXPECTED = {"image": ["a.png", "b.png"], "label": ["1", "0"]}


def written(path, delimiter=",", *, start="", end="\n"):
    lines = [delimiter.join('"' + c.replace('"', '""') + '"' for c in row) for row in ROWS]
    path.write_text(start + end.join(lines) + end, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_delimiters_line_ends_and_byte_order_marks(tmp_path, delimiter, end, start):
    file = written(tmp_path / "t.csv", delimiter, start=start, end=end)
    assert read_table(file, ("image", "label")) == EXPECTED


def test_what_is_packed_is_unpacked(tmp_path):
    file = tmp_path / "t.csv.gz"
    file.write_bytes(gzip.compress(written(tmp_path / "t.csv").read_bytes()))
    assert read_table(file, ("image", "label")) == EXPECTED


def test_optional_columns_are_read_where_they_are(tmp_path):
    found = read_table(written(tmp_path / "t.csv"), ("image",), optional=("note", "age"))
    assert found == {"image": ["a.png", "b.png"], "note": ['of "two", words', ""]}


def test_a_cell_may_have_lines(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text('image,note\na.png,"one\ntwo"\n\nb.png,\n', encoding="utf-8")
    assert read_table(file, ("note",)) == {"note": ["one\ntwo", ""]}


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ("image,Lable\na,1\n", "no column 'label'", "did you mean Lable"),
        ("image,LABEL\na,1\n", "no column 'label'", "did you mean LABEL"),
        ("image,label,label\na,1,1\n", "two columns 'label'", "one column 'label'"),
        ("<html>login</html>\n", "no column 'image'", "there are <html>login"),
        ("", "a table is empty", "the columns image, label"),
        ("image,label\n", "no rows", ""),
        ("image,label\na,1\nb\n", "line 3 of a table has 1 fields", "2, as in its first line"),
        ("image,label\na,b,1\n", "line 2 of a table has 3 fields", "2, as in its first line"),
        ('image,label\n"a,1\n', "cannot be read", "comma-separated"),
    ],
)
def test_bad_tables(tmp_path, content, message, hint):
    file = tmp_path / "t.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message) as error:
        read_table(file, ("image", "label"))
    assert hint in str(error.value)
    assert str(file) in str(error.value)


def test_bad_files(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        read_table(tmp_path / "absent.csv", ("image",))
    (tmp_path / "utf16.csv").write_text("image\na\n", encoding="utf-16")
    with pytest.raises(DataError, match="cannot be read") as error:
        read_table(tmp_path / "utf16.csv", ("image",))
    assert "UTF-8" in str(error.value)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"image\na\n" * 100)[:-20])
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path / "t.csv.gz", ("image",))
    (tmp_path / "plain.csv.gz").write_bytes(b"image\na\n")
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path / "plain.csv.gz", ("image",))
