"""Pretrain ``vit_1m`` on formula images.

    python -m medpeft_plugins.backbones.embedded.pretrain --output vit_1m.safetensors

The network learns to read the formula from the picture: the prototypes of shape and texture
(classification), the scene's properties (regression), and for every patch how much of it the
object covers (regression). The heads are thrown away; only the transformer is kept.
"""

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from timm.layers.config import set_fused_attn
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from medpeft_plugins.backbones.embedded.formula_images import VERSION, FormulaImages
from medpeft_plugins.backbones.embedded.labels import CLASSES, MAPS, VALUES, Batch
from medpeft_plugins.backbones.embedded.vit_1m import build


class Stream(IterableDataset[Batch]):
    """The batches of every step, as a data set, so that a second process can draw them."""

    def __init__(self, seed: int, batch_size: int, first: int, steps: int) -> None:
        self.seed, self.batch_size, self.steps = seed, batch_size, range(first, steps)

    def __iter__(self) -> Iterator[Batch]:
        source = FormulaImages(self.seed)
        for step in self.steps:
            source.seek(step)
            yield source.draw(self.batch_size)


class PatchSubset(nn.Module):
    """Keep a random subset of the patch tokens, and remember which.

    Half the tokens cost half the time, and the missing half acts as occlusion
    (He et al., 2022, "Masked Autoencoders Are Scalable Vision Learners").
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.kept = torch.empty(0, dtype=torch.long)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map class and patch tokens (N, 1 + P, C) to (N, 1 + round(share * P), C)."""
        count, patches = tokens.shape[0], tokens.shape[1] - 1
        order = torch.rand(count, patches).argsort(dim=1)
        self.kept = order[:, : round(self.share * patches)]
        index = self.kept.unsqueeze(2).expand(-1, -1, tokens.shape[2])
        return torch.cat((tokens[:, :1], tokens[:, 1:].gather(1, index)), dim=1)


class Pretext(nn.Module):
    """The transformer with linear heads on its class token, mean patch token and patch tokens."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.network = build()
        self.subset = PatchSubset(share)
        self.network.set_submodule("patch_drop", self.subset)
        width = self.network.embed_dim
        outputs = sum(CLASSES.values()) + len(VALUES)
        self.token_head = nn.Linear(width, outputs)
        self.mean_head = nn.Linear(width, outputs)
        self.map_head = nn.Linear(width, len(MAPS))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map images (N, 3, 64, 64) in [0, 1] to the three heads' outputs."""
        tokens = self.network.forward_features((images - 0.5) / 0.5)
        patches = tokens[:, 1:]
        mean = patches.mean(1)
        return self.token_head(tokens[:, 0]), self.mean_head(mean), self.map_head(patches)


def scene_loss(outputs: Tensor, batch: Batch) -> Tensor:
    """Sum the classification losses (each 1 for a blind guess) and the mean squared error."""
    *logits, values = outputs.float().split([*CLASSES.values(), len(VALUES)], dim=1)
    loss = torch.zeros(())
    for (name, classes), scores in zip(CLASSES.items(), logits, strict=True):
        target = batch.classes[name]
        entropy = functional.cross_entropy(scores, target, label_smoothing=0.05)
        loss = loss + entropy / math.log(classes)
    known = ~batch.values.isnan()
    return loss + 10.0 * functional.mse_loss(values[known], batch.values[known])


def train(
    steps: int,
    seed: int = 0,
    batch_size: int = 128,
    views: int = 2,
    share: float = 0.5,
    cooldown: float = 0.3,
    whole: float = 0.1,
    log_every: int = 25,
    state: Path | None = None,
) -> Pretext:
    """Train the network and return the moving average of its weights.

    The rate warms up, stays, and falls linearly to zero, so that a run stopped while it stays can
    be resumed with another number of steps and still equal a run of that length from the start.

    Args:
        steps: Optimiser steps.
        seed: Seed of initialisation, images and patch subsets.
        batch_size: New images a step.
        views: Patch subsets of each image a step.
        share: Share of the patches in a subset.
        cooldown: Last share of the steps, in which the rate falls to zero.
        whole: Last share of the steps, in which every image is seen once and whole.
        log_every: Steps between two lines of progress.
        state: File that keeps the training's state; if it exists, training resumes from it.
    """
    torch.manual_seed(seed)
    model = Pretext(share)
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)
    )
    hidden = [p for p in model.network.blocks.parameters() if p.ndim == 2]
    others = [p for p in model.parameters() if all(p is not h for h in hidden)]
    optimisers = [
        torch.optim.Muon(hidden, lr=2e-3, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=1.5e-3, weight_decay=0.01, betas=(0.9, 0.98), fused=True),
    ]
    peaks = [optimiser.param_groups[0]["lr"] for optimiser in optimisers]
    kept = [model, average, *optimisers]
    first = 0
    if state is not None and state.exists():
        first, *saved = torch.load(state)
        for part, values in zip(kept, saved, strict=True):
            part.load_state_dict(values)
    stream = Stream(seed + 1, batch_size, first, steps)
    begin, smooth = time.time(), None
    for step, batch in enumerate(DataLoader(stream, batch_size=None, num_workers=1), start=first):
        factor = min((step + 1) / 200, 1.0, (steps - step) / (cooldown * steps))
        for optimiser, peak in zip(optimisers, peaks, strict=True):
            optimiser.param_groups[0]["lr"] = peak * factor
        torch.manual_seed(seed * 1_000_003 + step)
        if step < steps - round(whole * steps):
            batch = batch.repeat(views)
        else:
            model.subset.share = 1.0
        with torch.autocast("cpu", torch.bfloat16):
            token, mean, maps = model(batch.images)
        target = batch.maps.gather(1, model.subset.kept.unsqueeze(2).expand(-1, -1, len(MAPS)))
        scene = 0.5 * (scene_loss(token, batch) + scene_loss(mean, batch))
        loss = scene + 4.0 * functional.mse_loss(maps.float(), target)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in optimisers:
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
    assert isinstance(averaged, Pretext)
    return averaged


@torch.inference_mode()
def score(model: Pretext, seed: int = 10_007, images: int = 4096) -> dict[str, float]:
    """Measure accuracy for every class head and the share of variance explained, on new images."""
    source, right, seen = FormulaImages(seed), dict.fromkeys(CLASSES, 0), dict.fromkeys(CLASSES, 0)
    model.subset.share = 1.0
    errors, values = [], []
    for _ in range(images // 256):
        batch = source.draw(256)
        token, mean, _ = model(batch.images)
        *logits, guess = (0.5 * (token + mean)).split([*CLASSES.values(), len(VALUES)], dim=1)
        for name, scores in zip(CLASSES, logits, strict=True):
            known = batch.classes[name] >= 0
            right[name] += int((scores.argmax(1) == batch.classes[name])[known].sum())
            seen[name] += int(known.sum())
        errors.append((guess - batch.values).square())
        values.append(batch.values)
    spread = torch.cat(values)
    variance = (spread - spread.nanmean(0)).square().nanmean(0)
    explained = 1.0 - torch.cat(errors).nanmean(0) / variance
    return {name: right[name] / seen[name] for name in CLASSES} | dict(
        zip(VALUES, explained.tolist(), strict=True)
    )


def save(model: Pretext, path: Path, seed: int, steps: int) -> None:
    """Write the transformer's weights in half precision, replacing ``path`` in one go."""
    weights = {k: v.half().contiguous() for k, v in model.network.state_dict().items()}
    header = {
        "name": "vit_1m", "generator_version": VERSION, "seed": str(seed), "steps": str(steps),
        "licence": "Apache-2.0",
    }  # fmt: skip
    partial = path.with_suffix(".partial")
    save_file(weights, partial, metadata=header)
    partial.chmod(0o644)
    partial.replace(path)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Pretrain vit_1m on formula images.")
    parser.add_argument("--output", type=Path, required=True, help="where to write the weights")
    parser.add_argument("--steps", type=int, default=2300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--state", type=Path, help="file to keep the training's state in")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    set_fused_attn(False)  # on CPUs the plain attention trains twice as fast
    average = train(arguments.steps, arguments.seed, state=arguments.state)
    save(average, arguments.output, arguments.seed, arguments.steps)
    for name, result in score(average).items():
        print(f"{name} {result:.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
