"""What a method plugin implements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from torch import nn

from medpeft_sdk.anatomy import Sites
from medpeft_sdk.specs import MethodSpec


class Method(ABC):
    """One PEFT algorithm.

    Attributes:
        spec: What was registered.
    """

    def __init__(self, spec: MethodSpec) -> None:
        self.spec = spec

    @abstractmethod
    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Makes a pretrained network trainable in this method's way.

        All parameters arrive frozen. The method unfreezes some, or adds modules whose parameters
        require gradients. The classifier is trained by the core and need not be touched.

        Args:
            model: The network; may be changed in place.
            sites: Where it can be touched.
            **hyperparameters: All that the spec declares, validated.

        Returns:
            The adapted network, usually ``model`` itself.

        Raises:
            UnsupportedError: The network lacks what the method needs, or a hyperparameter
                cannot fit it.
        """
