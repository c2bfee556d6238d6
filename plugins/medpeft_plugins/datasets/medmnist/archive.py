"""The arrays of one npz file: labels in memory, images on disk."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from medpeft_sdk.data import default_cache_folder, writing
from medpeft_sdk.errors import DataError, StoreError

Array = npt.NDArray[Any]


class Archive:
    """An npz file whose arrays are read one by one.

    The larger files hold more pixels than most machines have memory. So an array of images is
    unpacked once, into a folder that ends with this object, and mapped from there.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._mapped: dict[str, Array] = {}
        self._lock = Lock()

    def array(self, name: str) -> Array:
        """Reads a small array; raises `DataError` where the file lacks it or is damaged."""
        with self._opened(name) as member:
            return np.lib.format.read_array(member, allow_pickle=False)

    def shape(self, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
        """Returns shape and type of an array without reading it; raises as `array` does."""
        with self._opened(name) as member:
            version = np.lib.format.read_magic(member)
            read = {(1, 0): np.lib.format.read_array_header_1_0}.get(
                version, np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = read(member)
            return shape, dtype

    def mapped(self, name: str) -> Array:
        """Maps a large array; raises as `array` does.

        Raises:
            StoreError: It cannot be unpacked, as on a full disk.
        """
        with self._lock:
            if name not in self._mapped:
                self._mapped[name] = self._unpacked(name)
            return self._mapped[name]

    def _unpacked(self, name: str) -> Array:
        cache = default_cache_folder()
        with (
            self._opened(name) as member,
            writing(
                cache,
                f"the images of {self._file.name} cannot be unpacked",
                otherwise="set MEDPEFT_CACHE_DIR to another folder",
            ),
        ):
            if self._folder is None:
                cache.mkdir(parents=True, exist_ok=True)
                self._folder = tempfile.TemporaryDirectory(
                    prefix="unpacked-", dir=cache, ignore_cleanup_errors=True
                )
            file = Path(self._folder.name, f"{name}.npy")
            with file.open("wb") as output:
                shutil.copyfileobj(member, output, 1 << 20)
        return np.load(file, mmap_mode="r", allow_pickle=False)

    @contextmanager
    def _opened(self, name: str) -> Generator[Any, None, None]:
        try:
            with zipfile.ZipFile(self._file) as archive, archive.open(f"{name}.npy") as member:
                yield member
        except KeyError as error:
            raise DataError(
                f"the file has no {name}",
                where=str(self._file),
                expected="{train,val,test}_images and {train,val,test}_labels",
                mend="give a file as MedMNIST makes them",
            ) from error
        except (DataError, StoreError):
            raise
        # A damaged archive makes zlib and numpy raise nearly anything.
        except Exception as error:
            raise DataError(
                f"the file cannot be read: {error}",
                where=str(self._file),
                expected="an npz file of arrays",
                mend="fetch the file again",
            ) from error
