"""What a backbone is, before any of its code or weights is loaded."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from medpeft_sdk.specs.base import NamedSpec, Scalar, Sha256, Spec

Family = Literal["cnn", "transformer", "hybrid", "mlp", "unet"]


class Weights(Spec):
    """Where pretrained weights come from and how they are known to be the right ones.

    Attributes:
        source: ``package`` (a file of the plugin's own), ``file`` (a local file) or ``hub``.
        location: File name in the package, path, or repository id on the Hub.
        revision: The Hub's commit; ``None`` where the source is a file.
        sha256: Digest of the weights file; ``None`` where it is not known beforehand.
    """

    source: Literal["package", "file", "hub"]
    location: str
    revision: str | None = None
    sha256: Sha256 | None = None

    @property
    def identity(self) -> str:
        """What identifies the weights whatever their path: digest, or place and revision."""
        return self.sha256 or f"{self.location}@{self.revision or 'main'}"


class BackboneSpec(NamedSpec):
    """A pretrained network.

    Attributes:
        library: The package that builds it, such as ``timm``.
        architecture: The name under which the library builds it.
        image_size: Side of the square input, in pixels, at which it was pretrained.
        mean: Per-channel mean of the input normalisation, for pixels in [0, 1].
        std: Per-channel standard deviation of the input normalisation.
    """

    name: str = Field(pattern=r"^[a-z0-9_]+(/[A-Za-z0-9_.\-]+)?$")
    title: str
    family: Family
    library: str
    architecture: str
    arguments: dict[str, Scalar] = {}
    image_size: int = Field(ge=8, le=4096)
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    weights: Weights | None
    licence: str
    description: str = ""
