"""Pretrain an embedded network on formula images.

    python -m medpeft_plugins.backbones.embedded.pretrain vit_1m --output vit_1m.safetensors

The network learns to read the formula from the picture: the prototypes of shape and texture
(classification), the scene's properties (regression), and for every patch how much of it the
object covers (regression). The heads are thrown away; only the network is kept.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from timm.layers.config import set_fused_attn
from torch import nn
from torch.optim import swa_utils
from torch.utils.data import DataLoader, IterableDataset

from medpeft_plugins.backbones.embedded.architectures import ARCHITECTURES
from medpeft_plugins.backbones.embedded.formula_images import VERSION, FormulaImages
from medpeft_plugins.backbones.embedded.labels import Batch
from medpeft_plugins.backbones.embedded.pretext import (
    Convolutional,
    Transformer,
    pretext,
    pretext_loss,
    score,
)


class Stream(IterableDataset[Batch]):
    """The batches of every step, as a data set, so that a second process can draw them."""

    def __init__(self, seed: int, batch_size: int, first: int, steps: int) -> None:
        self.seed, self.batch_size, self.steps = seed, batch_size, range(first, steps)

    def __iter__(self) -> Iterator[Batch]:
        source = FormulaImages(self.seed)
        for step in self.steps:
            source.seek(step)
            yield source.draw(self.batch_size)


def optimisers(model: Transformer | Convolutional) -> list[torch.optim.Optimizer]:
    """Returns Muon for the matrices inside of a network, and AdamW for the rest."""
    hidden = model.matrices()
    others = [p for p in model.parameters() if all(p is not h for h in hidden)]
    adamw = torch.optim.AdamW(others, lr=1.5e-3, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    if not hidden:
        return [adamw]
    muon = torch.optim.Muon(hidden, lr=2e-3, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
    return [muon, adamw]


def train(
    name: str,
    steps: int,
    seed: int = 0,
    batch_size: int = 128,
    cooldown: float = 0.3,
    whole: float = 0.1,
    log_every: int = 25,
    state: Path | None = None,
) -> Transformer | Convolutional:
    """Train a network and return the moving average of its weights.

    The rate warms up, stays, and falls linearly to zero, so that a run stopped while it stays can
    be resumed with another number of steps and still equal a run of that length from the start.

    Args:
        name: The embedded network.
        steps: Optimiser steps.
        seed: Seed of initialisation, images and patch subsets.
        batch_size: New images a step.
        cooldown: Last share of the steps, in which the rate falls to zero.
        whole: Last share of the steps, in which every image is seen once and whole.
        log_every: Steps between two lines of progress.
        state: File that keeps the training's state; if it exists, training resumes from it.
    """
    torch.manual_seed(seed)
    model = pretext(name)
    average = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.998))
    steppers = optimisers(model)
    peaks = [optimiser.param_groups[0]["lr"] for optimiser in steppers]
    kept = [model, average, *steppers]
    first = 0
    if state is not None and state.exists():
        first, *saved = torch.load(state)
        for part, values in zip(kept, saved, strict=True):
            part.load_state_dict(values)
    stream = Stream(seed + 1, batch_size, first, steps)
    begin, smooth = time.time(), None
    for step, batch in enumerate(DataLoader(stream, batch_size=None, num_workers=1), start=first):
        factor = min((step + 1) / 200, 1.0, (steps - step) / (cooldown * steps))
        for optimiser, peak in zip(steppers, peaks, strict=True):
            optimiser.param_groups[0]["lr"] = peak * factor
        torch.manual_seed(seed * 1_000_003 + step)
        if step < steps - round(whole * steps):
            batch = batch.repeat(model.views)
        else:
            model.see_whole()
        with torch.autocast("cpu", torch.bfloat16):
            reading = model(batch.images)
        loss = pretext_loss(reading, batch)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in steppers:
            optimiser.step()
            optimiser.zero_grad()
        average.update_parameters(model)
        smooth = loss.item() if smooth is None else 0.95 * smooth + 0.05 * loss.item()
        if step % log_every == 0 or step == steps - 1:
            speed = (step + 1 - first) * batch_size / (time.time() - begin)
            print(f"step {step} loss {smooth:.3f} images/s {speed:.0f}", flush=True)  # noqa: T201
        if state is not None and step % 100 == 99:
            values = [part.state_dict() for part in kept]
            torch.save([step + 1, *values], state.with_suffix(".partial"))
            state.with_suffix(".partial").replace(state)
    averaged = average.module
    assert isinstance(averaged, Transformer | Convolutional)
    # The statistics of batch normalisation belong to the last weights, not to their average.
    fresh = (batch.images for batch in Stream(seed + 2, batch_size, 0, min(steps, 64)))
    swa_utils.update_bn(fresh, averaged)
    return averaged


def save(model: nn.Module, path: Path, name: str, seed: int, steps: int) -> None:
    """Write a network's weights in half precision, replacing ``path`` in one go."""
    weights = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in model.state_dict().items()
    }
    header = {
        "name": name, "generator_version": VERSION, "seed": str(seed), "steps": str(steps),
        "licence": "Apache-2.0",
    }  # fmt: skip
    partial = path.with_suffix(".partial")
    save_file(weights, partial, metadata=header)
    partial.chmod(0o644)
    partial.replace(path)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Pretrain a network on formula images.")
    parser.add_argument("network", choices=ARCHITECTURES)
    parser.add_argument("--output", type=Path, required=True, help="where to write the weights")
    parser.add_argument("--steps", type=int, default=2300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--state", type=Path, help="file to keep the training's state in")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    set_fused_attn(False)  # on CPUs the plain attention trains twice as fast
    average = train(options.network, options.steps, options.seed, state=options.state)
    save(average.network, options.output, options.network, options.seed, options.steps)
    source = FormulaImages(10_007)
    for what, result in score(average, [source.draw(256) for _ in range(16)]).items():
        print(f"{what} {result:.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
