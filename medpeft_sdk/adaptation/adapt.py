"""Making a pretrained network trainable by a method."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import nn

from medpeft_sdk.adaptation.adapted import Adapted
from medpeft_sdk.adaptation.frozen import checksums
from medpeft_sdk.adaptation.method import Method
from medpeft_sdk.adaptation.network import adapted_by, architecture_of, describe_network, mark
from medpeft_sdk.anatomy import Sites, family_of, find_sites
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.specs import MethodSpec, Origin, Scalar, resolve

_WRAPPED = ("module", "_orig_mod")
"""What `DataParallel` and its kin, and `torch.compile`, call the network that they hold."""


def adapt(
    model: nn.Module,
    method: Method,
    hyperparameters: Mapping[str, Scalar],
    *,
    seed: int | None = None,
    origin: Origin | None = None,
) -> Adapted:
    """Freezes a network, lets a method make it trainable again, and unfreezes its classifier.

    Args:
        model: The network; it is changed in place and belongs to the result from here on.
        method: What adapts it.
        hyperparameters: Values that differ from the method's defaults.
        seed: Of the random numbers that initialise what the method adds, drawn from a generator
            that is put back afterwards; ``None`` draws from PyTorch's global generator.
        origin: The plugin that the method came from.

    Returns:
        The adapted network, in the mode (training or evaluation) that it came in.

    Raises:
        UnsupportedError: The network lacks what the method needs, has no classifier, is wrapped,
            was adapted before, or a hyperparameter cannot fit it; the network is as it was then.
        SpecError: A hyperparameter is not declared, or its value is not allowed.
    """
    spec = method.spec
    values = resolve(spec.hyperparameters, hyperparameters, where=f"the method '{spec.name}'")
    check_untouched(model, spec)
    sites = find_sites(model)
    network = describe_network(model, sites)
    check_supported(spec, sites, network=network.architecture)
    _rehearse(model, method, values)
    tensors = [*model.parameters(), *model.buffers()]
    pretrained = dict(zip(tensors, checksums(tensors), strict=True))
    modules = set(model.modules())
    model.requires_grad_(False)
    with _seeded(seed):
        adapted = method.adapt(model, sites, **values)
    mark(adapted, spec.name)
    for added in set(adapted.modules()) - modules:
        added.training = model.training
    for site in sites.head:
        site.module.requires_grad_(True)
    return Adapted(
        adapted,
        method,
        values,
        sites=sites,
        pretrained=pretrained,
        network=network,
        origin=origin,
    )


def check_supported(spec: MethodSpec, sites: Sites, *, network: str) -> None:
    """Checks that a network has what a method acts on, and a classifier if it classifies.

    Raises:
        UnsupportedError: Its family is not among those of the method, it has none of the sites
            that the method needs, or it returns features.
    """
    family = family_of(sites)
    if family not in spec.families:
        raise UnsupportedError(
            f"{spec.name} supports {', '.join(spec.families)} networks: {network} is "
            f"{'an' if family == 'mlp' else 'a'} {family}"
        )
    if not sites.head and family != "unet":
        raise UnsupportedError(
            f"{network} has no classifier to train",
            expected="a network whose get_classifier() is a layer, or whose last layer is linear",
            mend="timm.create_model(..., num_classes=N)",
        )
    if spec.needs and not any(getattr(sites, kind) for kind in spec.needs):
        needs = " or ".join(spec.needs).replace("_", " ")
        rigid = sites.tokens.rigid if sites.tokens and "sequence" in spec.needs else None
        why = (
            f"no token can be added to {network}, because {rigid}"
            if rigid
            else f"{network} has none"
        )
        raise UnsupportedError(f"{spec.name} needs {needs}: {why}")


def check_untouched(model: nn.Module, spec: MethodSpec) -> None:
    """Checks that a network is one that its library built, and nobody wrapped or adapted.

    Raises:
        UnsupportedError: It is something else.
    """
    if not isinstance(model, nn.Module):
        raise UnsupportedError(
            f"{spec.name} cannot adapt a {type(model).__name__}",
            expected="a network, which is a torch.nn.Module",
        )
    if isinstance(model, torch.jit.ScriptModule):
        raise UnsupportedError(
            f"{spec.name} cannot adapt what torch.jit compiled",
            expected="the network as its library builds it",
            mend="adapt the network first, and compile adapted.model",
        )
    for name in _WRAPPED:
        if [child for child, _ in model.named_children()] == [name]:
            raise UnsupportedError(
                f"{spec.name} cannot adapt a network inside of a {type(model).__name__}",
                expected="the network itself",
                mend=f"adapt model.{name}, and wrap or compile adapted.model",
            )
    earlier = adapted_by(model)
    if earlier is not None:
        raise UnsupportedError(
            f"{spec.name} cannot adapt {architecture_of(model)}: {earlier} has adapted it already",
            expected="a pretrained network as its library builds it",
            mend="build the network anew, or merge what was learnt: adapted.merge()",
        )


def without_weights(model: nn.Module) -> nn.Module:
    """Copies a network onto PyTorch's meta device, which takes no memory for its weights."""
    copies: dict[int, object] = {
        id(p): nn.Parameter(p.detach().to("meta"), requires_grad=p.requires_grad)
        for p in model.parameters()
    }
    copies |= {id(b): b.detach().to("meta") for b in model.buffers()}
    return copy.deepcopy(model, copies)


def _rehearse(model: nn.Module, method: Method, values: Mapping[str, Scalar]) -> None:
    """Adapts a copy without weights, so that what refuses leaves the network as it was."""
    try:
        twin = without_weights(model).requires_grad_(False)
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            method.adapt(twin, find_sites(twin), **values)
    except UnsupportedError:
        raise
    # Whatever else goes wrong without weights is no refusal.
    except Exception:
        return


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    if seed is None:
        yield
        return
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield
