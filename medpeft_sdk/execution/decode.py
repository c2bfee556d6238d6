"""The image caches of a run, filled before any worker starts: a bad image is then one message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from medpeft_sdk.data import is_cached, open_cache
from medpeft_sdk.data.fit import Fit
from medpeft_sdk.execution.dataset import open_dataset
from medpeft_sdk.execution.job import OnDecode, RunSettings
from medpeft_sdk.planning import Bundle
from medpeft_sdk.processes import share
from medpeft_sdk.registry import Registry, load_registry
from medpeft_sdk.specs import DatasetSpec

R = TypeVar("R")


@dataclass(frozen=True)
class _Images:
    """The images of a dataset as a recipe takes them."""

    spec: DatasetSpec
    size: int
    fit: Fit
    skipped: tuple[str, ...]
    settings: RunSettings

    def ask(self, cache: Callable[..., R], registry: Registry, **options: Any) -> R:
        """Calls a function of the cache, such as `open_cache`, for these images."""
        dataset = open_dataset(self.spec, registry, self.settings.roots)
        return cache(
            dataset,
            dataset.index(),
            image_size=self.size,
            fit=self.fit,
            skipped=self.skipped,
            folder=Path(self.settings.cache),
            **options,
        )


def decode(
    bundles: Sequence[Bundle], settings: RunSettings, registry: Registry, on_decode: OnDecode
) -> None:
    """Fills the caches of bundles.

    Files are decoded by threads. What a program draws keeps the interpreter to itself, so that
    processes share the sets.
    """
    wanted: dict[tuple[str, int, Fit], _Images] = {}
    for bundle in bundles:
        for planned in bundle.cells:
            size, fit = planned.cell.recipe.image_size, planned.cell.recipe.fit
            assert size is not None, "a planned cell's recipe has an image size"
            images = _Images(bundle.dataset, size, fit, planned.cell.dataset.skipped, settings)
            wanted.setdefault((bundle.dataset.name, size, fit), images)

    def here(images: _Images, workers: int | None = None) -> None:
        told = partial(on_decode, images.spec.name)
        images.ask(open_cache, registry, on_progress=told, workers=workers)

    for images in wanted.values():
        if not images.spec.synthetic:
            here(images)
    drawn = [images for images in wanted.values() if images.spec.synthetic]
    left = [images for images in drawn if not images.ask(is_cached, registry)]
    share(_draw, left, few=1, here=partial(here, workers=1))


def _draw(images: _Images) -> None:
    images.ask(open_cache, load_registry(), on_progress=None, workers=1)
