"""Pretrain ``vit_1m`` on formula images.

    python -m medpeft_plugins.backbones.embedded.pretrain --output vit_1m.safetensors

The network learns to read the formula from the picture: the prototypes of shape and texture
(classification), the scene's properties (regression), and for every patch how much of it the
object covers (regression). The heads are thrown away; only the transformer is kept.
"""

import argparse
import math
import os
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from timm.layers import set_fused_attn
from torch import Tensor, nn
from torch.nn import functional

from .formula_images import CLASSES, MAPS, VALUES, VERSION, Batch, FormulaImages
from .vit_1m import build


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
    """The transformer with one linear head on its class token, one on its mean patch token, and
    one on each patch token."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.network = build()
        self.network.patch_drop = PatchSubset(share)
        width = self.network.embed_dim
        outputs = sum(CLASSES.values()) + len(VALUES)
        self.token_head = nn.Linear(width, outputs)
        self.mean_head = nn.Linear(width, outputs)
        self.map_head = nn.Linear(width, len(MAPS))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map images (N, 3, 64, 64) in [0, 1] to the three heads' outputs."""
        tokens = self.network.forward_features((images - 0.5) / 0.5)
        patches = tokens[:, 1:]
        return self.token_head(tokens[:, 0]), self.mean_head(patches.mean(1)), self.map_head(patches)


def scene_loss(outputs: Tensor, batch: Batch) -> Tensor:
    """Sum the classification losses (each 1 for a blind guess) and the mean squared error."""
    *logits, values = outputs.float().split([*CLASSES.values(), len(VALUES)], dim=1)
    loss = torch.zeros(())
    for (name, classes), scores in zip(CLASSES.items(), logits, strict=True):
        loss = loss + functional.cross_entropy(
            scores, batch.classes[name], label_smoothing=0.05
        ) / math.log(classes)
    known = ~batch.values.isnan()
    return loss + 10.0 * functional.mse_loss(values[known], batch.values[known])


def train(
    steps: int, seed: int = 0, batch_size: int = 128, views: int = 2, share: float = 0.5,
    rate: float = 1.5e-3, log_every: int = 50, checkpoint: Path | None = None,
) -> tuple[Pretext, nn.Module]:
    """Train the network and return it with the moving average of its weights.

    Args:
        steps: Optimiser steps.
        seed: Seed of initialisation, images and patch subsets.
        batch_size: New images a step.
        views: Patch subsets of each image a step.
        share: Share of the patches in a subset; the last tenth of the steps sees all of them.
        rate: Peak learning rate.
        log_every: Steps between two lines of progress.
        checkpoint: Where to keep the averaged weights while training.
    """
    torch.manual_seed(seed)
    source = FormulaImages(seed + 1)
    model = Pretext(share)
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)
    )
    decay = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
        lr=rate, betas=(0.9, 0.98), fused=True,
    )  # fmt: skip
    warmup, whole = min(500, steps // 10), steps - steps // 10
    begin = time.time()
    for step in range(steps):
        factor = min((step + 1) / warmup, 0.5 + 0.5 * math.cos(math.pi * step / steps))
        for group in optimiser.param_groups:
            group["lr"] = rate * factor
        subset = model.network.patch_drop
        if step == whole:
            subset.share = 1.0
        repeats = views if subset.share < 1.0 else 1
        batch = source.draw(batch_size).repeat(repeats)
        with torch.autocast("cpu", torch.bfloat16):
            token, mean, maps = model(batch.images)
        target = batch.maps.gather(1, subset.kept.unsqueeze(2).expand(-1, -1, len(MAPS)))
        scene = 0.5 * (scene_loss(token, batch) + scene_loss(mean, batch))
        loss = scene + 4.0 * functional.mse_loss(maps.float(), target)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        average.update_parameters(model)
        if step % log_every == 0 or step == steps - 1:
            speed = (step + 1) * batch_size / (time.time() - begin)
            print(f"step {step} loss {loss.item():.3f} images/s {speed:.0f}", flush=True)
        if checkpoint is not None and step % 1000 == 999:
            save(average.module, checkpoint, seed, step + 1)
    return model, average.module


@torch.inference_mode()
def score(model: Pretext, seed: int = 10_007, images: int = 4096) -> dict[str, float]:
    """Measure accuracy for every class head and the share of variance explained, on new images."""
    source, right, seen = FormulaImages(seed), dict.fromkeys(CLASSES, 0), dict.fromkeys(CLASSES, 0)
    model.network.patch_drop.share = 1.0
    errors, values = [], []
    for _ in range(images // 256):
        batch = source.draw(256)
        outputs = sum(model(batch.images)[:2]) / 2
        *logits, guess = outputs.split([*CLASSES.values(), len(VALUES)], dim=1)
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
    partial = path.with_name(path.name + ".partial")
    save_file(weights, partial, metadata=header)
    os.replace(partial, path)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Pretrain vit_1m on formula images.")
    parser.add_argument("--output", type=Path, required=True, help="where to write the weights")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--views", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    set_fused_attn(False)  # on CPUs the plain attention trains twice as fast
    _, average = train(arguments.steps, arguments.seed, checkpoint=arguments.output, rate=arguments.rate, share=arguments.share, views=arguments.views)
    save(average, arguments.output, arguments.seed, arguments.steps)
    for name, result in score(average).items():
        print(f"{name} {result:.3f}")


if __name__ == "__main__":
    main()
