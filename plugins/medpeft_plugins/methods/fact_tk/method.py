"""The implementation of FacT-TK."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from medpeft_plugins.methods.fact import Factors, Increment, Target, find_targets
from medpeft_sdk.adaptation import Method, attach
from medpeft_sdk.anatomy import Sites
from medpeft_sdk.errors import UnsupportedError


class FacTTK(Method):
    """Adds an update to each layer, of a few coefficients between factors that all share."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks an update to each layer; see `Method.adapt`."""
        rank = hyperparameters["rank"]
        for targets in find_targets(sites, method=self.spec.name, rank=rank):
            matrices = sum(target.matrices for target in targets)
            factors = TuckerFactors(targets[0].width, rank, matrices)
            first = 0
            for target in targets:
                update = Tucker(
                    target,
                    factors,
                    first=first,
                    scale=hyperparameters["scale"],
                    dropout=hyperparameters["dropout"],
                )
                attach(model, target.site, update, target.name)
                first += target.matrices
        return model


class TuckerFactors(Factors):
    """The outer factors, and those from which each layer mixes its core.

    Attributes:
        basis: ``C``, rank matrices of rank x rank, the last dimension counting them.
        coefficients: ``P``, of shape (rank, matrices in the stack).
    """

    def __init__(self, width: int, rank: int, matrices: int) -> None:
        super().__init__(width, rank)
        self.basis = nn.Parameter(torch.empty(rank, rank, rank))
        self.coefficients = nn.Parameter(torch.empty(rank, matrices))
        nn.init.xavier_uniform_(self.basis)
        nn.init.xavier_uniform_(self.coefficients)

    def core(self, matrices: slice) -> Tensor:
        """Returns the cores of some matrices side by side, of shape (rank, rank * matrices)."""
        return (self.basis @ self.coefficients[:, matrices]).flatten(1)


class Tucker(Increment):
    """The update of one layer, which has no parameters but those that are shared."""

    factors: TuckerFactors

    def __init__(
        self, target: Target, factors: TuckerFactors, *, first: int, scale: float, dropout: float
    ) -> None:
        """Makes the update of a target.

        Args:
            target: What is updated.
            factors: What all layers of one width share.
            first: Index of the target's first matrix in the stack.
            scale: Factor of the update.
            dropout: Probability of zeroing what the core gives out.
        """
        super().__init__(target, factors, scale=scale, dropout=dropout)
        if target.taken > 1 and target.given > 1:
            raise UnsupportedError(
                f"fact_tk: {target.site.path} both takes in and gives out several matrices",
                where=f"{target.site.path}, {target.taken} by {target.given} of {target.width}",
                expected="a layer that is as wide as the tokens on one side",
                mend="use fact_tt, whose cores have no such limit",
            )
        self._matrices = slice(first, first + target.matrices)

    def core(self) -> Tensor:
        """Returns the layer's core; see `Increment.core`."""
        core = self.factors.core(self._matrices)
        # The side by side stands along the input of a layer that narrows, along the output else.
        return core if self._taken > 1 else core.T
