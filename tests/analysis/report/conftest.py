from __future__ import annotations

from pathlib import Path

import pytest

from medpeft_sdk.analysis.report import Evidence, Written, gather, write_report
from medpeft_sdk.registry import load_registry
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import ResultSpec
from tests.analysis.report.folder import make_folder

REASON = "the loss was <b>nan</b> & so on"


def diverging(result: ResultSpec) -> ResultSpec:
    if result.cell.method == "ssf" and result.cell.seed == 2 and str(result.cell.subset) == "100%":
        return result.model_copy(update={"status": "diverged", "reason": REASON})
    return result


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> ResultStore:
    return make_folder(tmp_path_factory.mktemp("report") / "results", change=diverging)


@pytest.fixture(scope="session")
def evidence(store: ResultStore) -> Evidence:
    return gather(store, load_registry(), resamples=200)


@pytest.fixture(scope="session")
def written(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder: Path = tmp_path_factory.mktemp("written")
    return write_report(evidence, folder / "report.html", folder / "report")
