from __future__ import annotations

import io
import random
import shutil
import stat
import struct
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medpeft_sdk.data.archive import is_archive, stem, unpack
from medpeft_sdk.errors import DataError, MedpeftError, StoreError

FILES = {"set/a/1.png": b"one" * 99, "set/b/2.png": b"two" * 99, "set/list.csv": b"id\n1\n"}


def zipped(path: Path, files: dict[str, bytes] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (FILES if files is None else files).items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, files: dict[str, bytes] | None = None) -> Path:
    mode = {".gz": "w:gz", ".tgz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz"}.get(path.suffix, "w")
    with tarfile.open(path, mode) as archive:
        for name, data in (FILES if files is None else files).items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def packed(path: Path, files: dict[str, bytes] | None = None) -> Path:
    return (zipped if path.suffix == ".zip" else tarred)(path, files)


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"])
def test_every_form_is_unpacked_whole(tmp_path, ending):
    progress = []
    archive = packed(tmp_path / f"all{ending}")
    found = unpack(archive, tmp_path / "out", on_progress=lambda n, of: progress.append((n, of)))
    assert found == ()
    assert everything(tmp_path / "out") == FILES
    assert progress[-1] == (3, 3)
    assert is_archive(archive) and stem(archive) == "all"


def test_what_is_there_is_left_alone_and_what_lacks_is_written(tmp_path):
    archive, out = zipped(tmp_path / "all.zip"), tmp_path / "out"
    unpack(archive, out)
    (out / "set/a/1.png").unlink()
    kept = (out / "set/b/2.png").stat()
    unpack(archive, out)
    assert everything(out) == FILES
    assert (out / "set/b/2.png").stat().st_ino == kept.st_ino


def test_another_file_of_the_same_name_is_not_overwritten(tmp_path):
    archive, out = zipped(tmp_path / "all.zip"), tmp_path / "out"
    (out / "set").mkdir(parents=True)
    (out / "set/list.csv").write_text("id,mine\n")
    with pytest.raises(DataError, match=r"'set/list\.csv' is there already") as error:
        unpack(archive, out)
    assert "move the file away" in str(error.value)
    assert everything(out) == {"set/list.csv": b"id,mine\n"}


OUTSIDE = ["../../x", "/tmp/x", "a/../../x", "..\\..\\x", "C:\\x", "\\\\host\\x", "C:x"]


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz"])
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_path_that_leaves_the_folder_is_refused(tmp_path, name, ending):
    archive = packed(tmp_path / f"bad{ending}", {"good.png": b"x", name: b"x"})
    with pytest.raises(DataError, match="outside of the folder") as error:
        unpack(archive, tmp_path / "deep" / "er" / "out")
    assert str(archive) in str(error.value)
    assert list(tmp_path.iterdir()) == [archive]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path, kind):
    info = tarfile.TarInfo("images")
    info.type, info.linkname = kind, "/etc"
    with tarfile.open(tmp_path / "bad.tar", "w") as archive:
        archive.addfile(info)
        archive.addfile(tarfile.TarInfo("images/passwd"))
    with pytest.raises(DataError, match="'images' is a link or a device"):
        unpack(tmp_path / "bad.tar", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_in_a_zip_is_refused(tmp_path):
    info = zipfile.ZipInfo("images")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr(info, "/etc")
    with pytest.raises(DataError, match="'images' is a link or a device"):
        unpack(tmp_path / "bad.zip", tmp_path / "out")


@pytest.mark.parametrize("ending", [".zip", ".tar.gz", ".tar.xz"])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, ending):
    archive = packed(tmp_path / f"bomb{ending}", {"zeros": bytes(100 << 20)})
    assert archive.stat().st_size < 1 << 20
    with pytest.raises(DataError, match="bytes would become 104,857,600 or more"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_tar_that_states_an_absurd_size_is_refused_at_its_header(tmp_path):
    info = tarfile.TarInfo("huge")
    info.size = 1 << 50
    (tmp_path / "bad.tar").write_bytes(info.tobuf() + bytes(10240))
    with pytest.raises(DataError, match="would become 1,125,899,906,842,624 or more"):
        unpack(tmp_path / "bad.tar", tmp_path / "out")


def test_limits_on_files_and_bytes(tmp_path):
    archive = zipped(tmp_path / "all.zip")
    with pytest.raises(DataError, match="more than 2 files"):
        unpack(archive, tmp_path / "out", most_files=2)
    with pytest.raises(DataError, match="would become"):
        unpack(archive, tmp_path / "out", most_bytes=300)
    assert not (tmp_path / "out").exists()


def test_a_member_that_is_larger_than_it_states_is_not_believed(tmp_path):
    archive = zipped(tmp_path / "all.zip", {"a": b"x" * 1000})
    data = bytearray(archive.read_bytes())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(mark) + at, 10)
    archive.write_bytes(bytes(data))
    with pytest.raises(DataError):
        unpack(archive, tmp_path / "out")
    assert not everything(tmp_path / "out")


def test_a_name_that_occurs_twice_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a", "2")
    with pytest.raises(DataError, match="'a' twice"):
        unpack(tmp_path / "bad.zip", tmp_path / "out")


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz", ".tar.xz"])
@pytest.mark.parametrize("part", [0, 0.3, 0.7, 0.97])
def test_an_archive_that_is_cut_short_leaves_no_torn_file(tmp_path, ending, part):
    files = {f"{i}.png": random.Random(i).randbytes(4000) for i in range(8)}
    archive = packed(tmp_path / f"all{ending}", files)
    data = archive.read_bytes()
    archive.write_bytes(data[: int(part * len(data))])
    out = tmp_path / "out"
    if ending == ".tar" and part == 0.97:
        unpack(archive, out)  # Only the padding at its end is missing.
    else:
        with pytest.raises(DataError, match=r"an archive cannot be read|it is empty"):
            unpack(archive, out)
    assert everything(out).items() <= files.items()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), ending=st.sampled_from([".zip", ".tar", ".tar.gz"]))
def test_a_damaged_archive_is_one_message(tmp_path_factory, seed, ending):
    folder, chance = tmp_path_factory.mktemp("damaged"), random.Random(seed)
    archive = packed(folder / f"all{ending}")
    data = bytearray(archive.read_bytes())
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    archive.write_bytes(bytes(data))
    try:
        unpack(archive, folder / "out")
    except MedpeftError as error:
        assert str(folder) in str(error)
    assert not list((folder / "out").rglob("*.partial"))
    assert {p.name for p in folder.iterdir()} <= {archive.name, "out"}
    shutil.rmtree(folder)


def test_an_archive_with_a_password_is_said(tmp_path):
    archive = zipped(tmp_path / "all.zip", {"a": b"x"})
    data = bytearray(archive.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    archive.write_bytes(bytes(data))
    with pytest.raises(DataError, match="password"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("set.rar", b"Rar!", "not an archive that can be unpacked"),
        ("set.7z", b"7z", "not an archive that can be unpacked"),
        ("set.zip", b"<html>login", "cannot be read"),
        ("set.tar.gz", b"<html>login", "cannot be read"),
        ("set.zip", b"PK\x05\x06" + bytes(18), "it is empty"),
    ],
)
def test_what_is_no_archive_is_said(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        unpack(tmp_path / name, tmp_path / "out")
    assert name in str(error.value)


def test_an_archive_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        unpack(tmp_path / "none.zip", tmp_path / "out")


def test_a_disk_that_is_too_small_is_said_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100))
    with pytest.raises(StoreError, match="the disk is too small: 599 bytes"):
        unpack(zipped(tmp_path / "all.zip"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be unpacked: Not a directory"):
        unpack(zipped(tmp_path / "all.zip"), tmp_path / "file")


def test_archives_inside_are_named(tmp_path):
    inner = zipped(tmp_path / "part_1.zip").read_bytes()
    archive = zipped(tmp_path / "all.zip", {"part_1.zip": inner, "a.csv": b"x"})
    assert unpack(archive, tmp_path / "out") == (tmp_path / "out" / "part_1.zip",)


@pytest.mark.parametrize("ending", [".zip", ".tar"])
@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a/1.png": b"1", "./a/1.png": b"2"}, "twice"),
        ({"a/1.png": b"1", "a//1.png": b"2"}, "twice"),
        ({"a/b/1.png": b"1", "a/b": b"2"}, "'a/b' as a file and as a folder"),
    ],
)
def test_members_that_would_overwrite_each_other_are_refused(tmp_path, ending, files, said):
    with pytest.raises(DataError, match=said):
        unpack(packed(tmp_path / f"all{ending}", files), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_needs_a_password_is_said(tmp_path):
    archive = zipped(tmp_path / "all.zip", {"a.png": b"1"})
    data = bytearray(archive.read_bytes())
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(mark) + place] |= 1
    archive.write_bytes(data)
    with pytest.raises(DataError, match=r"'a\.png' needs a password"):
        unpack(archive, tmp_path / "out")
