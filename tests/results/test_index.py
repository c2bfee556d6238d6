from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medpeft_sdk.errors import StoreError
from medpeft_sdk.results import ResultStore, index, survey
from medpeft_sdk.results.index import INDEX
from medpeft_sdk.specs import Look, Origin, ResultSpec, Training
from tests.results.factory import IDENTITY, make_estimate, make_result, make_subgroups

ROOT = Path(__file__).parents[2]
TRAINING = Training(
    learning_rate=0.1,
    best_step=1,
    samples=2,
    validation_samples=1,
    looks=(Look(step=1, training_loss=0.1, validation_loss=0.2, score=None),),
)


@pytest.fixture(autouse=True)
def indexed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few results are enough for an index, and files are believed as soon as they are there."""
    monkeypatch.setattr(survey, "_FEW", 0)
    monkeypatch.setattr(survey, "_BATCH", 3)
    monkeypatch.setattr(index, "_SETTLED", 0)


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    made = ResultStore(tmp_path / "results", IDENTITY)
    made.create()
    return made


def full(seed: int, **fields) -> ResultSpec:
    """A result with all that results can have."""
    undefined = make_estimate(None).model_copy(update={"reason": "one class only"})
    made = make_result(
        seed=seed,
        method=("lora", "ssf")[seed % 2],
        metrics={"auroc": make_estimate(1 / (seed + 3)), "f1": undefined} if seed % 3 else {},
        subgroups={"sex": make_subgroups(0.1)},
        hyperparameters={"rank": 8, "bias": True, "scale": 1.0, "where": "mlp"},
        **fields,
    )
    origin = Origin(kind="method", name="lora", distribution="medpeft-sdk", version="1")
    return made.model_copy(update={"training": TRAINING, "provenance": (origin,)})


def fill(store: ResultStore, count: int) -> list[ResultSpec]:
    written = [store.write(full(seed), {"a.bin": b"bytes"}) for seed in range(count)]
    return sorted(written, key=lambda r: r.cell_id)


def reads(store: ResultStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns a list to which every result that is read from its own file is added."""
    opened: list[str] = []
    read = store.read

    def counted(cell_id: str) -> ResultSpec:
        opened.append(cell_id)
        return read(cell_id)

    monkeypatch.setattr(store, "read", counted)
    return opened


def test_what_was_read_once_is_not_opened_again(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = fill(store, 7)
    opened = reads(store, monkeypatch)
    for _ in range(3):
        assert store.sound_and_damaged() == (written, [])
        assert list(store.results()) == written
        assert store.finished() == {r.cell_id for r in written}
    assert len(opened) == 7


def test_one_more_result_is_one_more_to_open(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 7)
    list(store.results())
    store.write(full(7), {"a.bin": b"bytes"})
    opened = reads(store, monkeypatch)
    assert len(list(store.results())) == len(list(store.results())) == 8
    assert len(opened) == 1


def test_a_folder_that_is_copied_with_its_times_keeps_its_index(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = fill(store, 4)
    list(store.results())
    copy = ResultStore(store.folder.with_name("copy"), IDENTITY)
    shutil.copytree(store.folder, copy.folder)
    opened = reads(copy, monkeypatch)
    assert list(copy.results()) == written
    assert opened == []


def test_fields_that_are_left_out_have_their_defaults(store: ResultStore) -> None:
    written = fill(store, 4)
    bare = [r.model_copy(update={"training": None, "subgroups": {}}) for r in written]
    for _ in range(2):
        assert store.sound_and_damaged(without=("training", "subgroups"))[0] == bare
    assert list(store.results()) == written


def test_of_the_metrics_those_that_are_wanted_are_read(store: ResultStore) -> None:
    written = fill(store, 7)
    assert store.sound_and_damaged(metrics="f1") == store.sound_and_damaged(metrics=["f1"])
    for wanted in (["auroc"], ["f1"], ["f1", "auroc"], ["brier"], []):
        parts = [{n: e for n, e in r.metrics.items() if n in wanted} for r in written]
        expected = [
            r.model_copy(update={"metrics": part, "training": None})
            for r, part in zip(written, parts, strict=True)
        ]
        for _ in range(2):
            assert store.sound_and_damaged(without=["training"], metrics=wanted)[0] == expected
    assert list(store.results()) == written


def test_subgroups_are_read_without_their_groups(store: ResultStore) -> None:
    written = fill(store, 4)
    bare = {n: s.model_copy(update={"groups": ()}) for n, s in written[0].subgroups.items()}
    assert bare != written[0].subgroups and all(s.disparities for s in bare.values())
    for _ in range(2):
        found, _damaged = store.sound_and_damaged(without=["subgroups.groups"])
        assert found == [r.model_copy(update={"subgroups": bare}) for r in written]


def test_a_folder_whose_name_is_no_text_is_read(tmp_path: Path) -> None:
    try:
        folder = tmp_path / os.fsdecode(b"\xff: results")
        folder.mkdir()
    except OSError:
        pytest.skip("this file system has no such names")
    store = ResultStore(folder, IDENTITY)
    store.create()
    written = fill(store, 3)
    (store.path(written[1].cell_id).parent / "a.bin").unlink()
    for _ in range(2):
        sound, (error,) = store.sound_and_damaged()
        assert sound == [written[0], written[2]]
        assert "is missing" in error.what


def test_sizes_of_an_index_that_was_replaced_meanwhile_are_not_believed(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = fill(store, 3)
    list(store.results())
    earlier = {result.cell_id: {"a.bin": 1} for result in written}
    monkeypatch.setattr(index.Index, "sizes", lambda self: earlier)
    assert store.sound_and_damaged() == (written, [])


def test_results_share_what_is_alike(store: ResultStore) -> None:
    fill(store, 4)
    list(store.results())
    first, *others = store.results()
    assert all(r.cell.recipe is first.cell.recipe for r in others)
    assert all(r.environment is first.environment for r in others)


def change_digit(file: Path, seed: int) -> None:
    """Changes a result that stays valid and as long as it was."""
    document = json.loads(file.read_text())
    document["created"] = f"2026-01-01T00:00:0{seed % 10}+00:00"
    file.write_text(json.dumps(document, indent=2) + "\n")


def flip_bit(file: Path, seed: int) -> None:
    content = bytearray(file.read_bytes())
    content[random.Random(seed).randrange(len(content))] ^= 1
    file.write_bytes(content)


CHANGES = {
    "add a result": lambda cell, seed: store_of(cell).write(full(seed), {"a.bin": b"bytes"}),
    "add a failure": lambda cell, seed: store_of(cell).write(full(seed, status="failed")),
    "delete a result": lambda cell, seed: shutil.rmtree(cell),
    "change a digit": lambda cell, seed: change_digit(cell / "result.json", seed),
    "cut a result short": lambda cell, seed: (cell / "result.json").write_text("{"),
    "lose a result": lambda cell, seed: (cell / "result.json").unlink(),
    "cut a file short": lambda cell, seed: (cell / "a.bin").write_bytes(b"by"),
    "rename a result": lambda cell, seed: cell.rename(cell.with_name("f" * 64)),
    "delete the index": lambda cell, seed: (store_of(cell).folder / INDEX).unlink(),
    "damage the index": lambda cell, seed: flip_bit(store_of(cell).folder / INDEX, seed),
}


def store_of(cell: Path) -> ResultStore:
    return ResultStore(cell.parents[1], IDENTITY)


def by_hand(store: ResultStore) -> tuple[list[ResultSpec], set[str]]:
    """Reads every file of a folder: what is whole, and which cells are not."""
    whole: list[ResultSpec] = []
    for cell_id in store.ids():
        with suppress(StoreError):
            result = store.read(cell_id)
            files = {name: store.folder / "cells" / cell_id / name for name in result.sizes}
            if {n: f.stat().st_size for n, f in files.items() if f.exists()} == result.sizes:
                whole.append(result)
    return whole, set(store.ids()) - {r.cell_id for r in whole}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(CHANGES)), st.integers(0, 11), st.booleans()), max_size=10
    )
)
def test_the_index_says_what_the_folder_says(tmp_path: Path, changes) -> None:
    shutil.rmtree(tmp_path / "results", ignore_errors=True)
    store = ResultStore(tmp_path / "results", IDENTITY)
    store.create()
    fill(store, 3)
    for change, seed, look in [*changes, ("", 0, True), ("", 0, True)]:
        cells = sorted((store.folder / "cells").iterdir())
        if change and cells:
            # What cannot be done to a cell that is damaged already is not done.
            with suppress(OSError, ValueError):
                CHANGES[change](cells[seed % len(cells)], seed)
        if look:
            sound, errors = store.sound_and_damaged()
            whole, damaged = by_hand(store)
            assert sound == whole
            assert {next(i for i in damaged if i in str(e.where)) for e in errors} == damaged


def test_a_result_that_changed_is_read_again(store: ResultStore) -> None:
    written = fill(store, 3)
    list(store.results())
    file = store.folder / "cells" / written[0].cell_id / "result.json"
    length = file.stat().st_size
    change_digit(file, 7)
    assert file.stat().st_size == length
    changed = written[0].model_copy(update={"created": "2026-01-01T00:00:07+00:00"})
    for _ in range(2):
        assert list(store.results()) == [changed, *written[1:]]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all" * 100, None], ids=repr)
def test_an_index_that_is_none_is_made_anew(
    store: ResultStore, content: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = fill(store, 4)
    list(store.results())
    file = store.folder / INDEX
    if content is None:
        file.write_bytes(file.read_bytes()[:-100])
    else:
        file.write_bytes(content)
    opened = reads(store, monkeypatch)
    for _ in range(2):
        assert list(store.results()) == written
    assert len(opened) == 4


def test_an_index_of_another_version_is_made_anew(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = fill(store, 4)
    with monkeypatch.context() as other:
        other.setattr(index, "_version", lambda: b"of the year before")
        list(store.results())
    opened = reads(store, monkeypatch)
    for _ in range(2):
        assert list(store.results()) == written
    assert len(opened) == 4


def test_results_of_an_older_version_are_indexed(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = fill(store, 2)
    file = store.folder / "cells" / written[0].cell_id / "result.json"
    document = json.loads(file.read_text())
    del document["subgroups"], document["sizes"]
    file.write_text(json.dumps(document))
    old = written[0].model_copy(update={"subgroups": {}, "sizes": {}})
    opened = reads(store, monkeypatch)
    for _ in range(2):
        assert list(store.results()) == [old, written[1]]
    assert len(opened) == 2


def test_a_result_of_another_identity_version_is_refused_every_time(store: ResultStore) -> None:
    written = fill(store, 3)
    file = store.folder / "cells" / written[0].cell_id / "result.json"
    list(store.results())
    file.write_text(json.dumps(json.loads(file.read_text()) | {"identity_version": 99}))
    for _ in range(2):
        sound, (error,) = store.sound_and_damaged()
        assert sound == written[1:] and "99" in error.what
        with pytest.raises(StoreError, match="identity version 99"):
            store.finished()


def test_a_file_that_was_just_written_is_read_again(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_SETTLED", 2 * 10**9)
    fill(store, 2)
    list(store.results())
    opened = reads(store, monkeypatch)
    list(store.results())
    assert len(opened) == 2
    for file in store.folder.glob("cells/*/result.json"):
        os.utime(file, (0, 0))
    for _ in range(2):
        list(store.results())
    assert len(opened) == 4


def test_a_folder_that_cannot_be_written_to_is_read_in_silence(
    store: ResultStore, capfd: pytest.CaptureFixture[str]
) -> None:
    written = fill(store, 3)
    # What is no folder cannot be written into by anybody, the superuser included.
    (store.folder / ".partial").rmdir()
    (store.folder / ".partial").write_text("")
    for _ in range(2):
        assert list(store.results()) == written
    assert not (store.folder / INDEX).exists()
    assert capfd.readouterr() == ("", "")


def test_two_at_a_time_leave_one_index_that_is_right(store: ResultStore) -> None:
    written = fill(store, 6)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: list(store.results()), range(12)):
            assert found == written
    assert list(store.results()) == written
    assert [f.name for f in store.folder.iterdir() if "index" in f.name] == [INDEX]
    assert not list((store.folder / ".partial").iterdir())


READER = """
import pathlib, sys
from medpeft_sdk.errors import StoreError
from medpeft_sdk.results import ResultStore, index, survey
from tests.results.factory import IDENTITY

survey._FEW = index._SETTLED = 0
store = ResultStore(pathlib.Path(sys.argv[1]), IDENTITY)
print("ready", flush=True)
while True:
    (store.folder / index.INDEX).unlink(missing_ok=True)
    list(store.results())
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_kill_while_the_index_is_written_does_no_harm(store: ResultStore) -> None:
    written = fill(store, 20)
    chance = random.Random(0)
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", READER, str(store.folder)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        ) as reader:
            assert reader.stdout is not None
            assert reader.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.3))
            reader.send_signal(signal.SIGKILL)
        assert list(store.results()) == written
    store.create()
    assert not list((store.folder / ".partial").iterdir())


def test_no_field_is_left_out_that_a_result_cannot_be_without(store: ResultStore) -> None:
    with pytest.raises(ValueError, match="cannot be left out of a result: environment, costing"):
        store.sound_and_damaged(without=("environment", "costing", "costs"))
