from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from medpeft_sdk.errors import DamagedError, StoreError
from medpeft_sdk.results import ResultStore
from medpeft_sdk.results.marker import MARKER
from medpeft_sdk.specs import ProtocolSpec
from tests.results.factory import IDENTITY, make_result


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    made = ResultStore(tmp_path / "results", IDENTITY)
    made.create()
    return made


def test_a_result_and_its_files_come_back(store: ResultStore, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"copied")
    written = store.write(
        make_result(),
        {
            "a.bin": b"bytes",
            "b.bin": tmp_path / "source",
            "c.bin": lambda path: path.write_bytes(b"called"),
        },
    )
    assert set(written.files) == {"a.bin", "b.bin", "c.bin"}
    assert store.read(written.cell_id) == written == store.verify(written.cell_id)
    assert list(store.results()) == [written]
    assert store.file(written.cell_id, "c.bin").read_bytes() == b"called"
    assert store.has(written.cell_id)
    assert not store.has("0" * 64)


def test_a_result_from_before_there_were_subgroups_is_read(store: ResultStore) -> None:
    written = store.write(make_result())
    file = store.folder / "cells" / written.cell_id / "result.json"
    document = json.loads(file.read_text())
    del document["subgroups"]
    file.write_text(json.dumps(document))
    assert store.read(written.cell_id) == written


def test_failed_cells_are_repeated_and_no_others(store: ResultStore) -> None:
    results = {
        s: store.write(make_result(status=s, seed=i))
        for i, s in enumerate(("ok", "diverged", "unsupported", "failed"))
    }
    final = {r.cell_id for s, r in results.items() if s != "failed"}
    assert store.finished() == final
    assert len(list(store.results())) == 4
    store.write(make_result(seed=3), {"a.bin": b""})
    assert results["failed"].cell_id in store.finished()
    assert store.read(results["failed"].cell_id).status == "ok"


def test_the_first_final_answer_stands(store: ResultStore) -> None:
    first = store.write(make_result(), {"a.bin": b"first"})
    assert store.write(make_result(status="failed"), {"a.bin": b"second"}) == first
    assert store.file(first.cell_id, "a.bin").read_bytes() == b"first"


def test_threads_that_write_one_cell_leave_one_whole_result(store: ResultStore) -> None:
    def work(i: int) -> None:
        for _ in range(20):
            store.write(make_result(status="failed"), {"a.bin": bytes([i]) * 1000})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    (result,) = store.results()
    store.verify(result.cell_id)
    assert not list((store.folder / ".partial").iterdir())


def test_a_store_can_be_opened_again_and_is_finished_nowhere_else(tmp_path: Path) -> None:
    missing = ResultStore(tmp_path / "none", IDENTITY)
    assert missing.finished() == set()
    assert not missing.folder.exists()
    missing.create()
    missing.create()
    assert missing.finished() == set()
    assert list(missing.results()) == []


def test_a_folder_with_hidden_files_only_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / ".gitkeep").write_text("")
    ResultStore(tmp_path, IDENTITY).create()
    assert (tmp_path / MARKER).exists()


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    store = ResultStore(tmp_path, IDENTITY)
    for action in (store.create, store.finished, store.ids, lambda: list(store.results())):
        with pytest.raises(StoreError, match="not a folder of results") as caught:
            action()
        assert str(tmp_path) in str(caught.value)
    assert [f.name for f in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("kind", ["file", "inside a file", "missing"])
def test_what_is_no_folder_is_one_error(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_text("")
    path = {"file": tmp_path / "file", "inside a file": tmp_path / "file" / "x"}.get(
        kind, tmp_path / "missing"
    )
    store = ResultStore(path, IDENTITY)
    for action in (store.ids, *(() if kind == "missing" else (store.create, store.finished))):
        with pytest.raises(StoreError) as caught:
            action()
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("marker", [b"", b"[]", b"{}", b'{"format": 2, "identity_version": 1}'])
def test_a_foreign_marker_is_one_error(store: ResultStore, marker: bytes) -> None:
    (store.folder / MARKER).write_bytes(marker)
    for action in (store.create, store.finished):
        with pytest.raises(StoreError, match=r"not a folder of results|format 2"):
            action()


@pytest.mark.parametrize("found", [0, 2])
def test_results_of_another_identity_version_are_refused_and_kept(
    store: ResultStore, found: int
) -> None:
    written = store.write(make_result())
    newer = ResultStore(store.folder, IDENTITY + 1)
    for action in (newer.create, newer.finished, lambda: list(newer.results())):
        with pytest.raises(StoreError) as caught:
            action()
        assert "identity version 1" in caught.value.what
        assert caught.value.expected == "identity version 2"
        assert caught.value.mend
    # One result alone, which another program put there, with a field of that other version.
    file = store.folder / "cells" / written.cell_id / "result.json"
    other = json.loads(file.read_text()) | {"identity_version": found, "new": 1}
    file.write_text(json.dumps(other))
    for action in (store.finished, lambda: list(store.results())):
        with pytest.raises(StoreError, match=f"identity version {found}") as caught:
            action()
        assert written.cell_id in str(caught.value)
    assert json.loads(file.read_text()) == other


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"\xff", b'{"identity_version": 1}', None], ids=repr
)
def test_a_damaged_result_is_one_error_that_names_it(
    store: ResultStore, text: bytes | None
) -> None:
    written = store.write(make_result())
    file = store.folder / "cells" / written.cell_id / "result.json"
    if text is None:
        file.unlink()
    else:
        file.write_bytes(text)
    with pytest.raises(DamagedError, match="damaged") as caught:
        store.read(written.cell_id)
    assert str(file) in str(caught.value)
    assert "delete" in str(caught.value.mend)
    assert store.finished() == set()
    assert store.write(make_result()) == written == store.read(written.cell_id)


def test_a_result_in_the_folder_of_another_is_found(store: ResultStore) -> None:
    written = store.write(make_result())
    cells = store.folder / "cells"
    (cells / written.cell_id).rename(cells / ("a" * 64))
    with pytest.raises(StoreError, match="damaged"):
        store.read("a" * 64)


def test_an_altered_or_missing_file_is_named(store: ResultStore) -> None:
    written = store.write(make_result(), {"a.bin": b"right"})
    file = store.folder / "cells" / written.cell_id / "a.bin"
    file.write_bytes(b"wrong")
    for _ in range(2):
        for action in (
            lambda: store.verify(written.cell_id),
            lambda: store.file(written.cell_id, "a.bin"),
        ):
            with pytest.raises(StoreError, match=r"a\.bin"):
                action()
        file.unlink(missing_ok=True)
    with pytest.raises(StoreError, match=r"no file 'b\.bin'"):
        store.file(written.cell_id, "b.bin")
    assert store.read(written.cell_id) == written


@pytest.mark.parametrize("content", [None, b"by"])
def test_a_result_that_lost_a_file_is_not_finished_and_can_be_written_again(
    store: ResultStore, content: bytes | None
) -> None:
    written = store.write(make_result(), {"a.bin": b"bytes"})
    file = store.file(written.cell_id, "a.bin")
    file.unlink() if content is None else file.write_bytes(content)
    assert store.finished() == set()
    sound, (damaged,) = store.sound_and_damaged()
    assert sound == [] and "a.bin" in str(damaged.where)
    store.write(make_result(), {"a.bin": b"bytes"})
    assert store.finished() == {written.cell_id}
    assert store.sound_and_damaged() == ([written], [])


def test_one_damaged_result_hides_no_other(store: ResultStore) -> None:
    sound, torn, renamed = (store.write(make_result(seed=seed)) for seed in range(3))
    cells = store.folder / "cells"
    (cells / torn.cell_id / "result.json").write_text("{")
    (cells / renamed.cell_id).rename(cells / "my favourite")
    found, damaged = store.sound_and_damaged()
    assert found == [sound]
    assert ["my favourite" in str(e.where) for e in damaged] == [True, False]
    assert torn.cell_id in str(damaged[1].where)


@pytest.mark.parametrize("name", ["../a", "a/b", "result.json", "", ".hidden"])
def test_a_file_name_stays_within_its_cell(store: ResultStore, name: str) -> None:
    with pytest.raises(StoreError, match="cannot have a file"):
        store.write(make_result(), {name: b""})
    assert store.ids() == []


class RustError(Exception):
    """What a library written in Rust raises: text around the system's number."""


def full_disk(kind: str, path: Path) -> None:
    path.write_bytes(b"the first half")
    if kind == "device":
        Path("/dev/full").write_bytes(b"x")
    if kind == "rust":
        raise RustError("I/O error: No space left on device (os error 28)")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("kind", ["device", "python", "rust"])
def test_a_full_disk_loses_nothing(store: ResultStore, kind: str) -> None:
    if kind == "device" and not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    kept = store.write(make_result(seed=1))
    failed = store.write(make_result(status="failed"))
    with pytest.raises(StoreError, match="No space left") as caught:
        store.write(make_result(), {"a.bin": b"", "b.bin": lambda path: full_disk(kind, path)})
    assert "free some space" in str(caught.value.mend)
    assert sorted(r.status for r in store.results()) == ["failed", "ok"]
    assert store.finished() == {kept.cell_id}
    assert store.read(failed.cell_id) == failed
    assert not list((store.folder / ".partial").iterdir())


def test_a_mistake_in_a_callback_is_not_called_a_full_disk(store: ResultStore) -> None:
    with pytest.raises(ZeroDivisionError):
        store.write(make_result(), {"a.bin": lambda path: 1 / 0})
    assert store.ids() == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_found_before_any_cell(store: ResultStore) -> None:
    (store.folder / ".partial").rmdir()
    store.folder.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="Permission denied"):
            store.create()
    finally:
        store.folder.chmod(0o700)


def test_leftovers_of_dead_processes_are_ignored_and_removed(store: ResultStore) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host, partial = socket.gethostname(), store.folder / ".partial"
    names = {
        "dead": f"{host}+{dead.pid}+a+1",
        "alive": f"{host}+{os.getpid()}+a+1",
        "elsewhere": "otherhost+1+a+1",
        "old": "otherhost+2+a+1",
    }
    for name in names.values():
        (partial / name).mkdir()
        (partial / name / "result.json").write_text("{")
    os.utime(partial / names["old"], (0, 0))
    assert store.ids() == []
    store.create()
    assert {f.name for f in partial.iterdir()} == {names["alive"], names["elsewhere"]}


def test_protocols_are_kept_beside_the_results(store: ResultStore) -> None:
    protocol = ProtocolSpec.from_data(
        {
            "name": "mine",
            "version": 1,
            "title": "Mine",
            "datasets": ["busi"],
            "backbones": ["vit"],
            "subsets": ["16shot"],
            "seeds": [0],
            "metrics": ["auroc"],
        },
        where="test",
    )
    store.write_protocol(protocol, "2" * 64)
    store.write_protocol(protocol, "2" * 64)
    assert store.read_protocol("2" * 64) == protocol
    with pytest.raises(StoreError, match="3333"):
        store.read_protocol("3" * 64)


def test_the_store_imports_no_tensor_library() -> None:
    code = "import sys, medpeft_sdk.results; assert not {'torch', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_results_of_another_version_are_told_once_for_their_folder(store: ResultStore) -> None:
    for seed in range(3):
        file = store.folder / "cells" / store.write(make_result(seed=seed)).cell_id / "result.json"
        if seed:
            written = json.loads(file.read_text()) | {"identity_version": 99}
            file.write_text(json.dumps(written))
    sound, (error,) = store.sound_and_damaged()
    assert len(sound) == 1
    assert error.what.startswith("2 results of identity version 99")
    assert error.where == str(store.folder)
