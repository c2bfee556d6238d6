"""From a folder of images to batches on the device.

Importing this package imports no tensor library: names are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medpeft_sdk.data.augmentation import augment
    from medpeft_sdk.data.batches import ImageSource
    from medpeft_sdk.data.cache import default_cache_folder, find_unreadable, is_cached, open_cache
    from medpeft_sdk.data.dataset import SPLITS, Dataset, SampleTable
    from medpeft_sdk.data.decode import decode_image
    from medpeft_sdk.data.dicom import read_header
    from medpeft_sdk.data.disk import writing
    from medpeft_sdk.data.fit import fit_image
    from medpeft_sdk.data.held_out import HeldOut
    from medpeft_sdk.data.labels import indicators
    from medpeft_sdk.data.remembered import read_once
    from medpeft_sdk.data.splits import Splits, make_splits
    from medpeft_sdk.data.subsets import select_subset
    from medpeft_sdk.data.tables import EMPTY, grouped, read_table

__all__ = [
    "EMPTY",
    "SPLITS",
    "Dataset",
    "HeldOut",
    "ImageSource",
    "SampleTable",
    "Splits",
    "augment",
    "decode_image",
    "default_cache_folder",
    "find_unreadable",
    "fit_image",
    "grouped",
    "indicators",
    "is_cached",
    "make_splits",
    "open_cache",
    "read_header",
    "read_once",
    "read_table",
    "select_subset",
    "writing",
]

_MODULES = {
    "EMPTY": "tables",
    "SPLITS": "dataset",
    "Dataset": "dataset",
    "HeldOut": "held_out",
    "ImageSource": "batches",
    "SampleTable": "dataset",
    "Splits": "splits",
    "augment": "augmentation",
    "decode_image": "decode",
    "default_cache_folder": "cache",
    "find_unreadable": "cache",
    "fit_image": "fit",
    "grouped": "tables",
    "indicators": "labels",
    "is_cached": "cache",
    "make_splits": "splits",
    "open_cache": "cache",
    "read_header": "dicom",
    "read_once": "remembered",
    "read_table": "tables",
    "select_subset": "subsets",
    "writing": "disk",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
