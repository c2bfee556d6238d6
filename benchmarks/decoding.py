"""The image cache: how fast it is built and read, and what a large set costs in memory.

    python -m benchmarks.decoding

Three measurements:

- building the cache against the decoder alone (open, convert, resize) in as many threads, both on
  all processors: of JPEGs as a clinic has them, and of grey PNG and DICOM files of 1,024 pixels,
  against Pillow and pydicom;
- an epoch of training batches from the cache against an epoch of torch's DataLoader that decodes
  the JPEGs with two workers, both without augmentation;
- memory of a process of its own that builds the cache and reads an epoch from it, at 1,000 and at
  100,000 images; the larger set repeats the files of the smaller under other names. Pages of the
  mapped file are left out: they are the system's, which takes them back when it likes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import pydicom
import torch
from PIL import Image
from torch.utils.data import DataLoader

from benchmarks.ratio import describe, paired_ratios
from medpeft_sdk.data import Dataset, ImageSource, SampleTable, open_cache
from medpeft_sdk.specs import DatasetSpec

SIZE, BATCH, LOADER_WORKERS = 224, 32, 2
PIXELS, GREY = (600, 450), (1024, 1024)
SMALL, LARGE = 1_000, 100_000
SPEC = DatasetSpec(name="jpegs", title="t", modality="any", licence="none", access="none")


class Repeated(Dataset):
    """Files of a folder, each under as many names as it takes to reach a number of samples."""

    def __init__(self, root: Path, count: int) -> None:
        super().__init__(SPEC, root)
        self.count, self.files = count, sorted(root.iterdir())

    def index(self) -> SampleTable:
        """Lists them in two classes."""
        return SampleTable(
            ids=tuple(f"image {i:06}" for i in range(self.count)),
            labels=np.arange(self.count, dtype=np.int64) % 2,
            classes=("a", "b"),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of a sample."""
        return self.files[int(sample_id.removeprefix("image ")) % len(self.files)]


class Decoding(torch.utils.data.Dataset[torch.Tensor]):
    """What a user's own script has: files that are decoded whenever they are asked for."""

    def __init__(self, files: list[Path]) -> None:
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, at: int) -> torch.Tensor:
        pixels = torch.from_numpy(pillow(self.files[at], SIZE))
        return pixels.permute(2, 0, 1).float().div(127.5).sub(1)


def photographs(count: int, size: tuple[int, int]) -> Iterator[npt.NDArray[np.uint8]]:
    """Yields images with light and texture, which compress about as photographs do."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        parts = [
            np.asarray(Image.frombytes("RGB", (k, k), rng.bytes(3 * k * k)).resize(size))
            for k in (4, 24, 120)
        ]
        yield np.uint8(sum(w * part for w, part in zip((0.6, 0.25, 0.15), parts, strict=True)))


def write_jpegs(folder: Path, count: int, size: tuple[int, int]) -> Path:
    """Writes a folder of JPEGs."""
    folder.mkdir()
    for i, pixels in enumerate(photographs(count, size)):
        Image.fromarray(pixels).save(folder / f"{i:04}.jpg", quality=90)
    return folder


def write_pngs(folder: Path, count: int, size: tuple[int, int]) -> Path:
    """Writes a folder of grey PNGs."""
    folder.mkdir()
    for i, pixels in enumerate(photographs(count, size)):
        Image.fromarray(pixels[..., 0]).save(folder / f"{i:04}.png")
    return folder


def write_dicoms(folder: Path, count: int, size: tuple[int, int]) -> Path:
    """Writes a folder of DICOM files with 16 bits a pixel, of which 12 are used."""
    folder.mkdir()
    for i, pixels in enumerate(photographs(count, size)):
        file = pydicom.Dataset()
        file.file_meta = pydicom.dataset.FileMetaDataset()
        file.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        file.file_meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
        file.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
        file.Columns, file.Rows = size
        file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
        file.BitsAllocated, file.BitsStored, file.HighBit = 16, 12, 11
        file.PixelRepresentation = 0
        file.PixelData = (pixels[..., 0].astype(np.uint16) * 16).tobytes()
        file.save_as(folder / f"{i:04}.dcm", enforce_file_format=True)
    return folder


def pillow(file: Path, size: int) -> npt.NDArray[np.uint8]:
    """Decodes and resizes, and does nothing else."""
    with Image.open(file) as image:
        return np.array(image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC))


def dicom(file: Path, size: int) -> npt.NDArray[np.uint8]:
    """Does so with pydicom, and stretches the range."""
    pixels = pydicom.dcmread(file).pixel_array.astype(np.float32)
    low, high = pixels.min(), pixels.max()
    grey = Image.fromarray(((pixels - low) * (255 / (high - low))).astype(np.uint8))
    return np.array(grey.convert("RGB").resize((size, size), Image.Resampling.BICUBIC))


def decoder_alone(
    dataset: Repeated, workers: int, decode: Callable[[Path, int], npt.NDArray[np.uint8]]
) -> float:
    """Returns images per second of a decoder in several threads."""
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(lambda file: decode(file, SIZE), dataset.files):
            pass
    return len(dataset.files) / (time.perf_counter() - started)


def building(dataset: Repeated, workers: int) -> float:
    """Returns images per second of a cache from nothing to its last flush."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        table = dataset.index()
        open_cache(dataset, table, image_size=SIZE, folder=Path(folder), workers=workers)
        return len(table) / (time.perf_counter() - started)


def epoch_from_files(dataset: Repeated) -> float:
    """Returns images per second of a DataLoader that decodes, its start included, as in use."""
    loader = DataLoader(
        Decoding(dataset.files), batch_size=BATCH, shuffle=True, num_workers=LOADER_WORKERS
    )
    started = time.perf_counter()
    for _ in loader:
        pass
    return len(dataset.files) / (time.perf_counter() - started)


def source(pixels: npt.NDArray[np.uint8], table: SampleTable, **options: int) -> ImageSource:
    """Returns all images as batches."""
    middle = (0.5,) * 3
    return ImageSource(
        pixels, table.labels, np.arange(len(table)), mean=middle, std=middle, **options
    )


def epoch_from_cache(images: ImageSource) -> float:
    """Returns images per second of an epoch in random order."""
    started = time.perf_counter()
    for batch in torch.randperm(len(images)).split(BATCH):
        images.batch(batch)
    return len(images) / (time.perf_counter() - started)


def memory(root: Path, count: int, size: int) -> int:
    """Returns the most bytes that a process needs to build a cache and to read an epoch of it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_memory, (root, count, size))


def _memory(root: Path, count: int, size: int) -> int:
    process, most = psutil.Process(), 0

    def look(*_: int) -> None:
        nonlocal most
        used = process.memory_info()
        most = max(most, used.rss - used.shared)

    with tempfile.TemporaryDirectory() as folder:
        dataset = Repeated(root, count)
        table = dataset.index()
        pixels = open_cache(dataset, table, image_size=size, folder=Path(folder), on_progress=look)
        images = source(pixels, table, resident_bytes=0)
        for batch in torch.randperm(count).split(BATCH):
            images.batch(batch)
            look()
    return most


def main() -> None:
    """Prints two ratios, and memory at two sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=5, help="pairs")
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--large", type=int, default=LARGE)
    options = parser.parse_args()
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert workers

    def measure(
        name: str, ours: Callable[[], float], theirs: Callable[[], float], unit: str, aim: float
    ) -> None:
        pairs = paired_ratios(ours, theirs, n=options.n)
        print(describe(name, [a / b for a, b in pairs], unit, aim=aim))

    with tempfile.TemporaryDirectory() as scratch:
        few = options.images // 4
        sets: dict[str, Repeated] = {}
        for name, write, decode, count, size in (
            ("jpeg", write_jpegs, pillow, options.images, PIXELS),
            ("png", write_pngs, pillow, few, GREY),
            ("dicom", write_dicoms, dicom, few, GREY),
        ):
            sets[name] = Repeated(write(Path(scratch) / name, count, size), count)
            measure(
                f"building the cache of {count} {name} files of {size} with {workers} threads",
                partial(building, sets[name], workers),
                partial(decoder_alone, sets[name], workers, decode),
                "of the decoder's images/s",
                aim=0.9,
            )
        dataset = sets["jpeg"]
        table = dataset.index()
        pixels = open_cache(dataset, table, image_size=SIZE, folder=Path(scratch) / "cache")
        images = source(pixels, table)
        measure(
            f"an epoch from the cache against {LOADER_WORKERS} workers that decode",
            lambda: epoch_from_cache(images),
            lambda: epoch_from_files(dataset),
            "times as fast",
            aim=10,
        )
        tiny = write_jpegs(Path(scratch) / "tiny", SMALL, (32, 32))
        used = {count: memory(tiny, count, 32) / 2**20 for count in (SMALL, options.large)}
    few, many = used.values()
    per_image = (many - few) * 2**20 / (options.large - SMALL)
    print(
        f"memory: {few:.0f} MiB at {SMALL:,} images, {many:.0f} MiB at {options.large:,}: "
        f"{per_image:.0f} bytes an image (an image has {32 * 32 * 3:,})"
    )


if __name__ == "__main__":
    main()
