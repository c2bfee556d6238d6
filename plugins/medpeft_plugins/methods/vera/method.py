"""The implementation of VeRA, by the peft library."""

from __future__ import annotations

from typing import Any

from peft import PeftConfig, VeraConfig, VeraModel
from torch import nn

from medpeft_plugins.methods.peft_layers import PeftMethod
from medpeft_sdk.anatomy import Site


class VeRA(PeftMethod):
    """Trains gains of random matrices that all layers share."""

    kinds = (nn.Linear,)

    def configuration(self, target_modules: str, **hyperparameters: Any) -> PeftConfig:
        """Returns the configuration; see `PeftMethod.configuration`."""
        return VeraConfig(
            target_modules=target_modules, r=hyperparameters["rank"], save_projection=False
        )

    def fitting(self, sites: list[Site[Any]], hyperparameters: dict[str, Any]) -> list[Site[Any]]:
        """Allows every rank: the random matrices may have more rows than a layer has inputs."""
        return sites

    def inject(self, configuration: PeftConfig, model: nn.Module) -> nn.Module:
        """Lets peft wrap the layers; its own function for this refuses what layers share."""
        return VeraModel(model, configuration, "default").model
