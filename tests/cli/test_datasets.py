"""``medpeft datasets``, as a user types it."""

from __future__ import annotations

import csv
import inspect
import io
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from medpeft_sdk.cli import datasets
from medpeft_sdk.data.duplicates import ALIKE
from tests.cli.conftest import Run, answer
from tests.data.test_archive import zipped


@pytest.fixture
def table(tmp_path: Path, root: Path) -> Path:
    """A table of the pets."""
    lines = [f"{f.relative_to(tmp_path)},{f.parent.name}" for f in sorted(root.rglob("*.png"))]
    (tmp_path / "pets.csv").write_text("\n".join(("path,label", *lines)) + "\n")
    return tmp_path / "pets.csv"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of two classes with twelve images each."""
    chance = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(12):
            pixels = chance.integers(0, 256, (24, 24, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{i:02}.png")
    return tmp_path / "pets"


def test_a_table_never_replaces_what_it_was_made_of(medpeft: Run, table: Path) -> None:
    before = table.read_bytes()
    done = medpeft("datasets", "index", f"csv:{table},label=label", f"-o{table}")
    assert done.returncode == 2 and "would replace a file of the dataset" in done.stderr
    assert table.read_bytes() == before
    other = table.with_name("other.csv")
    for _ in range(2):
        assert (
            medpeft("datasets", "index", f"csv:{table},label=label", f"-o{other}").returncode == 0
        )


def test_a_table_without_splits_says_why(medpeft: Run, table: Path) -> None:
    done = medpeft("datasets", "index", f"csv:{table},label=label,classes=cat+dog+owl")
    assert done.returncode == 0 and done.stdout.startswith("id,label\n")
    assert "there is no split" in done.stderr and "'owl'" in done.stderr


def test_info_says_what_a_set_is_and_how_to_get_it(medpeft: Run) -> None:
    shown = medpeft("datasets", "info", "ham10000")
    assert shown.returncode == 0, shown.stderr
    for word in ("10,015", "lesion", "Dataverse", "HAM10000_metadata", "CC BY-NC", "split"):
        assert word in shown.stdout
    assert answer(medpeft("datasets", "info", "ham10000,split=image", "--json"))["chosen"] == {
        "split": "image"
    }


@pytest.mark.parametrize("name", ["csv:{}/t.csv,label=x", "folder:{}/x", "medmnist:{}/x.npz"])
def test_info_needs_what_a_name_points_to(medpeft_here: Run, name: str, tmp_path: Path) -> None:
    done = medpeft_here("datasets", "info", name.format(tmp_path))
    assert done.returncode == 2 and not done.stdout
    assert "there is nothing at the path" in done.stderr and f"{tmp_path}/" in done.stderr
    assert medpeft_here("datasets", "info", "medmnist:breastmnist").returncode == 0


def test_a_sound_set_is_said_to_be_so(medpeft: Run, root: Path) -> None:
    done = medpeft("datasets", "verify", f"folder:{root}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "problem: none was found" in done.stdout
    found = answer(medpeft("datasets", "verify", f"folder:{root}", "--json"))
    assert found["problems"] == []
    assert found["samples"] == 24
    assert found["counts"] == {"cat": 12, "dog": 12}
    assert found["fingerprint"] in done.stdout and found["splits_fingerprint"] in done.stdout


def test_what_is_wrong_is_named_and_the_exit_code_tells(medpeft: Run, root: Path) -> None:
    Image.open(root / "cat" / "03.png").save(root / "dog" / "99.bmp")
    (root / "dog" / "05.png").write_bytes(b"text")
    done = medpeft("datasets", "verify", f"folder:{root}")
    assert done.returncode == 1, done.stderr
    assert "cannot be read: dog/05.png: a file is not an image" in done.stdout
    assert "the same pixels" in done.stdout
    assert "labels cat and dog: cat/03.png, dog/99.bmp" in done.stdout
    assert "problem: 1 image is unreadable, such as dog/05.png" in done.stdout
    told = medpeft("datasets", "verify", f"folder:{root}", "--json")
    assert told.returncode == 1
    assert list(json.loads(told.stdout)["unreadable"]) == ["dog/05.png"]


def test_the_default_likeness_is_that_of_the_library() -> None:
    assert inspect.signature(datasets.verify).parameters["likeness"].default == ALIKE


def test_the_table_is_written_in_every_form(medpeft: Run, root: Path, tmp_path: Path) -> None:
    shown = medpeft("datasets", "index", f"folder:{root}")
    rows = list(csv.DictReader(io.StringIO(shown.stdout)))
    assert len(rows) == 24
    assert rows[0]["id"] == "cat/00.png" and rows[0]["label"] == "cat"
    assert {row["split"] for row in rows} == {"train", "val", "test"}
    assert answer(medpeft("datasets", "index", f"folder:{root}", "--json")) == rows
    for form in ("csv", "parquet"):
        file = tmp_path / f"table.{form}"
        done = medpeft("datasets", "index", f"folder:{root}", f"--format={form}", f"-o{file}")
        assert done.returncode == 0, done.stderr
        assert not done.stdout and "24 rows" in done.stderr
    assert (tmp_path / "table.csv").read_text() == shown.stdout
    assert pq.read_table(tmp_path / "table.parquet").to_pylist() == rows


@pytest.mark.parametrize(
    ("format_", "name", "mend"),
    [
        ("csv", "x.xlsx", "write --output x.csv"),
        ("csv", "two words.tsv", "write --output 'two words.csv'"),
        ("csv", "x.parquet", "add --format parquet"),
        ("parquet", "x.csv", "add --format csv"),
    ],
)
def test_a_table_is_named_as_what_it_is(
    medpeft_here: Run, root: Path, tmp_path: Path, format_: str, name: str, mend: str
) -> None:
    index = ("datasets", "index", f"folder:{root}", f"--format={format_}")
    done = medpeft_here(*index, f"--output={name}")
    assert done.returncode == 2, done.stdout
    assert f"mend:     {mend}\n" in done.stderr and f"{format_} is written" in done.stderr
    assert not (tmp_path / name).exists()
    (tmp_path / "old").write_text("of the user's")
    assert "a file is in the way" in medpeft_here(*index, "--output=old").stderr
    assert medpeft_here(*index, "--output=new").returncode == 0


def test_archives_are_unpacked_and_the_next_step_is_told(
    medpeft: Run, root: Path, tmp_path: Path
) -> None:
    files = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*.png")}
    inner = zipped(tmp_path / "dog.zip", {n: d for n, d in files.items() if "dog" in n})
    outer = zipped(
        tmp_path / "all.zip",
        {n: d for n, d in files.items() if "cat" in n} | {"dog.zip": inner.read_bytes()},
    )
    out = tmp_path / "ready"
    done = medpeft("datasets", "prepare", f"folder:{out}", f"--data={out}", f"--archive={outer}")
    assert done.returncode == 0, done.stderr
    assert "24 samples" in done.stderr
    assert f"next: medpeft datasets verify folder:{out} --data {out}" in done.stderr
    assert not list(out.rglob("*.zip"))


def test_an_archive_that_was_forgotten_is_named(medpeft: Run, root: Path) -> None:
    zipped(root / "more.zip")
    done = medpeft("datasets", "prepare", f"folder:{root}", f"--data={root}")
    assert done.returncode == 0, done.stderr
    assert f"{root / 'more.zip'} is not unpacked; --archive does so" in done.stderr


def test_a_generated_set_needs_no_folder(medpeft_here: Run, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for folder in ("there", "absent"):
        done = medpeft_here("datasets", "prepare", "phantom_chest", f"--data={folder}")
        assert done.returncode == 0, done.stderr
        assert f"2,000 samples, none of them in {folder}: they are generated" in done.stderr
        assert "next: medpeft datasets verify phantom_chest\n" in done.stderr


def test_an_archive_is_asked_for_where_nothing_is_there(medpeft_here: Run, root: Path) -> None:
    (root.parent / "empty").mkdir()
    for folder in ("absent", "empty"):
        done = medpeft_here("datasets", "prepare", "busi", f"--data={folder}")
        assert done.returncode == 2
        assert "mend:     give what its distributor ships: --archive FILE" in done.stderr
        assert "Cairo University" in done.stderr
    done = medpeft_here("datasets", "prepare", "busi", f"--data={root}")
    assert done.returncode == 2 and "--archive" not in done.stderr


MISTAKES: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "unknown set": (["verify", "bussi"], ("did you mean busi",)),
    "unknown option": (["info", "ham10000,splt=image"], ("did you mean split",)),
    "no folder": (["verify", "busi"], ("--data busi=PATH", "Dataset_BUSI_with_GT")),
    "a table and JSON": (
        ["index", "phantom_ultrasound", "--json", "-ox.csv"],
        ("JSON is printed", "--output"),
    ),
    "a folder that is not there": (["index", "busi", "--data=nowhere"], ("nowhere",)),
    "parquet to a terminal": (
        ["index", "phantom_ultrasound", "--format=parquet"],
        ("--output FILE",),
    ),
    "a table into a folder that is not there": (
        ["index", "phantom_ultrasound", "-onowhere/x.csv"],
        ("the file cannot be written: No such file", "nowhere", "make its folder"),
    ),
    "a table in place of a folder": (
        ["index", "phantom_ultrasound", "--format=parquet", "-oother.zip/x.parquet"],
        ("cannot be written", "move away what stands in its place"),
    ),
    "a folder whose name is too long": (
        ["prepare", "busi", f"--data={'n' * 300}", "--archive=other.zip"],
        ("File name too long", "shorten the name"),
    ),
    "a file in place of a folder": (
        ["prepare", "busi", "--data=short.zip", "--archive=other.zip"],
        ("short.zip", "move away what stands in its place"),
    ),
    "an archive with a name too long": (
        ["prepare", "busi", "--data=out", "--archive=long.zip"],
        ("File name too long", "shorten the name"),
    ),
    "an archive that leaves its folder": (
        ["prepare", "busi", "--data=out", "--archive=evil.zip"],
        ("evil.zip", "../../x", "outside of the folder"),
    ),
    "an archive that is cut short": (
        ["prepare", "busi", "--data=out", "--archive=short.zip"],
        ("short.zip", "fetch the archive again"),
    ),
    "an archive of something else": (
        ["prepare", "busi", "--data=out", "--archive=other.zip"],
        ("out", "benign"),
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_message(case: str, medpeft: Run, tmp_path: Path) -> None:
    zipped(tmp_path / "evil.zip", {"../../x": b"x"})
    zipped(tmp_path / "other.zip")
    zipped(tmp_path / "long.zip", {f"a/{'n' * 300}.png": b"x"})
    (tmp_path / "short.zip").write_bytes((tmp_path / "other.zip").read_bytes()[:80])
    arguments, words = MISTAKES[case]
    done = medpeft("datasets", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr and not done.stdout
    for word in words:
        assert word in " ".join(done.stderr.split()), done.stderr
    assert "finished results" not in done.stderr and "free some space" not in done.stderr
