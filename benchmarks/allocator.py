"""A forward pass on a CPU, with the memory of freed tensors kept and, as by default, returned.

python -m benchmarks.allocator
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import timm
import torch

from benchmarks.ratio import describe, paired_ratios
from medpeft_sdk.execution.allocator import keep_freed_memory

NETWORKS = ("tf_efficientnet_lite0", "resnet50", "vit_small_patch16_224")


def seconds(network: str, *, keep: bool) -> float:
    """Returns the processor time of forward passes in a process of their own."""
    command = [sys.executable, "-m", "benchmarks.allocator", "--measure", network]
    found = subprocess.run([*command, *["--keep"] * keep], capture_output=True, check=True)
    return float(found.stdout)


def measure(network: str) -> float:
    """Returns the processor time of five passes of 64 images of 128 pixels, after a first one."""
    torch.set_num_threads(1)
    model = timm.create_model(network, num_classes=3)
    if hasattr(model, "set_input_size"):
        model.set_input_size((128, 128))
    images = torch.zeros(64, 3, 128, 128)
    with torch.inference_mode():
        model.eval()(images)
        begin = time.process_time()
        for _ in range(5):
            model(images)
    return time.process_time() - begin


def main() -> None:
    """Prints a line for each network."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--measure", help="one network, in this process")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    if options.measure:
        if options.keep:
            keep_freed_memory()
        print(measure(options.measure))
        return
    for network in NETWORKS:
        pairs = paired_ratios(
            lambda: seconds(network, keep=True),  # noqa: B023
            lambda: seconds(network, keep=False),  # noqa: B023
            n=5,
            warm_up=False,
        )
        print(describe(network, [t / o for o, t in pairs], "times as fast"), flush=True)


if __name__ == "__main__":
    main()
