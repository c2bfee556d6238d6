"""The training loop's images per second against a bare PyTorch loop on tensors in memory.

    python -m benchmarks.loop

Both train the embedded transformer in full with AdamW, batches of 32, float32. The bare loop
holds normalised float tensors in memory, and neither augments, looks at validation nor checks
its loss: it does what no user could do less. Ours starts from the 8-bit cache. A second line
adds what a recipe adds: augmentation and ten looks at a validation split.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.ratio import describe, paired_ratios
from medpeft_sdk.adaptation import adapt
from medpeft_sdk.anatomy import BackboneBuilder
from medpeft_sdk.data import ImageSource
from medpeft_sdk.registry import load_registry
from medpeft_sdk.specs import Recipe
from medpeft_sdk.training import choose_precision, finish, train_classifier

IMAGES, CLASSES, BATCH = 512, 3, 32
DEVICE = torch.device("cpu")


def network() -> nn.Module:
    """Returns the embedded transformer."""
    entry = load_registry().backbones.get("embedded/vit_1m")
    builder: BackboneBuilder = entry.load()(entry.spec)
    return builder.build(num_classes=CLASSES, image_size=64, pretrained=True)


def bare(pixels: np.ndarray, labels: np.ndarray, steps: int) -> float:
    """Trains by the shortest loop there is and returns images per second."""
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous()
    targets = torch.from_numpy(labels)
    model = network().train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)
    order = torch.randint(IMAGES, (steps, BATCH))
    started = time.perf_counter()
    for batch in order:
        loss = F.cross_entropy(model(images[batch]), targets[batch])
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    return steps * BATCH / (time.perf_counter() - started)


def ours(pixels: np.ndarray, labels: np.ndarray, steps: int, **recipe: object) -> float:
    """Trains by the SDK's loop and returns images per second, all of it counted."""
    entry = load_registry().methods.get("full")
    adapted = adapt(network(), entry.load()(entry.spec), {}, seed=0)
    rows = np.arange(IMAGES)
    train, validation = (
        ImageSource(pixels, labels, part, mean=(0.5,) * 3, std=(0.5,) * 3, device=DEVICE)
        for part in (rows, rows[:64])
    )
    fields = {"epochs": 1, "min_steps": steps, "max_steps": steps, "batch_size": BATCH}
    settings = Recipe.model_validate(fields | {"learning_rate": 1e-4} | recipe)
    started = time.perf_counter()
    finish(
        train_classifier(
            adapted,
            train,
            validation,
            recipe=settings,
            precision=choose_precision("float32", DEVICE),
            seed=0,
            score=lambda probabilities, labels: 0.0,
        )
    )
    return steps * BATCH / (time.perf_counter() - started)


def main() -> None:
    """Prints two ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=7, help="pairs")
    parser.add_argument("--steps", type=int, default=60)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (IMAGES, 64, 64, 3), dtype=np.uint8)
    labels = rng.integers(0, CLASSES, IMAGES)

    def measure(name: str, run: Callable[[], float], aim: float | None = None) -> None:
        pairs = paired_ratios(run, lambda: bare(pixels, labels, options.steps), n=options.n)
        print(describe(name, [a / b for a, b in pairs], "of the bare loop's images/s", aim=aim))

    plain = {"augmentation": "none", "validations": 1}
    measure("loop", lambda: ours(pixels, labels, options.steps, **plain), aim=0.95)
    measure("loop with augmentation and validation", lambda: ours(pixels, labels, options.steps))


if __name__ == "__main__":
    main()
