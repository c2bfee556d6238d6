"""What a backbone plugin implements."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import nn

from medpeft_sdk.specs import BackboneSpec


class BackboneBuilder(ABC):
    """Builds one backbone from its spec.

    Attributes:
        spec: What to build; ``spec.weights`` says where the pretrained weights are, and already
            names the user's own file where one was given.
    """

    def __init__(self, spec: BackboneSpec) -> None:
        self.spec = spec

    @abstractmethod
    def build(self, *, num_classes: int, image_size: int, pretrained: bool) -> nn.Module:
        """Returns the network, in float32 on the CPU, with a fresh classifier.

        Args:
            num_classes: Outputs of the classifier.
            image_size: Side of the square input, pixels; position embeddings are resampled.
            pretrained: Whether to load ``spec.weights``; all is drawn at random otherwise.

        Raises:
            WeightsError: The weights are missing, altered or do not fit.
            UnsupportedError: The architecture cannot take this image size.
        """
