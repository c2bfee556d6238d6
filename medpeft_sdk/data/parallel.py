"""Work on many items by several threads, with few of them in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4
"""Items that are under way for each thread: enough to be busy while the first one is waited for."""


def ordered_map(
    work: Callable[[T], R], items: Iterable[T], *, workers: int
) -> Generator[R, None, None]:
    """Yields what ``work`` makes of each item, in their order, a few items ahead of the reader.

    Threads suffice where the work is decoding: Pillow and numpy release the interpreter's lock,
    and nothing has to be started, pickled or copied between processes. Closing the generator
    waits for what is under way and drops the rest.
    """
    rest = iter(items)
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        ahead: deque[Future[R]] = deque()
        try:
            ahead.extend(pool.submit(work, item) for item in islice(rest, _AHEAD * workers))
            while ahead:
                yield ahead.popleft().result()
                ahead.extend(pool.submit(work, item) for item in islice(rest, 1))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
