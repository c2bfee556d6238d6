"""What turns a network and a method into something trainable, and keeps the accounts of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from medpeft_sdk.adaptation.method import Method
from medpeft_sdk.anatomy import Sites, family_of, find_sites, load_state
from medpeft_sdk.errors import StoreError, UnsupportedError, WeightsError
from medpeft_sdk.specs import MethodSpec, ParameterCounts, Scalar, resolve


def adapt(
    model: nn.Module,
    method: Method,
    hyperparameters: Mapping[str, Scalar],
    *,
    seed: int | None = None,
) -> Adapted:
    """Freezes a network, lets a method make it trainable again, and unfreezes its classifier.

    Args:
        model: The network; it is changed in place and belongs to the result from here on.
        method: What adapts it.
        hyperparameters: Values that differ from the method's defaults.
        seed: Of the random numbers that initialise what the method adds, drawn from a generator
            that is put back afterwards; ``None`` draws from PyTorch's global generator.

    Returns:
        The adapted network, in the mode (training or evaluation) that it came in.

    Raises:
        UnsupportedError: The network lacks what the method needs, or a hyperparameter cannot
            fit it.
        SpecError: A hyperparameter is not declared, or its value is not allowed.
    """
    spec = method.spec
    values = resolve(spec.hyperparameters, hyperparameters, where=f"the method '{spec.name}'")
    sites = find_sites(model)
    check_supported(spec, sites, network=network_name(model))
    pretrained = [*model.parameters(), *model.buffers()]
    model.requires_grad_(False)
    with _seeded(seed):
        adapted = method.adapt(model, sites, **values)
    for site in sites.head:
        site.module.requires_grad_(True)
    return Adapted(adapted, spec, values, sites=sites, pretrained=pretrained)


def check_supported(spec: MethodSpec, sites: Sites, *, network: str) -> None:
    """Checks that a network has what a method acts on.

    Raises:
        UnsupportedError: Its family is not among those of the method, or it has none of the
            sites that the method needs.
    """
    family = family_of(sites)
    if family not in spec.families:
        raise UnsupportedError(
            f"{spec.name} supports {', '.join(spec.families)} networks: {network} is "
            f"{'an' if family == 'mlp' else 'a'} {family}"
        )
    if spec.needs and not any(getattr(sites, kind) for kind in spec.needs):
        raise UnsupportedError(f"{spec.name} needs {' or '.join(spec.needs)}: {network} has none")


def network_name(model: nn.Module) -> str:
    """Returns the architecture's name where the library notes it, the class's otherwise."""
    configuration = getattr(model, "pretrained_cfg", None)
    name = configuration.get("architecture") if isinstance(configuration, Mapping) else None
    return name or type(model).__name__


class Adapted:
    """A network that a method made trainable.

    Attributes:
        model: The network.
        spec: The method's spec.
        hyperparameters: All that the spec declares, with their values.
        head: The parameters of the classifier.
    """

    def __init__(
        self,
        model: nn.Module,
        spec: MethodSpec,
        hyperparameters: Mapping[str, Scalar],
        *,
        sites: Sites,
        pretrained: list[Tensor],
    ) -> None:
        """Takes stock of a network that was just adapted; `adapt` is the way to get one.

        Args:
            model: The adapted network.
            spec: The method's spec.
            hyperparameters: All that the spec declares, with their values.
            sites: The sites of the network before it was adapted.
            pretrained: The parameters and buffers that it had before, kept alive by the caller.
        """
        self.model, self.spec, self.hyperparameters = model, spec, dict(hyperparameters)
        # A method may wrap modules, which renames what is in them: tensors are told by identity.
        known = {id(tensor) for tensor in pretrained}
        head = {id(p) for site in sites.head for p in site.module.parameters()}
        norms = [module for module in model.modules() if isinstance(module, _NormBase)]
        statistics = {id(buffer) for norm in norms for buffer in norm.buffers(recurse=False)}
        moving = statistics if spec.updates_batchnorm_statistics else statistics - known
        parameters = dict(model.named_parameters())
        self._added = sum(
            p.numel() for p in parameters.values() if id(p) not in known and id(p) not in head
        )
        self.head = tuple(p for p in parameters.values() if id(p) in head)
        self._frozen_norms = [
            norm for norm in norms if not any(id(buffer) in moving for buffer in norm.buffers())
        ]
        persistent = model.state_dict().keys()
        self._stored = [
            *(n for n, p in parameters.items() if p.requires_grad or id(p) not in known),
            *(
                n
                for n, b in model.named_buffers()
                if n in persistent and (id(b) in moving or id(b) not in known)
            ),
        ]

    def parameter_report(self) -> ParameterCounts:
        """Counts the parameters in each of the ways that a result reports."""
        parameters = list(self.model.parameters())
        return ParameterCounts(
            total=sum(p.numel() for p in parameters),
            trainable=sum(p.numel() for p in parameters if p.requires_grad),
            added=self._added,
            stored=sum(tensor.numel() for tensor in self._stored_tensors().values()),
            head=sum(p.numel() for p in self.head),
        )

    def train_mode(self) -> None:
        """Puts the network in training mode, norms whose statistics must not move left out."""
        self.model.train()
        for norm in self._frozen_norms:
            norm.eval()

    def state(self) -> dict[str, Tensor]:
        """Copies all that tells this network from the pretrained one.

        Returns:
            By name: trainable parameters, the classifier's included; parameters and buffers that
            the method added; and running statistics where the method lets them move.
        """
        return {n: tensor.detach().clone() for n, tensor in self._stored_tensors().items()}

    def load_state(self, state: Mapping[str, Tensor], *, where: str | None = None) -> None:
        """Puts a copied state back.

        Args:
            state: What `state` returned, of this network or of one adapted alike.
            where: The file it came from; stands in the error.

        Raises:
            WeightsError: A name is missing or unknown, or a shape is another one; nothing has
                been changed then.
        """
        own = self._stored_tensors()
        self._check_fits(own, state, where)
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(state[name])

    def save(self, path: str | Path) -> None:
        """Writes the state as a safetensors file, method and hyperparameters in its metadata.

        Raises:
            StoreError: The file cannot be written.
        """
        described = {"method": self.spec.name, "hyperparameters": self.hyperparameters}
        # One key only: the order of several is not fixed, and equal adapters give equal files.
        metadata = {"medpeft": json.dumps(described, sort_keys=True)}
        tensors = {n: tensor.cpu().contiguous() for n, tensor in self.state().items()}
        try:
            save_file(tensors, str(path), metadata=metadata)
        except Exception as error:
            raise StoreError(f"the adapter cannot be written: {error}", where=str(path)) from error

    def load(self, path: str | Path) -> None:
        """Reads what `save` wrote.

        Raises:
            WeightsError: The file cannot be read, or is of another network or method.
        """
        self.load_state(load_state(path), where=str(path))

    def _stored_tensors(self) -> dict[str, Tensor]:
        own: dict[str, Tensor] = {
            **dict(self.model.named_parameters()),
            **dict(self.model.named_buffers()),
        }
        return {name: own[name] for name in self._stored}

    def _check_fits(
        self, own: Mapping[str, Tensor], state: Mapping[str, Tensor], where: str | None
    ) -> None:
        name = next((n for n in (*own, *state) if n not in own or n not in state), None)
        if name is not None:
            complaint = f"lacks '{name}'" if name in own else f"holds an unknown '{name}'"
        else:
            name = next((n for n in own if own[n].shape != state[n].shape), None)
            if name is None:
                return
            complaint = f"has shape {tuple(state[name].shape)} for '{name}'"
        wanted = f" of shape {tuple(own[name].shape)}" if name in own else ""
        raise WeightsError(
            f"the adapter {complaint}",
            where=where or f"a state for {self.spec.name} on {network_name(self.model)}",
            expected=f"'{name}'{wanted}"
            if wanted
            else f"{len(own)} tensors, such as {next(iter(own))}",
            mend="give the adapter of this method, these hyperparameters and this architecture",
        )


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    if seed is None:
        yield
        return
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield
