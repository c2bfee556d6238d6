"""An adapter as a folder: its tensors, what they are, and a card for people."""

from __future__ import annotations

import uuid
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from medpeft_sdk.adaptation.card import model_card
from medpeft_sdk.anatomy import hash_file
from medpeft_sdk.errors import StoreError, WeightsError
from medpeft_sdk.results.atomic import new_folder
from medpeft_sdk.specs import AdapterSpec

if TYPE_CHECKING:
    from medpeft_sdk.adaptation.adapted import Adapted

DESCRIPTION, TENSORS, CARD = "adapter.json", "adapter.safetensors", "README.md"
_PACKAGES = ("medpeft-sdk", "torch", "timm", "peft", "diffusers")


def save_adapter(adapted: Adapted, directory: str | Path) -> None:
    """Writes an adapter into a folder, which appears as a whole or not at all.

    Args:
        adapted: What to save; it can be loaded onto the pretrained network that it came from.
        directory: A new folder, or one that holds an adapter, which is replaced.

    Raises:
        StoreError: The folder cannot be written, or holds something else.
    """
    target = Path(directory).expanduser().absolute()
    if _is_taken(target):
        raise StoreError(
            "an adapter cannot be saved over something else",
            where=str(target),
            expected="a new or empty folder, or one that holds an adapter",
            mend="choose another folder",
        )
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with new_folder(target, temporary) as folder:
            adapted.save_state(folder / TENSORS)
            spec = describe_adapter(adapted, folder / TENSORS)
            (folder / DESCRIPTION).write_text(spec.to_json(), encoding="utf-8")
            (folder / CARD).write_text(model_card(adapted.spec, spec), encoding="utf-8")
            adapted.method.export(adapted.model, folder, adapted.hyperparameters)
    except OSError as error:
        raise StoreError(
            f"the adapter cannot be written: {error.strerror or error}",
            where=str(target),
            expected="a folder that can be written to, with space left",
        ) from error


def describe_adapter(adapted: Adapted, tensors: Path) -> AdapterSpec:
    """Describes an adapter whose tensors were written to a file."""
    network = adapted.network
    return AdapterSpec(
        method=adapted.spec.name,
        hyperparameters=adapted.hyperparameters,
        architecture=network.architecture,
        pretrained=network.pretrained,
        family=network.family,
        fingerprint=network.fingerprint,
        frozen=adapted.frozen_digest(),
        parameters=adapted.parameter_report(),
        origin=adapted.origin,
        versions={name: found for name in _PACKAGES if (found := _version(name))},
        file=tensors.name,
        sha256=hash_file(tensors),
    )


def read_description(directory: str | Path) -> AdapterSpec:
    """Reads what a saved adapter is, without its tensors.

    Raises:
        WeightsError: The folder holds no adapter.
        SpecError: The description is damaged, or names a file that may hold code.
    """
    file = Path(directory) / DESCRIPTION
    try:
        text = file.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"no adapter can be read: {error.strerror or error}",
            where=str(file),
            expected=f"a folder with {DESCRIPTION} and {TENSORS}, written by adapted.save",
            mend="name the folder that the adapter was saved to",
        ) from error
    return AdapterSpec.from_json(text, where=str(file))


def _is_taken(target: Path) -> bool:
    if not target.is_dir():
        return target.exists()
    return not (target / DESCRIPTION).is_file() and next(target.iterdir(), None) is not None


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
