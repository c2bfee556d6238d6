from __future__ import annotations

import os

import pytest

from medpeft_sdk.data import read_once


@pytest.fixture
def files(tmp_path):
    found = [tmp_path / "files" / f"{name}.txt" for name in "abc"]
    found[0].parent.mkdir()
    for file in found[:2]:
        file.write_text(file.stem)
    return found


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDPEFT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def look(files, cache):
    """Reads the files; returns what was read, and the files that were opened for it."""

    def look(**options):
        opened = []

        def read(file):
            opened.append(file.stem)
            return file.read_text() if file.exists() else None

        return read_once("trial", files, read, **options), "".join(opened)

    return look


def test_files_are_read_once_while_they_stay_as_they_are(look, cache):
    assert look() == (["a", "b", None], "abc")
    assert look() == (["a", "b", None], "")
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.write_text("longer"),
        lambda file: os.utime(file, (1, 1)),
        lambda file: file.unlink(),
        lambda file: file.with_name("c.txt").write_text(""),
    ],
    ids=["size", "time", "gone", "new"],
)
def test_a_change_is_seen(look, files, change):
    look()
    change(files[1])
    assert look()[1] == "abc"


def test_another_version_reads_again(look):
    look()
    assert look(version=2)[1] == "abc"


@pytest.mark.parametrize("damage", [b"", b"[1, 2]", None], ids=["empty", "plain", "cut"])
def test_a_damaged_copy_is_written_anew(look, cache, damage):
    whole = look()[0]
    (copy,) = cache.iterdir()
    copy.write_bytes(copy.read_bytes()[:-9] if damage is None else damage)
    assert look() == (whole, "abc")
    assert look() == (whole, "")


def test_a_folder_that_cannot_be_written_is_no_error(look, cache):
    cache.write_text("a file")
    assert look() == look() == (["a", "b", None], "abc")


def test_what_cannot_be_read_leaves_nothing_behind(files, cache):
    with pytest.raises(ZeroDivisionError):
        read_once("trial", files, lambda file: 1 / 0)
    assert not cache.exists()
