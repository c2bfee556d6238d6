"""Twelve low-data cells: one `medpeft evaluate` against one process each with a DataLoader.

    python -m benchmarks.cells

Both see the same folder of JPEGs, 500 pixels wide as an ultrasound machine writes them, made
from the synthetic set, at most as many as BUSI has; both start from the embedded transformer,
train for 60 steps on 16 shots, look four times at the validation split and test once. `medpeft`
starts with an empty image cache every time.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

import medpeft_plugins.backbones.embedded
from benchmarks.ratio import describe, paired_ratios
from medpeft_sdk.data import Dataset, make_splits
from medpeft_sdk.registry import load_registry

IMAGES = {"train": 546, "val": 78, "test": 156}
SEEDS = ("0", "1", "2")
OURS = ("linear", "bitfit", "lora", "full")
THEIRS = ("linear", "bitfit", "norm", "full")
WEIGHTS = Path(medpeft_plugins.backbones.embedded.__file__).parent / "vit_1m.safetensors"


def write_folder(folder: Path) -> None:
    """Writes the synthetic set as train/val/test folders of JPEGs."""
    entry = load_registry().datasets.get("phantom_ultrasound")
    dataset: Dataset = entry.load()(entry.spec, None)
    table = dataset.index()
    splits = make_splits(table)
    for part, rows in {
        "train": splits.train,
        "val": splits.val,
        "test": splits.hold_out().read(),
    }.items():
        for row in rows[:: math.ceil(len(rows) / IMAGES[part])]:
            name = table.classes[table.labels[row]]
            target = folder / part / name / f"{row}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            image = Image.fromarray(dataset.read(table.ids[row]))
            image.resize((500, 500), Image.Resampling.BICUBIC).save(target, quality=90)


def ours(folder: Path) -> float:
    """Runs the twelve cells through the command line; returns seconds."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "medpeft_sdk.cli", "evaluate", "--protocol", "quick"]
        command += [f"--dataset=folder:{folder}", f"--output={scratch}/results"]
        command += [f"--method={m}" for m in OURS] + [f"--seed={s}" for s in SEEDS]
        command += ["--fraction=16shot", "--set=min_steps=60", "--set=max_steps=60"]
        environment = os.environ | {"MEDPEFT_CACHE_DIR": f"{scratch}/cache"}
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment)
        return time.perf_counter() - started


def theirs(folder: Path) -> float:
    """Runs the twelve scripts one after the other; returns seconds."""
    started = time.perf_counter()
    for method in THEIRS:
        for seed in SEEDS:
            command = [sys.executable, "-m", "benchmarks.one_cell", str(folder)]
            command += [f"--weights={WEIGHTS}", f"--method={method}", f"--seed={seed}"]
            subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    """Prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=3, help="pairs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "ultrasound"
        write_folder(folder)
        pairs = paired_ratios(
            lambda: ours(folder), lambda: theirs(folder), n=options.n, warm_up=False
        )
    for a, b in pairs:
        print(f"medpeft {a:.0f} s, one process each {b:.0f} s")
    print(describe("12 cells", [b / a for a, b in pairs], "times as fast", aim=5))


if __name__ == "__main__":
    main()
