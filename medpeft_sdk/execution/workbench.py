"""What the cells of a bundle share: the dataset, its decoded images, and the pretrained network."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from medpeft_sdk.anatomy import BackboneBuilder, reset_head
from medpeft_sdk.data import ImageSource, SampleTable, Splits, make_splits, open_cache
from medpeft_sdk.data.cache import Pixels
from medpeft_sdk.data.content import content_digest
from medpeft_sdk.errors import DataError
from medpeft_sdk.evaluation import Predictions
from medpeft_sdk.execution.dataset import open_dataset
from medpeft_sdk.execution.flops import FlopCounts
from medpeft_sdk.execution.job import RunSettings
from medpeft_sdk.execution.predicted import predictions_of
from medpeft_sdk.planning import Bundle
from medpeft_sdk.registry import Registry
from medpeft_sdk.specs import Origin, Recipe


class Workbench:
    """Loads what a bundle needs once; every cell then takes from it what it wants.

    Attributes:
        origins: The plugins that the bundle's cells have in common.
        splits_fingerprint: Digest of which sample is in which split.
        channels_last: Whether images and weights are laid out channels last, as CNNs like them.
        flops: The operations of networks that the bundle's cells have in common.
    """

    def __init__(self, bundle: Bundle, settings: RunSettings, registry: Registry) -> None:
        self.bundle = bundle
        self._cache = Path(settings.cache)
        self._dataset = open_dataset(bundle.dataset, registry, settings.roots)
        backbone = registry.backbones.get(bundle.backbone.name)
        self._builder: BackboneBuilder = backbone.load()(bundle.backbone)
        self.origins: tuple[Origin, ...] = (
            registry.datasets.get(bundle.dataset.name).origin,
            backbone.origin,
        )
        self.table: SampleTable = self._dataset.index()
        planned = {(c.cell.dataset.fingerprint, c.cell.dataset.content) for c in bundle.cells}
        if planned - {(self.table.fingerprint, content_digest(self._dataset, self.table))}:
            raise DataError(
                f"the files of '{bundle.dataset.name}' changed since the run was planned",
                where=str(self._dataset.root),
                expected="the samples, labels and images of the plan",
                mend="leave the folder as it is while a run goes on, and start again",
            )
        self._skipped = bundle.cells[0].cell.dataset.skipped
        self.splits: Splits = make_splits(self.table, skipped=self._skipped)
        self.splits_fingerprint = self.splits.fingerprint(self.table)
        self.channels_last = bundle.backbone.family == "cnn"
        self.flops = FlopCounts()
        self._pixels: dict[tuple[int, str], Pixels] = {}
        self._pretrained: dict[int, nn.Module] = {}

    def pixels(self, recipe: Recipe) -> Pixels:
        """Returns the decoded images of the whole dataset at the recipe's size."""
        assert recipe.image_size is not None, "a planned cell's recipe has an image size"
        key = (recipe.image_size, recipe.fit)
        if key not in self._pixels:
            self._pixels[key] = open_cache(
                self._dataset,
                self.table,
                image_size=key[0],
                fit=recipe.fit,
                skipped=self._skipped,
                folder=self._cache,
            )
        return self._pixels[key]

    def load(self, recipe: Recipe) -> nn.Module:
        """Returns the pretrained network that all cells copy; nobody changes it."""
        assert recipe.image_size is not None, "a planned cell's recipe has an image size"
        size = recipe.image_size
        if size not in self._pretrained:
            with torch.random.fork_rng():
                torch.manual_seed(0)
                self._pretrained[size] = self._builder.build(
                    num_classes=len(self.table.classes), image_size=size, pretrained=True
                )
        return self._pretrained[size]

    def images(
        self, rows: npt.NDArray[np.int64], recipe: Recipe, device: torch.device
    ) -> ImageSource:
        """Returns some of the images, ready to be batched on a device."""
        return ImageSource(
            self.pixels(recipe),
            self.table.labels,
            rows,
            mean=self.bundle.backbone.mean,
            std=self.bundle.backbone.std,
            device=device,
            channels_last=self.channels_last,
        )

    def predictions(self, rows: npt.NDArray[np.int64], probabilities: torch.Tensor) -> Predictions:
        """Puts what a network says about some of the images beside what is known of them."""
        return predictions_of(self.table, rows, probabilities.numpy())

    def network(self, recipe: Recipe, *, pretrained: bool, seed: int) -> nn.Module:
        """Returns a network of the cell's own, with a classifier drawn by its seed."""
        assert recipe.image_size is not None, "a planned cell's recipe has an image size"
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            if not pretrained:
                return self._builder.build(
                    num_classes=len(self.table.classes),
                    image_size=recipe.image_size,
                    pretrained=False,
                )
            network = copy.deepcopy(self.load(recipe))
            torch.manual_seed(seed)
            reset_head(network)
            return network
