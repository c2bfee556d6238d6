"""An image that cannot be read: the run fails with its name, or leaves it out and says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medpeft_sdk.api import Evaluation, prepare
from medpeft_sdk.cli.evaluate import say_skipped
from medpeft_sdk.errors import DataError, SpecError
from medpeft_sdk.planning import IDENTITY_VERSION, cell_id
from medpeft_sdk.results import ResultStore, row
from medpeft_sdk.specs import CellSpec
from tests.cli.test_bad_input import image_folder

BAD = "cat/3.png"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return image_folder(tmp_path / "images", cat=16, dog=16)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDPEFT_CACHE_DIR", str(tmp_path / "cache"))


def spoil(root: Path) -> None:
    (root / BAD).write_bytes((root / BAD).read_bytes()[:200])


def planned(root: Path, corrupt: Any = "fail", **options: Any) -> Evaluation:
    fast = {"min_steps": 2, "max_steps": 2, "validations": 1, "image_size": 32}
    return prepare(
        ["linear"],
        datasets=[f"folder:{root}"],
        subsets=["2shot"],
        seeds=[0],
        settings=fast,
        output=root.parent / "results",
        executor="serial",
        corrupt=corrupt,
        **options,
    )


def test_by_default_the_run_fails_with_its_name(root: Path) -> None:
    spoil(root)
    with pytest.raises(DataError, match="cut short") as error:
        planned(root).run()
    assert BAD in str(error.value) and "--corrupt skip" in str(error.value)


def test_skipped_images_stand_in_the_result_and_in_the_identity(root: Path) -> None:
    spoil(root)
    told: list[tuple[str, int, int]] = []
    evaluation = planned(root, "skip", on_decode=lambda *event: told.append(event))
    assert told[-1] == ("folder:images", 32, 32)
    (result,) = evaluation.run().results
    assert result.status == "ok"
    assert result.cell.dataset.skipped == (BAD,)
    assert row(result)["skipped"] == 1
    fields = result.cell.model_dump(mode="json")
    del fields["dataset"]["skipped"]
    assert result.cell_id != cell_id(CellSpec.from_data(fields, where="here"))
    store = ResultStore(root.parent / "results", IDENTITY_VERSION)
    assert store.read(result.cell_id) == result


def test_where_all_can_be_read_both_policies_give_one_cell(root: Path) -> None:
    (failing,), (skipping,) = (planned(root, policy).run().results for policy in ("fail", "skip"))
    assert failing.cell_id == skipping.cell_id
    assert failing.splits == skipping.splits
    assert "skipped" not in failing.cell.canonical_json()


def test_skipping_changes_the_fingerprint_of_the_splits(root: Path) -> None:
    (whole,) = planned(root).run().results
    size = (root / BAD).stat().st_size
    (root / BAD).write_bytes((root / BAD).read_bytes()[: size // 2].ljust(size, b"\0"))
    (skipping,) = planned(root, "skip").run().results
    assert skipping.cell.dataset.fingerprint == whole.cell.dataset.fingerprint
    assert skipping.splits != whole.splits
    assert skipping.cell_id != whole.cell_id


def test_it_is_said_which_images_are_skipped(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(root)
    say_skipped(planned(root, "skip"))
    assert f"are left out: 1 ({BAD})" in " ".join(capsys.readouterr().err.split())


def test_another_policy_is_refused(root: Path) -> None:
    with pytest.raises(SpecError, match="corrupt is 'ignore'"):
        planned(root, "ignore")


def test_a_device_that_is_not_there_is_told_before_any_image_is_decoded(root: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with pytest.raises(SpecError, match="the device 'tpu9' is not there"):
        planned(root, "skip", device="tpu9", on_decode=lambda *event: told.append(event))
    with pytest.raises(SpecError, match="the device 'tpu9' is not there"):
        planned(root, device="tpu9")
    assert not told
