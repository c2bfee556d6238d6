"""Python's search for garbage, put off while very many objects are made that all stay."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Generator[None]:
    """Keeps Python from looking for garbage, as a block or as the decorator of a function.

    Results have no cycles, and looking through a hundred thousand of them takes seconds.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            # What is frozen and let go again counts as old, and is not looked through at once.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
