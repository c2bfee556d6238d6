"""The one message about data that a disk does not take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medpeft_sdk.errors import StoreError, mend_of


@contextmanager
def writing(path: Path, what: str, *, otherwise: str) -> Iterator[None]:
    """Says what cannot be written, and where, when the block inside fails to.

    Args:
        path: The file or folder.
        what: What cannot be done, such as ``a file cannot be unpacked``.
        otherwise: What to do where the reason cannot be mended.

    Raises:
        StoreError: The block met an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{what}: {error.strerror or error}",
            where=str(path),
            expected="a folder that can be written, on a disk with enough space",
            mend=", or ".join(filter(None, (mend_of(error), otherwise))),
        ) from error
