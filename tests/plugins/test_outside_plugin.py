"""A package from outside adds a method by being installed, with no edit anywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "medpeft-sdk-mymethod"
FAST = ("--fraction=4shot", "--seed=0", "--set=image_size=32", "--set=min_steps=4",
        "--set=max_steps=4", "--set=validations=1")  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs Python in an environment into which pip has installed the example."""
    folder = tmp_path_factory.mktemp("outside")
    site = folder / "site"
    environment = os.environ | {
        "PYTHONPATH": str(site),
        "MEDPEFT_CACHE_DIR": str(folder / "cache"),
        "MEDPEFT_CONFIG_DIR": str(folder / "config"),
        "HF_HUB_OFFLINE": "1",
    }

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(site))
    run("-m", "pip", "install", *options, str(EXAMPLE))
    return run


def test_the_example_is_short_enough_to_copy():
    files = [f for f in EXAMPLE.rglob("*") if f.suffix in (".py", ".toml", ".md")]
    assert sum(len(f.read_text(encoding="utf-8").splitlines()) for f in files) <= 150


def test_its_method_is_listed_with_its_distribution(run):
    data = json.loads(run("-m", "medpeft_sdk.cli", "list", "methods", "--json"))
    method = next(m for m in data["methods"] if m["name"] == "mymethod")
    assert method["plugin"] == {"distribution": "medpeft-sdk-mymethod", "version": "0.1.0"}


def test_its_method_is_evaluated_and_its_origin_recorded(run, tmp_path):
    quick = ("evaluate", "--method=mymethod", "--protocol=quick", f"--output={tmp_path}", *FAST)
    (row,) = json.loads(run("-m", "medpeft_sdk.cli", *quick, "--json"))["results"]
    assert (row["method"], row["status"]) == ("mymethod", "ok")
    assert row["parameters"]["added"] > 0
    (file,) = tmp_path.glob("cells/*/result.json")
    origins = {o["name"]: o["distribution"] for o in json.loads(file.read_text())["provenance"]}
    assert origins["mymethod"] == "medpeft-sdk-mymethod"


def test_its_own_tests_pass(run):
    assert "passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE))
