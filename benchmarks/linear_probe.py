"""What `linear` reaches against a plain logistic regression on frozen features.

    python -m benchmarks.linear_probe --dataset busi --data busi=PATH --fraction 16shot --seed 0

The cells are those that `medpeft evaluate --method linear` would run with the same options; the
logistic regression is scikit-learn's, on the features in front of the classifier, from the same
images without augmentation, its penalty chosen on the same validation split. The table gives
both on the same test split.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from medpeft_sdk.anatomy import find_sites
from medpeft_sdk.api import Evaluation, prepare
from medpeft_sdk.data import ImageSource, select_subset
from medpeft_sdk.evaluation import Metric
from medpeft_sdk.execution.workbench import Workbench
from medpeft_sdk.planning import PlannedCell, split_assignments

PENALTIES = np.logspace(-4, 2, 13)


@torch.inference_mode()
def features(network: nn.Module, source: ImageSource) -> np.ndarray:
    """Returns what reaches the classifier, shape ``(n, width)``."""
    seen: list[torch.Tensor] = []
    (head,) = find_sites(network).head
    hook = head.module.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    network.eval()
    for start in range(0, len(source), 64):
        network(source.batch(torch.arange(start, min(start + 64, len(source))))[0])
    hook.remove()
    return torch.cat(seen).flatten(1).numpy()


def logistic_regression(bench: Workbench, planned: PlannedCell, metric: Metric) -> float:
    """Fits the regression for one cell and returns the metric on the test split."""
    cell, splits, table = planned.cell, bench.splits, bench.table
    network = bench.network(cell.recipe, pretrained=True, seed=cell.seed)

    def describe(rows: np.ndarray) -> tuple[np.ndarray, torch.Tensor]:
        backbone = bench.bundle.backbone
        source = ImageSource(
            bench.pixels(cell.recipe), table.labels, rows, mean=backbone.mean, std=backbone.std
        )
        return features(network, source), source.labels

    def score(model: LogisticRegression, x: np.ndarray, labels: torch.Tensor) -> float:
        probabilities = torch.from_numpy(model.predict_proba(x)).float()
        return metric.compute(probabilities, labels)

    x, y = describe(select_subset(table, splits.train, cell.subset, cell.seed))
    x_val, y_val = describe(splits.val)
    models = [
        make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=2000)).fit(x, y)
        for c in PENALTIES
    ]
    best = max(models, key=lambda model: score(model, x_val, y_val))
    return score(best, *describe(splits.hold_out().read()))


def compare(evaluation: Evaluation) -> None:
    """Prints a line a cell."""
    run = evaluation.run()
    results = {result.cell_id: result for result in run.results}
    name = evaluation.settings.metrics[0]
    entry = evaluation.registry.metrics.get(name)
    metric: Metric = entry.load()(entry.spec)
    print(f"{'data':8} seed  linear                 logistic regression   ({name}, test split)")
    for bundle in evaluation.plan.bundles:
        bench = Workbench(bundle, evaluation.settings, evaluation.registry)
        for planned in bundle.cells:
            ours = results[planned.id].metrics[name]
            theirs = logistic_regression(bench, planned, metric)
            interval = f"{ours.value:.3f} [{ours.low:.3f}, {ours.high:.3f}]"
            print(f"{planned.cell.subset!s:8} {planned.cell.seed:4}  {interval:21}  {theirs:.3f}")


def main() -> None:
    """Reads the options that `medpeft evaluate` has under the same names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", default="phantom_ultrasound")
    parser.add_argument("--data", action="append", default=[])
    parser.add_argument("--backbone", default="embedded/vit_1m")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--fraction", action="append", default=[])
    parser.add_argument("--seed", type=int, action="append", default=[])
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--output", type=Path, default=Path("results"))
    options = parser.parse_args()
    compare(
        prepare(
            ["linear"],
            datasets=[options.dataset],
            backbones=[options.backbone],
            subsets=options.fraction,
            seeds=options.seed,
            data=split_assignments(options.data, option="--data"),
            weights=options.weights,
            settings=split_assignments(options.set),
            output=options.output,
        )
    )


if __name__ == "__main__":
    main()
