"""How the file of a decoded cache is named, written and found again."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import math
import os
import re
import shutil
from collections.abc import Callable, Collection, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medpeft_sdk.data.dataset import Dataset, SampleTable
from medpeft_sdk.data.disk import writing
from medpeft_sdk.data.fit import Fit
from medpeft_sdk.data.growing import GrowingFile, Rows
from medpeft_sdk.data.parallel import ordered_map
from medpeft_sdk.errors import DataError, StoreError
from medpeft_sdk.processes import cores

Pixels = npt.NDArray[np.uint8]
OnProgress = Callable[[int, int], None]

DECODER_VERSION = 1
"""To be raised when decoding or resizing gives other pixels than before."""

_CHUNK_BYTES, _CHUNK_IMAGES = 4 << 20, 8
"""What a thread decodes at a time, and what a kill may lose: at least one image."""


class CacheFile:
    """The file of one cache, and how it comes about; for its arguments see `open_cache`.

    A hole is a row whose image is not read, or cannot be.

    Attributes:
        stem: What the names of all its files begin with. It does not depend on what is in the
            images, so that a build goes on after a bad one was replaced.
    """

    def __init__(
        self,
        dataset: Dataset,
        table: SampleTable,
        image_size: int,
        fit: Fit,
        folder: Path,
        workers: int | None = None,
        told: OnProgress | None = None,
    ) -> None:
        self._dataset, self._table = dataset, table
        self._size = image_size
        self._fit: Fit = fit
        self._workers, self._told = workers or cores(), told
        self._shape = (len(table), image_size, image_size, 3)
        spec = dataset.spec
        key = hashlib.sha256(f"{DECODER_VERSION}\n{spec.base}\n{spec.version}".encode())
        for sample in table.ids:
            key.update(f"\n{sample}".encode())
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", spec.base)
        name = f"{name}-{image_size}-{fit}-{key.hexdigest()[:20]}"
        self.stem = folder / name
        self._unreadable = self.stem.with_name(f"{name}.unreadable.json")
        self._image_bytes = math.prod(self._shape[1:])
        step = min(_CHUNK_IMAGES, max(1, _CHUNK_BYTES // self._image_bytes))
        self._chunks = [range(len(table))[at : at + step] for at in range(0, len(table), step)]
        self._stamps = [self._stamp(rows) for rows in self._chunks]

    def open(self, holes: Collection[int]) -> Pixels | None:
        """Maps the file, where it is there and neither cut short nor of another shape."""
        file = self._file(holes)
        try:
            pixels = np.load(file, mmap_mode="r", allow_pickle=False)
            whole = file.stat().st_size == pixels.offset + pixels.nbytes
        # A damaged header makes numpy raise nearly anything.
        except Exception:
            return None
        return (
            pixels if whole and pixels.shape == self._shape and pixels.dtype == np.uint8 else None
        )

    def known_holes(self) -> Collection[int] | None:
        """Returns the holes that an earlier build found; ``None`` where there was none."""
        try:
            remembered = json.loads(self._unreadable.read_bytes())
        except (OSError, ValueError):
            remembered = []
        # Its name proves that the file was made from these images and has these holes.
        return next((holes for holes in (remembered, []) if self.open(holes) is not None), None)

    def build(self, partial: Path, holes: Collection[int] | None) -> Collection[int]:
        """Writes the file, going on where an earlier build stopped.

        Args:
            partial: Its name until it is whole.
            holes: Rows that are not read; ``None`` leaves those that cannot be.

        Returns:
            The holes of the file.
        """
        with self._writing():
            growing = GrowingFile(partial, self._header())
        try:
            found = self._fill(growing, holes)
            with self._writing():
                if found:
                    self._unreadable.write_text(json.dumps(found), encoding="utf-8")
                growing.finish(self._file(found))
        except StoreError:
            growing.remove()
            raise
        finally:
            growing.close()
        return found

    @contextmanager
    def locked(self) -> Generator[Path, None, None]:
        """Waits for an exclusive lock, which ends with its process; yields where to build."""
        with self._writing():
            self.stem.parent.mkdir(parents=True, exist_ok=True)
            lock = self.stem.with_name(f"{self.stem.name}.lock").open("ab")
        with lock:
            try:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
                owner = ""
            except (ImportError, OSError):
                # Where the file system has no locks, two builders need two names.
                owner = f".{os.getpid()}"
            yield self.stem.with_name(f"{self.stem.name}{owner}.partial")

    def _fill(self, growing: GrowingFile, holes: Collection[int] | None) -> Rows:
        sizes = [len(rows) * self._image_bytes for rows in self._chunks]
        with self._writing():
            kept = growing.resume(
                zip(self._stamps, sizes, strict=True),
                allowed=range(len(self._table)) if holes is None else holes,
            )
            _check_space(self.stem.parent, sum(sizes[len(kept) :]))
        found = [row for rows in kept for row in rows]
        rest = self._chunks[len(kept) :]
        with closing(
            ordered_map(lambda rows: self._decode(rows, holes), rest, workers=self._workers)
        ) as decoded:
            for rows, stamp in zip(rest, self._stamps[len(kept) :], strict=True):
                pixels, unread = next(decoded)
                with self._writing():
                    growing.append(pixels.data, stamp, unread)
                found += unread
                if self._told:
                    self._told(rows.stop, len(self._table))
        return found

    def _decode(self, rows: range, holes: Collection[int] | None) -> tuple[Pixels, Rows]:
        """Returns the images of a chunk, black where they are holes, and the holes."""
        pixels = np.zeros((len(rows), *self._shape[1:]), dtype=np.uint8)
        unread: Rows = []
        for at, row in enumerate(rows):
            image = None if row in (holes or ()) else self._read(row, tolerant=holes is None)
            if image is None:
                unread.append(row)
            else:
                pixels[at] = image
        return pixels, unread

    def _read(self, row: int, *, tolerant: bool) -> Pixels | None:
        try:
            return self._dataset.read_square(self._table.ids[row], self._size, self._fit)
        except DataError as error:
            if tolerant:
                return None
            mend = f"{error.mend}; or leave it out: --corrupt skip"
            raise DataError(
                error.what, where=error.where, expected=error.expected, mend=mend
            ) from error

    def _stamp(self, rows: range) -> bytes:
        """Returns a digest of what can be seen of some images without decoding them."""
        names, sizes = self._table.ids, self._table.sizes
        seen = [(0 if sizes is None else int(sizes[row]), self._seen(names[row])) for row in rows]
        return hashlib.sha256(repr(seen).encode()).digest()

    def _seen(self, name: str) -> tuple[int, int] | str:
        """Returns what changes with an image; one in a table has no time of change."""
        stored = self._dataset.stored(name)
        if stored is not None:
            return hashlib.sha256(stored).hexdigest()
        return _modified(self._dataset.path(name))

    def _writing(self) -> AbstractContextManager[None]:
        return writing(
            self.stem.parent,
            "the image cache cannot be written",
            otherwise="set MEDPEFT_CACHE_DIR to another folder",
        )

    def _file(self, holes: Collection[int]) -> Path:
        content = hashlib.sha256(b"".join(self._stamps) + repr(sorted(holes)).encode())
        return self.stem.with_name(f"{self.stem.name}-{content.hexdigest()[:20]}.npy")

    def _header(self) -> bytes:
        header = io.BytesIO()
        fields = {"descr": "|u1", "fortran_order": False, "shape": self._shape}
        np.lib.format.write_array_header_1_0(header, fields)
        return header.getvalue()


def _modified(path: Path | None) -> tuple[int, int]:
    """Returns the times of a file's change; -1 where it is missing, which reading it will tell."""
    try:
        found = path.stat() if path else None
    except OSError:
        return -1, -1
    return (found.st_mtime_ns, found.st_ctime_ns) if found else (0, 0)


def _check_space(folder: Path, size: int) -> None:
    """Finds out that the disk is too small at once, not after an hour of decoding."""
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} ({size:,} bytes are needed)")
