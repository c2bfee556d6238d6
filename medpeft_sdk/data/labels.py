"""Labels of both forms seen alike: which samples have which class."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def indicators(labels: npt.NDArray[np.int64], classes: int) -> npt.NDArray[np.bool_]:
    """Tells which samples have which class.

    Args:
        labels: Class indices, shape ``(n,)``; or 0 and 1 for each class, shape ``(n, classes)``.
        classes: Number of classes.

    Returns:
        Shape ``(n, classes + 1)``. The last column marks samples that have none of the classes,
        which are stratified like a class of their own.
    """
    has = np.asarray(labels == 1 if labels.ndim == 2 else labels[:, None] == np.arange(classes))
    return np.column_stack([has, ~has.any(axis=1)])


def held_classes(labels: npt.NDArray[np.int64], classes: int) -> list[list[int]]:
    """Lists the classes of each sample; the index ``classes`` stands for none of them."""
    return [np.flatnonzero(row).tolist() for row in indicators(labels, classes)]
