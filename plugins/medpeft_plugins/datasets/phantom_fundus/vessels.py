"""The tree of retinal vessels: arcades around the macula, and their branches."""

from __future__ import annotations

import numpy as np

from medpeft_plugins.datasets.phantoms.marks import Points, arc

_TRUNKS = (
    (-1.7, 1.75, 25.0),
    (1.7, -1.75, 25.0),
    (-2.25, -0.5, 17.0),
    (2.25, 0.5, 17.0),
)
"""Heading, bend (radians) and length (degrees) of the temporal and the nasal trunks. Heading 0
points to the temple, a quarter turn further down."""


def draw_trees(rng: np.random.Generator, origin: Points) -> tuple[list[Points], list[Points]]:
    """Draws trunks and branches of arteries, or of veins.

    Args:
        rng: Source of chance.
        origin: Where the vessels leave the disc, in degrees from its middle.

    Returns:
        Trunks and branches, as corners in degrees from the disc's middle: temple, down.
    """
    trunks: list[Points] = []
    branches: list[Points] = []
    for heading, bend, length in _TRUNKS:
        start = heading + rng.normal(0, 0.14)
        turn = bend * rng.uniform(0.75, 1.2)
        trunk = arc(origin + rng.normal(0, 0.25, 2), start, length * rng.uniform(0.85, 1.1), turn)
        trunks.append(trunk + np.concatenate([[[0, 0]], rng.normal(0, 0.22, (len(trunk) - 1, 2))]))
        for corner in rng.choice(np.arange(2, len(trunk) - 2), size=4, replace=False):
            side = rng.choice([-1, 1])
            along = start + turn * corner / len(trunk)
            branch = arc(
                trunks[-1][corner],
                along + side * rng.uniform(0.4, 0.9),
                rng.uniform(4, 11),
                -side * rng.uniform(0, 0.8),
                corners=7,
            )
            branches.append(branch)
    return trunks, branches
