"""The decoded cache: every image of a dataset at one size, decoded once, read by memory map."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import os
import re
import shutil
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs

from medpeft_sdk.data.dataset import Dataset, SampleTable
from medpeft_sdk.data.fit import Fit, fit_image
from medpeft_sdk.errors import DataError, StoreError

Pixels = npt.NDArray[np.uint8]

DECODER_VERSION = 1
"""To be raised when decoding or resizing gives other pixels than before."""

_CHUNK = 8


def default_cache_folder() -> Path:
    """Returns the user's cache folder; ``MEDPEFT_CACHE_DIR`` moves it."""
    return Path(os.environ.get("MEDPEFT_CACHE_DIR") or platformdirs.user_cache_dir("medpeft"))


def open_cache(
    dataset: Dataset,
    table: SampleTable,
    *,
    image_size: int,
    fit: Fit = "squash",
    folder: Path | None = None,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Pixels:
    """Opens the decoded images of a dataset, building them where they are not there yet.

    The cache is one ``.npy`` file, named by what determines its pixels. It is written under
    another name and renamed when it is whole, so that a killed build leaves nothing that could
    be read. Several processes may open it at once: one builds, the others wait.

    Args:
        dataset: Decodes the images, from several threads.
        table: The samples; row ``i`` of the result is its row ``i``.
        image_size: Side of the square images, in pixels.
        fit: How an image becomes a square.
        folder: Where caches are kept; `default_cache_folder` by default.
        workers: Threads that decode; one for each processor by default.
        on_progress: Called with the images done and their total while the cache is built.

    Returns:
        Read-only memory map, shape ``(n, image_size, image_size, 3)``, ``uint8``.

    Raises:
        DataError: An image cannot be read.
        StoreError: The folder cannot be written, or its disk is full.
    """
    shape = (len(table), image_size, image_size, 3)
    key = _key(dataset, table, image_size, fit)
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", dataset.spec.base)
    file = (folder or default_cache_folder()) / f"{name}-{image_size}-{fit}-{key[:20]}.npy"
    pixels = _open_whole(file, shape)
    if pixels is None:
        with _locked(file) as alone:
            pixels = _open_whole(file, shape)
            if pixels is None:
                # Where the file system has no locks, two builders need two names.
                partial = file.with_suffix(".partial" if alone else f".{os.getpid()}.partial")
                images = _decoded(dataset, table, image_size, fit, workers or _processors())
                _build(file, partial, shape, images, on_progress)
                pixels = _open_whole(file, shape)
    if pixels is None:
        raise StoreError("the image cache was altered while it was opened", where=str(file))
    return pixels


def _key(dataset: Dataset, table: SampleTable, image_size: int, fit: Fit) -> str:
    times = [_modified(dataset.path(name)) for name in table.ids]
    sizes = None if table.sizes is None else table.sizes.tolist()
    determinants = [DECODER_VERSION, dataset.spec.base, dataset.spec.version, image_size, fit]
    text = json.dumps([*determinants, table.ids, sizes, times])
    return hashlib.sha256(text.encode()).hexdigest()


def _modified(path: Path | None) -> int:
    try:
        return path.stat().st_mtime_ns if path else 0
    except OSError as error:
        raise DataError(
            f"an image cannot be read: {error.strerror}",
            where=str(path),
            expected="a readable file",
            mend="complete the folder",
        ) from error


def _open_whole(file: Path, shape: tuple[int, ...]) -> Pixels | None:
    """Maps the file, where it is there and neither cut short nor of another shape."""
    try:
        pixels = np.load(file, mmap_mode="r", allow_pickle=False)
        whole = file.stat().st_size == pixels.offset + pixels.nbytes
    # A damaged header makes numpy raise nearly anything.
    except Exception:
        return None
    return pixels if whole and pixels.shape == shape and pixels.dtype == np.uint8 else None


def _decoded(
    dataset: Dataset, table: SampleTable, image_size: int, fit: Fit, workers: int
) -> Generator[Pixels, None, None]:
    """Yields chunks of decoded images in the order of the table.

    Threads suffice: Pillow and numpy release the interpreter's lock while they decode and
    resize, and nothing has to be started, pickled or copied between processes.
    """

    def decode(ids: tuple[str, ...]) -> Pixels:
        return np.stack([fit_image(dataset.read(name), image_size, fit) for name in ids])

    chunks = (table.ids[start : start + _CHUNK] for start in range(0, len(table), _CHUNK))
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        ahead: deque[Future[Pixels]] = deque()
        try:
            ahead.extend(pool.submit(decode, chunk) for chunk in islice(chunks, 4 * workers))
            while ahead:
                yield ahead.popleft().result()
                ahead.extend(pool.submit(decode, chunk) for chunk in islice(chunks, 1))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _build(
    file: Path,
    partial: Path,
    shape: tuple[int, ...],
    images: Generator[Pixels, None, None],
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Writes the images under another name and renames the file when it is safely on disk."""
    try:
        with _writing(file):
            _check_space(file.parent, math.prod(shape))
            output = partial.open("wb")
        with output, contextlib.closing(images):
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            with _writing(file):
                np.lib.format.write_array_header_1_0(output, header)
            done = 0
            for chunk in images:
                with _writing(file):
                    output.write(chunk.data)
                done += len(chunk)
                if on_progress:
                    on_progress(done, shape[0])
            with _writing(file):
                output.flush()
                os.fsync(output.fileno())
        with _writing(file):
            partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _check_space(folder: Path, size: int) -> None:
    """Finds out that the disk is too small at once, not after an hour of decoding."""
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} ({size:,} bytes are needed)")


@contextlib.contextmanager
def _locked(file: Path) -> Generator[bool, None, None]:
    """Waits for an exclusive lock, which ends with its process; yields whether there is one."""
    with _writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.with_suffix(".lock").open("ab")
    with lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        except (ImportError, OSError):
            yield False
        else:
            yield True


@contextlib.contextmanager
def _writing(file: Path) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the image cache cannot be written: {error.strerror}",
            where=str(file.parent),
            expected="a folder that can be written, on a disk with enough space",
            mend="free some space, or set MEDPEFT_CACHE_DIR to another folder",
        ) from error


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
