"""What stands beside an adapter's tensors, so that they are loaded onto the right network."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator

from medpeft_sdk.specs.backbone import Family
from medpeft_sdk.specs.base import Name, Scalar, Sha256, Spec
from medpeft_sdk.specs.result import Origin, ParameterCounts


class AdapterSpec(Spec):
    """A saved adapter.

    Attributes:
        format: Version of this description.
        method: Name of the method.
        hyperparameters: All that the method declares, with their values.
        architecture: Name of the network that was adapted.
        pretrained: Where its weights came from, as far as the network tells; ``None`` if it does
            not. The adapter holds only what differs from them.
        family: Of the network.
        fingerprint: Digest of the names and shapes of the network's parameters, its classifier
            left out.
        frozen: Digest of the weights that stayed as they were; ``None`` where they were not in
            single precision.
        parameters: Counted three ways.
        origin: The plugin that the method came from, where it came from one.
        versions: Of the packages that took part.
        file: The tensors, in the same folder.
        sha256: Digest of that file.
    """

    format: Literal[1] = 1
    method: Name
    hyperparameters: dict[str, Scalar]
    architecture: str
    pretrained: str | None
    family: Family
    fingerprint: Sha256
    frozen: Sha256 | None = None
    parameters: ParameterCounts
    origin: Origin | None
    versions: dict[str, str]
    file: str
    sha256: Sha256

    @field_validator("file")
    @classmethod
    def _holds_tensors_alone(cls, file: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_.\-]+\.safetensors", file):
            raise ValueError(
                "expected a .safetensors file in the same folder; files that may hold code, such "
                "as pickles, are never read"
            )
        return file
