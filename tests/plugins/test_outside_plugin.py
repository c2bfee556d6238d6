"""Packages from outside add a method and a dataset by being installed, with no edit anywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"
PACKAGES = ("medpeft-sdk-mymethod", "medpeft-sdk-mydataset")
FAST = ("--fraction=4shot", "--seed=0", "--set=image_size=32", "--set=min_steps=4",
        "--set=max_steps=4", "--set=validations=1")  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs Python in an environment into which pip has installed the examples."""
    folder = tmp_path_factory.mktemp("outside")
    site = folder / "site"
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]),
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
    run("-m", "pip", "install", *options, *(str(EXAMPLES / name) for name in PACKAGES))
    return run


@pytest.fixture
def scans(tmp_path):
    """The files of the example's dataset: two scans of each of 24 patients."""
    lines = ["file,patient,finding,sex,quality"]
    (tmp_path / "scans" / "images").mkdir(parents=True)
    for i in range(48):
        ill = i // 2 % 2
        lines.append(f"{i}.png,p{i // 2},{('healthy', 'ill')[ill]},F,good")
        Image.new("L", (40, 30), 5 * i).save(tmp_path / "scans" / "images" / f"{i}.png")
    (tmp_path / "scans" / "scans.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "scans"


def medpeft(run, *arguments):
    return json.loads(run("-m", "medpeft_sdk.cli", *arguments, "--json"))


@pytest.mark.parametrize("package", PACKAGES)
def test_the_example_is_short_enough_to_copy(package):
    files = [f for f in (EXAMPLES / package).rglob("*") if f.suffix in (".py", ".toml", ".md")]
    assert sum(len(f.read_text(encoding="utf-8").splitlines()) for f in files) <= 160


@pytest.mark.parametrize(("kind", "name"), [("methods", "mymethod"), ("datasets", "mydataset")])
def test_what_it_adds_is_listed_with_its_distribution(run, kind, name):
    (entry,) = (e for e in medpeft(run, "list", kind)[kind] if e["name"] == name)
    assert entry["plugin"] == {"distribution": f"medpeft-sdk-{name}", "version": "0.1.0"}


def test_both_are_evaluated_and_their_origins_recorded(run, scans, tmp_path):
    chosen = ("--method=mymethod", "--dataset=mydataset,blurred=keep", f"--data=mydataset={scans}")
    output = f"--output={tmp_path / 'results'}"
    (row,) = medpeft(run, "evaluate", *chosen, "--protocol=quick", output, *FAST)["results"]
    assert (row["method"], row["dataset"]) == ("mymethod", "mydataset,blurred=keep")
    assert row["status"] == "ok"
    assert row["parameters"]["added"] > 0
    (file,) = tmp_path.glob("results/cells/*/result.json")
    origins = {o["distribution"] for o in json.loads(file.read_text())["provenance"]}
    assert set(PACKAGES) <= origins


@pytest.mark.parametrize("package", PACKAGES)
def test_its_own_tests_pass(run, package):
    own = str(EXAMPLES / package)
    assert "passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", own)
