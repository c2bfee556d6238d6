from __future__ import annotations

import pytest

from medpeft_sdk.data.prepare import packed_in, unpack_all
from medpeft_sdk.errors import DataError
from tests.data.test_archive import everything, zipped


@pytest.fixture
def parts(tmp_path):
    inner = {
        f"images_part_{k}.zip": zipped(
            tmp_path / f"images_part_{k}.zip", {f"{k}.jpg": b"image" * k}
        ).read_bytes()
        for k in (1, 2)
    }
    return zipped(tmp_path / "dataverse_files.zip", inner | {"metadata.csv": b"id\n"})


def test_archives_of_an_archive_are_unpacked_into_folders_of_their_names(tmp_path, parts):
    told = []
    out = tmp_path / "out"
    assert unpack_all([parts], out, on_progress=lambda *event: told.append(event)) == ()
    assert everything(out) == {
        "images_part_1/1.jpg": b"image",
        "images_part_2/2.jpg": b"imageimage",
        "metadata.csv": b"id\n",
    }
    assert told[-1] == ("images_part_2.zip", 1, 1)


def test_an_archive_that_brings_its_own_folder_gets_no_second_one(tmp_path):
    inner = zipped(tmp_path / "images.zip", {"images/1.jpg": b"1", "images/2.jpg": b"2"})
    outer = zipped(tmp_path / "outer.zip", {"images.zip": inner.read_bytes()})
    unpack_all([outer], tmp_path / "out")
    assert set(everything(tmp_path / "out")) == {"images/1.jpg", "images/2.jpg"}


def test_unpacking_again_changes_nothing(tmp_path, parts):
    out = tmp_path / "out"
    unpack_all([parts], out)
    first = everything(out)
    unpack_all([parts], out)
    assert everything(out) == first


def test_an_archive_two_levels_deep_stays_packed_and_is_named(tmp_path):
    deepest = zipped(tmp_path / "deepest.zip", {"x": b"x"}).read_bytes()
    inner = zipped(tmp_path / "inner.zip", {"deepest.zip": deepest}).read_bytes()
    outer = zipped(tmp_path / "outer.zip", {"inner.zip": inner})
    out = tmp_path / "out"
    assert unpack_all([outer], out) == (out / "inner" / "deepest.zip",)
    assert everything(out) == {"inner/deepest.zip": deepest}


def test_a_damaged_archive_inside_is_named(tmp_path, parts):
    outer = zipped(tmp_path / "outer.zip", {"good.csv": b"x", "inner.zip": b"<html>"})
    with pytest.raises(DataError, match="an archive cannot be read") as error:
        unpack_all([outer], tmp_path / "out")
    assert "inner.zip" in str(error.value)


def test_archives_that_lie_in_a_folder_are_found(tmp_path, parts):
    names = [path.name for path in packed_in(tmp_path)]
    assert names == ["dataverse_files.zip", "images_part_1.zip", "images_part_2.zip"]
    assert packed_in(tmp_path / "nowhere") == ()


def test_an_archive_of_the_user_is_neither_taken_for_an_inner_one_nor_removed(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    own = zipped(out / "busi.zip", {"mine.png": b"1"})
    inner = zipped(tmp_path / "busi.zip", {"else.png": b"2"}).read_bytes()
    assert len(inner) == own.stat().st_size
    unpack_all([zipped(tmp_path / "outer.zip", {"busi.zip": inner})], out)
    found = everything(out)
    assert set(found) == {"busi.zip", "busi/else.png"}
    assert found["busi/else.png"] == b"2"


def test_an_inner_archive_with_a_folder_of_any_name_gets_no_second_one(tmp_path):
    files = {"Dataset/benign/1.png": b"1", "Dataset/normal/2.png": b"2"}
    inner = zipped(tmp_path / "busi.zip", files).read_bytes()
    unpack_all([zipped(tmp_path / "outer.zip", {"busi.zip": inner})], tmp_path / "out")
    assert everything(tmp_path / "out") == files
