"""What the documentation says about hooks and commands is what there is."""

import inspect
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from medpeft_sdk.registry import hookspecs, load_registry

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = {"mymethod"}


def hooks():
    marker = f"{hookspecs.PROJECT}_spec"
    return {name: f for name, f in vars(hookspecs).items() if hasattr(f, marker)}


def documented_commands():
    """Returns each command in a code block that begins with ``medpeft``, with its page."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, flags=re.S | re.M)
        for line in "\n".join(blocks).splitlines():
            line = line.strip().removeprefix("$ ")
            if line.startswith("medpeft "):
                command = shlex.split(line, comments=True)[1:]
                found.append(pytest.param(command, id=f"{page.name}: {' '.join(command)}"))
    return found


@pytest.mark.parametrize("name", hooks())
def test_every_hook_is_documented_with_its_signature(name):
    signature = f"`{name}({', '.join(inspect.signature(hooks()[name]).parameters)})`"
    assert signature in (ROOT / "docs" / "write-a-plugin.md").read_text(encoding="utf-8")


def test_no_hook_is_documented_that_does_not_exist():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"medpeft_(?:register|cell)_\w+", text))
    assert named <= hooks().keys()


@pytest.mark.parametrize("arguments", documented_commands())
def test_every_documented_command_parses(arguments):
    from medpeft_sdk.cli.main import app

    command, context = typer.main.get_command(app), None
    name = "medpeft"
    try:
        while True:
            context = command.make_context(name, list(arguments), parent=context)
            if not hasattr(command, "resolve_command"):
                break
            rest = [*context._protected_args, *context.args]
            name, command, arguments = command.resolve_command(context, rest)
    except typer.Exit as error:
        assert error.exit_code == 0


@pytest.mark.parametrize("arguments", documented_commands())
def test_every_name_in_a_documented_command_exists(arguments):
    registry = load_registry()
    for option, value in pairwise(arguments):
        kind = option.removeprefix("--")
        if kind in ("method", "dataset", "backbone", "protocol", "executor"):
            if value in EXAMPLES or value.endswith(".toml"):
                continue
            assert registry.catalogue(kind).get(value)


def test_the_readme_tells_how_to_see_it_work():
    text = PAGES[0].read_text(encoding="utf-8")
    assert {"make demo", "make test"} <= {line.strip() for line in text.splitlines()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_decision_is_listed_with_its_title():
    folder = ROOT / "docs" / "decisions"
    index = (folder / "index.md").read_text(encoding="utf-8")
    for note in sorted(folder.glob("0*.md")):
        heading = note.read_text(encoding="utf-8").splitlines()[0]
        number, title = heading.removeprefix("# ").split(". ", 1)
        assert f"{number}. [{title}]({note.name})" in index.splitlines()


def test_method_cards_are_those_of_the_specs(tmp_path):
    from medpeft_sdk.cli.cards import cards

    cards(tmp_path)
    kept = ROOT / "docs" / "methods"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in kept.iterdir())
    for page in tmp_path.iterdir():
        assert page.read_text() == (kept / page.name).read_text(), f"run: medpeft cards {kept}"
