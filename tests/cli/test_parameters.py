"""``medpeft parameters``, and what a dry run says of methods that cannot act."""

from __future__ import annotations

from tests.cli.conftest import FAST, Run, answer


def test_counts_of_several_methods(medpeft: Run) -> None:
    command = ("parameters", "--backbone=timm/resnet50", "--method=bitfit", "--method=linear")
    found = answer(medpeft(*command, "--json"))
    assert [(r["method"], r["parameters"]["trainable"]) for r in found["results"]] == [
        ("bitfit", 40_903),
        ("linear", 14_343),
    ]
    table = medpeft(*command).stdout
    assert "40,903" in table and "0.174" in table


def test_a_refusal_is_a_row(medpeft: Run) -> None:
    command = ("parameters", "--backbone=timm/mixer_s32_224", "--method=lora", "--method=linear")
    lora, linear = answer(medpeft(*command, "--json"))["results"]
    assert "mixer_s32_224 is an mlp" in lora["reason"]
    assert linear["parameters"]["head"] == 7 * 513


def test_hyperparameters(medpeft: Run) -> None:
    command = ("parameters", "--backbone=embedded/vit_1m", "--method=lora", "--json")
    narrow, wide = (answer(medpeft(*command, f"--set=rank={r}"))["results"][0] for r in (4, 8))
    assert wide["parameters"]["added"] == 2 * narrow["parameters"]["added"]
    assert medpeft(*command, "--set=rank=0").returncode == 2


def test_a_dry_run_tells_what_a_method_will_refuse(medpeft: Run) -> None:
    command = ("evaluate", "--dry-run", "--method=linear", "--method=lora", "--set=rank=200")
    found = answer(medpeft(*command, *FAST, "--seed=0", "--json"))
    reasons = {cell["method"]: cell["unsupported"] for cell in found["cells"]}
    assert reasons["linear"] is None
    assert "rank 200 is above" in reasons["lora"]
    assert (found["count"], found["unsupported"]) == (2, 1)
    table = medpeft(*command, *FAST, "--seed=0")
    assert "2 cells, 1 of them unsupported, about" in table.stderr
    assert " unsupported: " in table.stdout and "rank 200 is above" in table.stdout
