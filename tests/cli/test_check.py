"""``medpeft plugins check``."""

from __future__ import annotations

from tests.cli.conftest import Run, answer


def test_one_method_on_some_networks(medpeft: Run) -> None:
    command = ("plugins", "check", "lora", "--network=vit", "--network=mixer")
    found = answer(medpeft(*command, "--json"))["reports"]
    assert [(r["network"], r["status"]) for r in found] == [
        (None, "pass"),
        ("vit", "pass"),
        ("mixer", "refused"),
    ]
    table = medpeft(*command)
    assert table.returncode == 0
    assert "is an mlp" in table.stdout


def test_names_are_checked(medpeft: Run) -> None:
    for arguments in (("lorra",), ("lora", "--network=vitt")):
        done = medpeft("plugins", "check", *arguments)
        assert done.returncode == 2 and "did you mean" in done.stderr
