"""The pretext task: heads that read a formula's parameters off a network, and their loss."""

import math
from dataclasses import dataclass

import torch
from timm.models.resnet import ResNet
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torch.nn import functional

from medpeft_plugins.backbones.embedded.architectures import build
from medpeft_plugins.backbones.embedded.labels import CLASSES, MAPS, VALUES, Batch

SCENE = sum(CLASSES.values()) + len(VALUES)


@dataclass
class Reading:
    """What the heads read off a batch.

    Attributes:
        scenes: Guesses of the scene's classes and properties, each (N, ``SCENE``).
        maps: What the patches show, (N, K, maps).
        kept: Which patches these are, (N, K).
    """

    scenes: list[Tensor]
    maps: Tensor
    kept: Tensor


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


class Transformer(nn.Module):
    """A transformer with linear heads on its class token, mean patch token and patch tokens.

    Attributes:
        views: Patch subsets in which an image is seen before the network sees it whole.
    """

    views = 2

    def __init__(self, network: VisionTransformer) -> None:
        super().__init__()
        self.network = network
        self.subset = PatchSubset(1 / self.views)
        self.network.set_submodule("patch_drop", self.subset)
        width = self.network.embed_dim
        self.token_head = nn.Linear(width, SCENE)
        self.mean_head = nn.Linear(width, SCENE)
        self.map_head = nn.Linear(width, len(MAPS))

    def see_whole(self) -> None:
        """Shows all patches from now on."""
        self.subset.share = 1.0

    def matrices(self) -> list[nn.Parameter]:
        """Returns the weights that Muon trains."""
        return [p for p in self.network.blocks.parameters() if p.ndim == 2]

    def forward(self, images: Tensor) -> Reading:
        """Reads images (N, 3, 64, 64) in [0, 1]."""
        tokens = self.network.forward_features((images - 0.5) / 0.5)
        patches = tokens[:, 1:]
        scenes = [self.token_head(tokens[:, 0]), self.mean_head(patches.mean(1))]
        return Reading(scenes, self.map_head(patches), self.subset.kept)


class Convolutional(nn.Module):
    """A convolutional network with linear heads on its mean and on each place of its last map."""

    views = 1

    def __init__(self, network: ResNet) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)  # faster on CPUs
        width = int(network.num_features)
        self.mean_head = nn.Linear(width, SCENE)
        self.map_head = nn.Conv2d(width, 4 * len(MAPS), 1)

    def see_whole(self) -> None:
        """Does nothing: convolutions cannot leave patches out."""

    def matrices(self) -> list[nn.Parameter]:
        """Returns the weights that Muon trains: none."""
        return []

    def forward(self, images: Tensor) -> Reading:
        """Reads images (N, 3, 64, 64) in [0, 1]; a place of the last map covers 2 x 2 patches."""
        features = self.network.forward_features((images - 0.5) / 0.5)
        maps = functional.pixel_shuffle(self.map_head(features), 2).flatten(2).transpose(1, 2)
        kept = torch.arange(maps.shape[1]).expand(len(images), -1)
        return Reading([self.mean_head(features.mean((2, 3)))], maps, kept)


def pretext(name: str) -> Transformer | Convolutional:
    """Builds an embedded network with its heads."""
    network = build(name)
    return Convolutional(network) if isinstance(network, ResNet) else Transformer(network)


def pretext_loss(reading: Reading, batch: Batch) -> Tensor:
    """Weighs the scene's classes and properties and the patches' maps."""
    target = batch.maps.gather(1, reading.kept.unsqueeze(2).expand(-1, -1, len(MAPS)))
    share = 1 / len(reading.scenes)
    scene = share * torch.stack([_scene_loss(guess, batch) for guess in reading.scenes]).sum()
    return scene + 4.0 * functional.mse_loss(reading.maps.float(), target)


def _scene_loss(outputs: Tensor, batch: Batch) -> Tensor:
    """Sum the classification losses (each 1 for a blind guess) and the mean squared error."""
    *logits, values = outputs.float().split([*CLASSES.values(), len(VALUES)], dim=1)
    loss = torch.zeros(())
    for (name, classes), scores in zip(CLASSES.items(), logits, strict=True):
        target = batch.classes[name]
        entropy = functional.cross_entropy(scores, target, label_smoothing=0.05)
        loss = loss + entropy / math.log(classes)
    known = ~batch.values.isnan()
    return loss + 10.0 * functional.mse_loss(values[known], batch.values[known])


@torch.inference_mode()
def score(model: Transformer | Convolutional, batches: list[Batch]) -> dict[str, float]:
    """Measures accuracy for every class head and the share of variance explained."""
    right, seen = dict.fromkeys(CLASSES, 0), dict.fromkeys(CLASSES, 0)
    model.eval().see_whole()
    errors, values = [], []
    for batch in batches:
        scene = torch.stack(model(batch.images).scenes).mean(0)
        *logits, guess = scene.split([*CLASSES.values(), len(VALUES)], dim=1)
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
