"""What a method plugin implements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from torch import nn

from medpeft_sdk.adaptation.addition import merge_additions
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

    def merge(self, model: nn.Module) -> nn.Module:
        """Folds what was learnt into the weights of an adapted network.

        Called where the spec says ``mergeable``. Additions and parametrisations are folded here;
        a method that wraps layers in some other way overrides this.

        Args:
            model: The adapted network; may be changed in place.

        Returns:
            A network of the pretrained one's structure that computes the same.

        Raises:
            UnsupportedError: Some of it cannot be merged.
        """
        merge_additions(model)
        return model

    def export(self, model: nn.Module, directory: Path, hyperparameters: dict[str, Any]) -> None:  # noqa: B027
        """Writes further files beside a saved adapter, for other libraries to open; most have none.

        Args:
            model: The adapted network; left as it is.
            directory: An existing folder.
            hyperparameters: All that the spec declares, with their values.
        """
