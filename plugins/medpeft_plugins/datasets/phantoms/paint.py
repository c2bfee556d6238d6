"""Fields over an image, and how they are joined."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.floating[Any]]
"""A value at every point of an image; where an axis has length 1, it is the same along it."""


@functools.cache
def plane(side: int) -> tuple[Field, Field]:
    """Returns how far right and how far down each pixel lies, from -1 to 1; read-only."""
    at = (np.arange(side) + 0.5) / side * 2 - 1
    down, right = np.meshgrid(at, at, indexing="ij")
    right.flags.writeable = down.flags.writeable = False
    return right, down


def coloured(amount: Field, colour: Field) -> Field:
    """Returns ``amount * colour``, shape ``(side, side, 3)``, from a value at each point.

    Each channel lies in one piece in memory, and so does what is computed from it: far faster than
    three numbers at a time.
    """
    return np.multiply.outer(colour, amount).transpose(1, 2, 0)


def line(distance: Field, width: float) -> Field:
    """Returns 1 where the distance is zero, falling to 1/e at the width."""
    return np.exp(-((distance / width) ** 2))


def beyond(distance: Field, width: float) -> Field:
    """Returns 0 on the near side of an edge and 1 on the far side, soft over the width."""
    return 1 / (1 + np.exp(-np.clip(distance / width, -30, 30)))


def blend(near: Field, far: Field, share: Field) -> Field:
    """Goes over from one field to another."""
    return near + (far - near) * share


def turned(right: Field, down: Field, angle: float) -> tuple[Field, Field]:
    """Returns coordinates along and across a direction."""
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    return right * cos + down * sin, down * cos - right * sin
