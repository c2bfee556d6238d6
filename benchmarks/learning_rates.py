"""Where the methods' default learning rates come from: the best score on the validation split.

    python -m benchmarks.learning_rates --dataset busi --data busi=PATH --fraction 16shot --seed 0

Each method runs at each rate of a common grid, with the options of `medpeft evaluate` and the
protocol `quick`; what is compared is the best look at the validation split, averaged over seeds
and subsets. Nothing is read from the test split's answers.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

from medpeft_sdk.api import Options, evaluate
from medpeft_sdk.planning import split_assignments
from medpeft_sdk.registry import load_registry
from medpeft_sdk.specs import ResultSpec

RATES = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)


def best_look(result: ResultSpec) -> float:
    """Returns the validation score at the step that was kept; NaN where there is none."""
    looks = result.training.looks if result.training else ()
    return max((look.score for look in looks if look.score is not None), default=float("nan"))


def scores(methods: list[str], rate: float, options: Options) -> dict[str, float]:
    """Returns each method's mean score at a rate."""
    settings = dict(options.get("settings", {})) | {"learning_rate": rate}
    run = evaluate(methods, "quick", **{**options, "settings": settings})
    found: dict[str, list[float]] = {}
    for result in run.results:
        found.setdefault(result.cell.method, []).append(best_look(result))
    return {method: statistics.fmean(values) for method, values in found.items()}


def main() -> None:
    """Prints a line a method; the spec's default is marked with ``<``, the best with ``*``."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--method", action="append", default=[])
    parser.add_argument("--rate", action="append", type=float, default=[])
    parser.add_argument("--dataset", action="append", default=[])
    parser.add_argument("--data", action="append", default=[])
    parser.add_argument("--backbone", action="append", default=[])
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--fraction", action="append", default=[])
    parser.add_argument("--seed", type=int, action="append", default=[])
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--output", type=Path, default=Path("rates"))
    given = parser.parse_args()
    options: Options = {
        "datasets": given.dataset,
        "data": split_assignments(given.data, option="--data"),
        "backbones": given.backbone,
        "subsets": given.fraction,
        "seeds": given.seed,
        "settings": split_assignments(given.set),
        "output": given.output,
    }
    if given.weights:
        options["weights"] = given.weights
    methods = load_registry().methods
    names, rates = given.method or methods.names, given.rate or list(RATES)
    table = {rate: scores(names, rate, options) for rate in rates}
    print("method               " + "".join(f"{rate:>9g} " for rate in rates))
    for name in names:
        best = max(rates, key=lambda rate: table[rate].get(name, float("nan")))
        default = methods.get(name).spec.learning_rate
        cells = (
            f"{table[rate].get(name, float('nan')):8.3f}{'*' if rate == best else ' '}"
            f"{'<' if rate == default else ' '}"
            for rate in rates
        )
        print(f"{name:20} " + "".join(cells))


if __name__ == "__main__":
    main()
