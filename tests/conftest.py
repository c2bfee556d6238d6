"""What holds for all tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Read when its library is imported: tests in this process need no network either.
os.environ["HF_HUB_OFFLINE"] = "1"

# Examples are the same in every run, and a busy machine is no failure.
settings.register_profile("medpeft", deadline=None, derandomize=True)
settings.load_profile("medpeft")


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cache for all tests, and not the user's: images are drawn and decoded once."""
    folder = tmp_path_factory.getbasetemp()
    # Each worker of pytest-xdist has a folder of its own in that of the run.
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDPEFT_CACHE_DIR", str(folder))
        yield folder
