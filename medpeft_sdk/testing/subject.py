"""A method on a network, and the few things that checks do with the two."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_sdk.adaptation import Adapted, Method, adapt
from medpeft_sdk.specs import MethodSpec, Scalar
from medpeft_sdk.testing.networks import Network, output


class Subject:
    """What a check is handed.

    Attributes:
        method: The method.
        network: The network.
    """

    def __init__(self, method: Method, network: Network) -> None:
        self.method, self.network = method, network
        self._pretrained = network.build()

    @property
    def spec(self) -> MethodSpec:
        """What the method is."""
        return self.method.spec

    def pretrained(self) -> nn.Module:
        """Returns a copy of the network, in evaluation mode."""
        return copy.deepcopy(self._pretrained).eval()

    def adapted(
        self, *, seed: int = 0, model: nn.Module | None = None, **hyperparameters: Scalar
    ) -> Adapted:
        """Adapts a copy of the network, or the one that is given."""
        return adapt(model or self.pretrained(), self.method, hyperparameters, seed=seed)

    def trained(self, steps: int = 3) -> Adapted:
        """Adapts a copy and trains it for some steps."""
        adapted = self.adapted()
        optimiser = self.optimiser(adapted)
        for step in range(steps):
            self.step(adapted, optimiser, step)
        return adapted

    def optimiser(self, adapted: Adapted) -> torch.optim.Optimizer:
        """Makes AdamW at the method's own rate; only gradients move what it is given."""
        return torch.optim.AdamW(
            adapted.trainable_parameters(), lr=self.spec.learning_rate, weight_decay=0
        )

    def step(
        self, adapted: Adapted, optimiser: torch.optim.Optimizer, number: int, **inputs: Any
    ) -> None:
        """Takes one step on inputs that its number decides; gradients are left to be looked at."""
        optimiser.zero_grad(set_to_none=True)
        adapted.train_mode()
        with seeded(number):
            self.loss(adapted.model, self.network.inputs(seed=number, **inputs)).backward()
        optimiser.step()

    def loss(self, model: nn.Module, inputs: tuple[Any, ...]) -> Tensor:
        """Returns the loss of arbitrary answers, in single precision."""
        found = output(model, inputs).float()
        if self.network.unet:
            return F.mse_loss(found, inputs[0].float())
        labels = torch.arange(len(found), device=found.device) % found.shape[1]
        return F.cross_entropy(found, labels)

    @torch.no_grad()
    def answers(self, model: nn.Module, **inputs: Any) -> Tensor:
        """Returns what a network gives out in evaluation mode."""
        return output(model.eval(), self.network.inputs(**inputs))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draws from a generator of its own, and puts the global one back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def tensors(model: nn.Module) -> dict[str, Tensor]:
    """Returns copies of all parameters and buffers, by name."""
    named = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {name: tensor.detach().clone() for name, tensor in named.items()}


def same(a: Tensor, b: Tensor, *, tolerance: float = 0.0) -> bool:
    """Tells whether tensors are equal, or differ by no more than a share of their largest value."""
    if tolerance == 0:
        return torch.equal(a, b)
    return bool((a - b).abs().max() <= tolerance * a.abs().max().clamp(min=1))
