"""What a network says about some images, beside what their dataset knows of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from medpeft_sdk.data import SampleTable
from medpeft_sdk.evaluation import Predictions


def predictions_of(
    table: SampleTable, rows: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float32]
) -> Predictions:
    """Puts probabilities beside the labels, groups and attributes of their samples.

    Args:
        table: The dataset.
        rows: Which of its samples, shape ``(n,)``.
        probabilities: Shape ``(n, classes)``.
    """
    return Predictions(
        ids=tuple(table.ids[i] for i in rows),
        groups=tuple(table.groups[i] for i in rows) if table.groups else None,
        labels=table.labels[rows],
        probabilities=probabilities,
        classes=table.classes,
        attributes={k: tuple(v[i] for i in rows) for k, v in table.attributes.items()},
    )
