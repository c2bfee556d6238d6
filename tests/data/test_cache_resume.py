"""A build of the cache that stopped goes on where it stopped, and never reads torn data."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medpeft_sdk.data import SampleTable, cache_file, find_unreadable, fit_image, open_cache
from medpeft_sdk.errors import DataError, StoreError
from tests.data.samples import Files, spec, write_files, write_image

COUNT, CHUNK = 20, 4


class Counted(Files):
    """Counts what is decoded, and stops as a kill would, or fails, at one image."""

    def __init__(self, root: Path) -> None:
        super().__init__(spec(), root)
        self.reads: Counter[str] = Counter()
        self.stops_at: str | None = None

    def read(self, sample_id: str) -> npt.NDArray[np.uint8]:
        if sample_id == self.stops_at:
            raise KeyboardInterrupt
        self.reads[sample_id] += 1
        return super().read(sample_id)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(cache_file, "_CHUNK_IMAGES", CHUNK)


@pytest.fixture
def files(tmp_path) -> Counted:
    return Counted(write_files(tmp_path / "images", COUNT).need_root())


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "cache"


def build(files: Counted, folder: Path, **options):
    table = files.index()
    files.reads.clear()
    return open_cache(files, table, image_size=16, folder=folder, workers=1, **options)


def stopped(files: Counted, folder: Path, at: int) -> SampleTable:
    table = files.index()
    files.stops_at = table.ids[at]
    with pytest.raises(KeyboardInterrupt):
        build(files, folder)
    files.stops_at = None
    return table


def right(files: Files, holes: tuple[str, ...] = ()) -> npt.NDArray[np.uint8]:
    black = np.zeros((16, 16, 3), dtype=np.uint8)
    return np.stack(
        [
            black if name in holes else fit_image(Files.read(files, name), 16, "squash")
            for name in files.index().ids
        ]
    )


def test_a_build_goes_on_where_it_stopped(files, folder):
    table = stopped(files, folder, at=10)
    assert not list(folder.glob("*.npy"))
    progress = []
    pixels = build(files, folder, on_progress=lambda done, of: progress.append(done))
    assert set(files.reads) == set(table.ids[8:])
    assert progress == [12, 16, 20]
    assert (np.asarray(pixels) == right(files)).all()
    assert not [*folder.glob("*.partial"), *folder.glob("*.journal")]


def test_after_a_bad_image_was_replaced_only_its_chunk_and_the_rest_are_decoded(files, folder):
    table = files.index()
    bad = files.need_root() / table.ids[13]
    bad.write_bytes(b"no image")
    with pytest.raises(DataError, match="no image"):
        build(files, folder)
    write_image(bad, seed=99)
    pixels = build(files, folder)
    assert set(files.reads) == set(table.ids[12:])
    assert (np.asarray(pixels) == right(files)).all()


def test_an_image_that_changed_in_between_is_decoded_again(files, folder):
    table = stopped(files, folder, at=18)
    os.utime(write_image(files.need_root() / table.ids[5], seed=99), ns=(1, 1))
    pixels = build(files, folder)
    assert set(files.reads) == set(table.ids[4:])
    assert (np.asarray(pixels) == right(files)).all()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_whatever_a_power_cut_leaves_is_never_read_as_whole(tmp_path_factory, seed):
    chance, place = random.Random(seed), tmp_path_factory.mktemp("cut")
    files = Counted(write_files(place / "images", COUNT).need_root())
    folder = place / "cache"
    stopped(files, folder, at=chance.randrange(1, COUNT))
    for file in [*folder.glob("*.partial"), *folder.glob("*.journal")]:
        data = bytearray(file.read_bytes())
        kind = chance.choice(["cut", "zeros", "flip", "gone", "more", "kept"])
        at = chance.randrange(len(data) or 1)
        if kind == "cut":
            del data[at:]
        elif kind == "zeros":
            data[at:] = bytes(len(data) - at)
        elif kind == "flip" and data:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == "more":
            data += chance.randbytes(100)
        file.write_bytes(bytes(data))
        if kind == "gone":
            file.unlink()
    assert (np.asarray(build(files, folder)) == right(files)).all()
    shutil.rmtree(place)


def test_a_full_disk_is_one_message_and_leaves_nothing(files, folder, monkeypatch):
    written = []

    def append(self, *arguments):
        written.append(arguments)
        if len(written) == 3:
            raise OSError(28, os.strerror(28))

    monkeypatch.setattr(cache_file.GrowingFile, "append", append)
    with pytest.raises(StoreError, match="No space left on device") as error:
        build(files, folder)
    assert "MEDPEFT_CACHE_DIR" in str(error.value)
    assert {p.suffix for p in folder.iterdir()} == {".lock"}


def spoil(files: Counted, *rows: int) -> tuple[str, ...]:
    names = tuple(files.index().ids[row] for row in rows)
    for name in names:
        (files.need_root() / name).write_bytes(b"no image")
    return names


def found(files: Counted, folder: Path) -> tuple[str, ...]:
    table = files.index()
    files.reads.clear()
    return find_unreadable(files, table, image_size=16, folder=folder, workers=1)


def test_what_cannot_be_read_is_found_once_and_then_known(files, folder):
    bad = spoil(files, 3, 13)
    assert found(files, folder) == bad
    assert found(files, folder) == bad
    assert not files.reads
    pixels = build(files, folder, skipped=bad)
    assert not files.reads
    assert (np.asarray(pixels) == right(files, holes=bad)).all()


def test_a_cache_with_holes_is_not_opened_as_one_without(files, folder):
    bad = spoil(files, 3, 13)
    assert found(files, folder) == bad
    for fewer in ((), bad[:1]):
        with pytest.raises(DataError, match="no image"):
            build(files, folder, skipped=fewer)


def test_finding_goes_on_from_where_failing_stopped(files, folder):
    bad = spoil(files, 13)
    with pytest.raises(DataError):
        build(files, folder)
    assert found(files, folder) == bad
    assert set(files.reads) == set(files.index().ids[12:])


def test_where_all_can_be_read_both_ways_share_one_cache(files, folder):
    assert found(files, folder) == ()
    build(files, folder)
    assert not files.reads
    assert found(files, folder) == ()
    assert not files.reads


def test_images_that_were_mended_are_no_longer_skipped(files, folder):
    (bad,) = spoil(files, 3)
    assert found(files, folder) == (bad,)
    write_image(files.need_root() / bad, seed=99)
    assert found(files, folder) == ()
    assert (np.asarray(build(files, folder)) == right(files)).all()


def test_without_the_list_of_holes_they_are_found_again(files, folder):
    bad = spoil(files, 3)
    assert found(files, folder) == bad
    (listed,) = folder.glob("*.unreadable.json")
    for text in ("[]", "[4]", "{", ""):
        listed.write_text(text)
        assert found(files, folder) == bad
