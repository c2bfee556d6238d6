"""Networks are freed when a cell is done with them, and not whenever Python gets around to it."""

from __future__ import annotations

import gc


def free_networks() -> None:
    """Frees networks: they and what was added to them refer to each other, and would stay.

    What survives is libraries and data. It is not looked through again, which would take a good
    part of a small cell's time, until `look_at_everything`.
    """
    gc.collect()
    gc.freeze()


def look_at_everything() -> None:
    """Lets the next collection find what has become garbage since it survived one."""
    gc.unfreeze()
