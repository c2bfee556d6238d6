"""The implementation of FacT-TT."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from medpeft_plugins.methods.fact import Factors, Increment, Target, find_targets
from medpeft_sdk.adaptation import Method, attach
from medpeft_sdk.anatomy import Sites


class FacTTT(Method):
    """Adds an update to each layer, of a core of its own between factors that all share."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks an update to each layer; see `Method.adapt`."""
        rank = hyperparameters["rank"]
        for targets in find_targets(sites, method=self.spec.name, rank=rank):
            factors = Factors(targets[0].width, rank)
            for target in targets:
                update = TensorTrain(
                    target,
                    factors,
                    rank=rank,
                    scale=hyperparameters["scale"],
                    dropout=hyperparameters["dropout"],
                )
                attach(model, target.site, update, target.name)
        return model


class TensorTrain(Increment):
    """The update of one layer, its core drawn as linear layers are drawn.

    Attributes:
        middle: The core ``S``.
    """

    def __init__(
        self, target: Target, factors: Factors, *, rank: int, scale: float, dropout: float
    ) -> None:
        super().__init__(target, factors, scale=scale, dropout=dropout)
        self.middle = nn.Linear(target.taken * rank, target.given * rank, bias=False)

    def core(self) -> Tensor:
        """Returns the layer's own matrix; see `Increment.core`."""
        return self.middle.weight
