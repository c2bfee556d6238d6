"""Adding trained modules to a network without taking it apart.

An addition is hooked to a part of the network, its host. The host keeps its place, its name and its
type: networks that ask a layer for its weight, its width or its class find what they expect.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from medpeft_sdk.anatomy import Site
from medpeft_sdk.errors import UnsupportedError


class Addition(nn.Module):
    """A trained module that changes what goes into, or comes out of, a part of a network.

    A kind of addition overrides `before`, `after` or both, and `fold` where it can be merged.

    Attributes:
        host: Dotted path of the part it is hooked to, set by `attach`.
    """

    host: str = ""

    def before(self, features: Tensor) -> Tensor:
        """Returns what the host takes in, in place of its first argument."""
        return features

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Returns what the host gives out.

        Args:
            features: What the host took in, `before` included.
            output: What it made of that; of several outputs, the first.
        """
        return output

    def fold(self, layer: nn.Module) -> None:
        """Changes the host's own weights so that it computes the same without the addition.

        Raises:
            UnsupportedError: The addition is no change of the host's weights.
        """
        raise UnsupportedError(
            f"{type(self).__name__} cannot be merged into {type(layer).__name__}", where=self.host
        )

    def _before_host(self, host: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self.before(arguments[0]), *arguments[1:])

    def _after_host(self, host: nn.Module, arguments: tuple[Any, ...], output: Any) -> Any:
        if isinstance(output, tuple):
            return (self.after(arguments[0], output[0]), *output[1:])
        return self.after(arguments[0], output)


def let_call(model: nn.Module, site: Site[nn.Module]) -> None:
    """Sees to it that a network calls a layer, so that what is added to it or wraps it runs.

    BEiT's attention and its kin only read the weight of their fused projection, unless they are
    told to add the biases of its parts afterwards. What they compute is the same.

    Args:
        model: The network; told so where it has to be.
        site: The layer.

    Raises:
        UnsupportedError: The network reads the layer's weight and cannot be told to call it.
    """
    if site.called:
        return
    owner: Any = model.get_submodule(site.path.rpartition(".")[0])
    if not hasattr(owner, "qkv_bias_separate"):
        raise UnsupportedError(
            f"{site.path} cannot be added to: the network computes with its weight directly",
            where=f"{site.path}, a {type(site.module).__name__}",
        )
    owner.qkv_bias_separate = True


def attach(model: nn.Module, site: Site[nn.Module], addition: Addition, name: str) -> None:
    """Adds a module to a part of a network.

    Args:
        model: The network; changed in place.
        site: The part. The addition goes to its device, in its precision, and becomes a child of
            it, or of what surrounds it where it is a mere list.
        addition: What to add.
        name: The child's name; stands in the adapter's file.

    Raises:
        UnsupportedError: The network reads the layer's weight without ever calling it.
    """
    let_call(model, site)
    reference = next(site.module.parameters(), None)
    if reference is not None:
        addition.to(reference.device, reference.dtype)
    owner, prefix = site.path, ""
    # A child of a sequence would become a step of it.
    while isinstance(model.get_submodule(owner), nn.Sequential | nn.ModuleList | nn.ModuleDict):
        owner, _, last = owner.rpartition(".")
        prefix = f"{last}_{prefix}"
    model.get_submodule(owner).add_module(prefix + name, addition)
    addition.host = site.path
    kind = type(addition)
    if kind.before is not Addition.before:
        site.module.register_forward_pre_hook(addition._before_host)
    if kind.after is not Addition.after:
        site.module.register_forward_hook(addition._after_host)


def merge_additions(model: nn.Module) -> None:
    """Folds all additions, and all parametrisations of weights, into the weights themselves.

    Raises:
        UnsupportedError: One of them is no change of its host's weights; the network is left half
            merged then.
    """
    additions = {p: m for p, m in model.named_modules() if isinstance(m, Addition)}
    for path, addition in additions.items():
        host = model.get_submodule(addition.host)
        with torch.no_grad():
            addition.fold(host)
        for hooks in (host._forward_pre_hooks, host._forward_hooks):
            for key in [k for k, hook in hooks.items() if getattr(hook, "__self__", 0) is addition]:
                del hooks[key]
        owner, _, name = path.rpartition(".")
        delattr(model.get_submodule(owner), name)
    for module in list(model.modules()):
        if parametrize.is_parametrized(module):
            _settle(module)


def _settle(module: nn.Module) -> None:
    """Makes parametrised weights plain ones again.

    PyTorch's own function for this takes them from the class too, which copies of a network share.
    """
    names: Any = module.parametrizations
    values = {name: getattr(module, name).detach().clone() for name in names}
    module.__class__ = type(module).__bases__[0]
    del module.parametrizations
    for name, value in values.items():
        module.register_parameter(name, nn.Parameter(value))
