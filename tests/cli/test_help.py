from __future__ import annotations

import subprocess
import sys

import pytest

from medpeft_sdk import __version__
from tests.cli.conftest import Run

LIGHT = """
import sys
sys.argv = ["medpeft", *{arguments}]
from medpeft_sdk.cli.main import main
try:
    main()
except SystemExit:
    pass
heavy = [m for m in ("torch", "timm", "peft", "torchvision", "numpy") if m in sys.modules]
assert not heavy, heavy
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["evaluate", "--help"], ["--version"], ["plugins", "list"], ["list", "methods"]],
)
def test_what_needs_no_tensor_library_imports_none(arguments: list[str]) -> None:
    code = LIGHT.format(arguments=arguments)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_command_has_a_help_text(medpeft: Run) -> None:
    for command in (
        "",
        "evaluate",
        "list",
        "show",
        "schema",
        "parameters",
        "cards",
        "plugins",
        "results",
    ):
        done = medpeft(*command.split(), "--help")
        assert done.returncode == 0, done.stderr
        assert "Usage:" in done.stdout


def test_it_says_its_version(medpeft: Run) -> None:
    assert medpeft("--version").stdout.strip() == f"medpeft-sdk {__version__}"
