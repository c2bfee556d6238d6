"""A whole race on a folder of images, from the command line's function to the loaded adapter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import medpeft_sdk
from medpeft_sdk.analysis import Recommendation, compare, sentences
from medpeft_sdk.data import HeldOut
from medpeft_sdk.errors import DataError, MedpeftError, SpecError, StoreError
from medpeft_sdk.evaluation import Predictions
from medpeft_sdk.execution.journal import Rung, read_race
from medpeft_sdk.recommendation import PlannedRace, prepare_race
from tests.cli.conftest import Run
from tests.results.factory import make_result
from tests.results.runs import make_store

SETTINGS = {"min_steps": 8, "max_steps": 8, "validations": 4, "image_size": 32, "batch_size": 8}


def write_images(folder: Path, count: int, seed: int) -> None:
    """Bright or dark images."""
    rng = np.random.default_rng(seed)
    for level, name in ((80, "dark"), (170, "bright")):
        (folder / name).mkdir(parents=True)
        for at in range(count):
            pixels = rng.normal(level, 40, (32, 32, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{at}.png")


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDPEFT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "scans"
    write_images(folder, 40, seed=0)
    return folder


@pytest.fixture(scope="module")
def plan(images: Path) -> Any:
    def make(output: Path, **options: Any) -> PlannedRace:
        fixed = {
            "methods": ["bitfit", "lora"],
            "budget": "1000steps",
            "settings": SETTINGS,
            "threads": 1,
            "output": output,
        }
        return prepare_race(f"folder:{images}", **(fixed | options))

    return make


@pytest.fixture(scope="module")
def raced(plan: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Recommendation, int]:
    output, reads = tmp_path_factory.mktemp("raced") / "recommendation", 0
    read = HeldOut.read

    def reading(self: HeldOut) -> Any:
        nonlocal reads
        reads += 1
        race = read_race(output)
        assert race is not None and race.rungs[-1].look == SETTINGS["validations"]
        return read(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HeldOut, "read", reading)
        answer = plan(output).run()
    return output, answer, reads


def test_each_finalist_reads_the_test_split_once_after_the_choice(raced: Any) -> None:
    output, answer, reads = raced
    race = read_race(output)
    assert race is not None
    assert race.rungs[-1].field[0] == answer.method
    assert reads == len(race.rungs[-1].field) == 1 + len(answer.compared)


def test_the_differences_are_those_of_the_stored_predictions(raced: Any, plan: Any) -> None:
    output, answer, _ = raced
    contest = plan(output).contest
    entry = contest.registry.metrics.get(answer.metric)
    said = " ".join(sentences(answer))
    assert f"Use {answer.method}: auroc {answer.score.value:.3f}" in said
    for other in answer.compared:
        (found,) = compare(contest.store, other.method, answer.method, entry.load()(entry.spec))
        assert found.mean.here.value == pytest.approx(other.difference.value)
        assert other.method in said
    assert "embedded/vit_1m" in said
    assert "One seed" in said
    assert Recommendation.from_json(
        (output / "recommendation.json").read_bytes(), where="test"
    ) == (answer)


def test_the_code_of_the_answer_loads_the_adapter_that_was_tested(raced: Any, plan: Any) -> None:
    output, answer, _ = raced
    scope: dict[str, Any] = {}
    exec(answer.code, scope)
    contest = plan(output).contest
    workbench = contest.workbench()
    planned = next(c for c in contest.bundle.cells if c.cell.method == answer.method)
    stored = Predictions.from_parquet(contest.store.file(planned.id, "predictions.parquet"))
    source = workbench.images(workbench.splits.test, planned.cell.recipe, torch.device("cpu"))
    pictures, _ = source.batch(torch.arange(len(source)))
    with torch.inference_mode():
        found = scope["adapted"].model.eval()(pictures).softmax(dim=1)
    np.testing.assert_allclose(found.numpy(), stored.probabilities, atol=1e-5)


def test_a_killed_race_comes_to_the_same_answer(raced: Any, plan: Any, tmp_path: Path) -> None:
    output, answer, _ = raced

    def kill(rung: Rung) -> None:
        if rung.look == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(tmp_path / "again").run(on_rung=kill)
    again = plan(tmp_path / "again").run()
    moved = {"adapter", "code"}
    assert again.model_dump(exclude=moved) == answer.model_dump(exclude=moved)
    assert read_race(tmp_path / "again") == read_race(output)


def contents(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_race_does_not_start_among_other_results(plan: Any, raced: Any, tmp_path: Path) -> None:
    store = make_store(tmp_path)
    assert plan(store.folder).folder == store.folder
    store.write(make_result())
    output, *_ = raced
    for folder, options, said in (
        (store.folder, {}, "results that are of no race"),
        (output, {"budget": "2000steps"}, "another race"),
        (output, {"seed": 1}, "another race"),
    ):
        before = contents(folder)
        with pytest.raises(StoreError, match=said) as raised:
            plan(folder, **options)
        assert "another folder with --output" in str(raised.value)
        assert contents(folder) == before


def test_no_evaluation_adds_to_the_folder_of_a_race(raced: Any, medpeft_here: Run) -> None:
    output, *_ = raced
    before = contents(output)
    with pytest.raises(StoreError, match="holds a race"):
        medpeft_sdk.evaluate("linear", seeds=[0], subsets=["4shot"], output=output)
    for option in ("--dry-run", "--seed=0"):
        done = medpeft_here("evaluate", "--method=linear", option, f"--output={output}")
        assert done.returncode == 2 and "holds a race" in done.stderr
    assert contents(output) == before


def test_a_race_that_was_killed_before_its_first_rung_starts_again(
    plan: Any, tmp_path: Path
) -> None:
    def kill(method: str, step: int, steps: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(tmp_path / "out").run(on_step=kill)
    assert (tmp_path / "out").exists()
    assert plan(tmp_path / "out").folder == tmp_path / "out"


def test_a_budget_below_the_shortest_race_is_refused(plan: Any, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="too small a budget") as raised:
        plan(tmp_path / "out", budget="20steps").run()
    assert "26steps" in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_one_class_in_validation_is_refused_before_training(tmp_path: Path) -> None:
    for part in ("train", "val", "test"):
        write_images(tmp_path / "scans" / part, 6, seed=1)
    for file in (tmp_path / "scans" / "val" / "dark").iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"validation|val"):
        prepare_race(
            f"folder:{tmp_path / 'scans'}",
            methods=["bitfit"],
            budget="1000steps",
            settings=SETTINGS,
            output=tmp_path / "out",
        ).run()


def test_unknown_names_are_one_message(plan: Any, tmp_path: Path) -> None:
    with pytest.raises(MedpeftError, match="no method is called 'lorra'"):
        plan(tmp_path, methods=["lorra"])
    with pytest.raises(MedpeftError, match="no backbone is called"):
        medpeft_sdk.recommend("phantom_ultrasound", "embedded/nothing", output=tmp_path)


def test_what_is_no_text_is_one_message(images: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    with pytest.raises(SpecError, match="is no name") as raised:
        medpeft_sdk.recommend(images, output=output)  # type: ignore[arg-type]
    assert raised.value.mend == f'write "folder:{images}", for a folder of images'
    with pytest.raises(SpecError, match="is no name") as raised:
        medpeft_sdk.recommend("phantom_ultrasound", Path("x"), output=output)  # type: ignore[arg-type]
    assert raised.value.where == "--backbone"
    with pytest.raises(SpecError, match="'20' is no budget") as raised:
        medpeft_sdk.recommend(f"folder:{images}", budget=20, output=output)  # type: ignore[arg-type]
    assert "--budget 20m" in str(raised.value)


def test_no_threads_are_not_the_default(plan: Any, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="0 threads"):
        plan(tmp_path / "out", threads=0)


def test_one_method_can_be_named_alone(plan: Any, tmp_path: Path) -> None:
    race = plan(tmp_path / "out", methods="bitfit")
    assert {cell.cell.method for cell in race.plan.cells} == {"linear", "full", "bitfit"}


def test_where_no_method_learns_the_task_the_dataset_is_blamed(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no method learns text to image") as raised:
        prepare_race("phantom_report", output=tmp_path / "out")
    assert raised.value.where == "the dataset phantom_report"
    assert "--dataset folder:PATH" in str(raised.value)


def test_a_dry_run_prices_a_race(images: Path, medpeft_here: Run) -> None:
    settings = [f"--set={name}={value}" for name, value in SETTINGS.items()]
    done = medpeft_here(
        "recommend",
        f"--dataset=folder:{images}",
        "--method=bitfit",
        "--budget=20steps",
        "--dry-run",
        *settings,
    )
    assert done.returncode == 2
    assert "3 methods in the race: linear, full, bitfit" in done.stdout
    assert "would take about 24 steps, the shortest race about 24 steps" in done.stdout
    assert "too small a budget for 3 methods" in done.stderr and "24steps" in done.stderr


def test_the_command_prints_the_answer_as_json(
    plan: Any, raced: Any, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from medpeft_sdk.cli.recommend import recommend

    output, answer, _ = raced
    recommend(
        f"folder:{images}",
        budget="1000steps",
        method=["bitfit", "lora"],
        set_=[f"{name}={value}" for name, value in SETTINGS.items()],
        threads=1,
        output=output,
        json=True,
    )
    printed = json.loads(capsys.readouterr().out)
    assert printed.pop("sentences") == list(sentences(answer))
    assert printed == answer.model_dump(mode="json")
