"""An adapted network and the accounts of it: what is trained, what was added, what is stored."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from medpeft_sdk.adaptation.directory import save_adapter
from medpeft_sdk.adaptation.frozen import checksums, digest
from medpeft_sdk.adaptation.method import Method
from medpeft_sdk.adaptation.network import Network, unmark
from medpeft_sdk.anatomy import Sites, load_state
from medpeft_sdk.errors import PluginError, StoreError, UnsupportedError, WeightsError
from medpeft_sdk.specs import MethodSpec, Origin, ParameterCounts, Scalar


class Adapted:
    """A network that a method made trainable.

    Attributes:
        model: The network.
        method: What adapted it.
        hyperparameters: All that the method's spec declares, with their values.
        head: The parameters of the classifier.
        network: What the network was before.
        origin: The plugin that the method came from, where it came from one.
    """

    def __init__(
        self,
        model: nn.Module,
        method: Method,
        hyperparameters: Mapping[str, Scalar],
        *,
        sites: Sites,
        pretrained: Mapping[Tensor, int],
        network: Network,
        origin: Origin | None,
    ) -> None:
        """Takes stock of a network that was just adapted; `adapt` is the way to get one.

        Args:
            model: The adapted network.
            method: What adapted it.
            hyperparameters: All that the method's spec declares, with their values.
            sites: The sites of the network before it was adapted.
            pretrained: The parameters and buffers that it had before, kept alive by the caller,
                and their checksums.
            network: What the network was before.
            origin: The plugin that the method came from.
        """
        self.model, self.method, self.hyperparameters = model, method, dict(hyperparameters)
        self.network, self.origin = network, origin
        spec = method.spec
        # A method may wrap modules, which renames what is in them: tensors are told by identity.
        known = {id(tensor) for tensor in pretrained}
        # What a method adds to the classifier is not the classifier.
        head = {id(p) for site in sites.head for p in site.module.parameters()} & known
        norms = [module for module in model.modules() if isinstance(module, _NormBase)]
        statistics = {id(buffer) for norm in norms for buffer in norm.buffers(recurse=False)}
        moving = statistics if spec.updates_batchnorm_statistics else statistics - known
        parameters = dict(model.named_parameters())
        self._added = {
            n: p.numel() for n, p in parameters.items() if id(p) not in known and id(p) not in head
        }
        self.head = tuple(p for p in parameters.values() if id(p) in head)
        self._frozen_norms = [
            norm for norm in norms if not any(id(buffer) in moving for buffer in norm.buffers())
        ]
        for norm in self._frozen_norms:
            norm.register_forward_pre_hook(_keep_statistics)
        persistent = model.state_dict().keys()
        self._stored = [
            *(n for n, p in parameters.items() if p.requires_grad or id(p) not in known),
            *(
                n
                for n, b in model.named_buffers()
                if n in persistent and (id(b) in moving or id(b) not in known)
            ),
        ]
        self._frozen = {
            n: pretrained[tensor]
            for n, tensor in self._named_tensors().items()
            if n in persistent and n not in self._stored and tensor in pretrained
        }

    @property
    def spec(self) -> MethodSpec:
        """What the method is."""
        return self.method.spec

    def parameter_report(self) -> ParameterCounts:
        """Counts the parameters in each of the ways that a result reports."""
        parameters = list(self.model.parameters())
        return ParameterCounts(
            total=sum(p.numel() for p in parameters),
            trainable=sum(p.numel() for p in parameters if p.requires_grad),
            added=sum(self._added.values()),
            stored=sum(tensor.numel() for tensor in self._stored_tensors().values()),
            head=sum(p.numel() for p in self.head),
        )

    def frozen_digest(self) -> str | None:
        """Returns the SHA-256 of what the adapter does not hold: weights that stay as they were.

        ``None`` where they are not all in single precision, in which alone they can be compared.
        """
        stored = set(self._stored)
        return digest({n: p for n, p in self.model.named_parameters() if n not in stored})

    def check_frozen(self) -> None:
        """Checks that the pretrained weights which the adapter does not hold are as they were.

        Raises:
            PluginError: One is not, so that the adapter would not give this network back.
        """
        own = self._named_tensors()
        found = checksums(own[name] for name in self._frozen)
        changed = [n for n, s in zip(self._frozen, found, strict=True) if s != self._frozen[n]]
        if changed:
            others = f" and {len(changed) - 1} others" if changed[1:] else ""
            raise PluginError(
                f"{self.spec.name} changed frozen weights, which nothing stores: "
                f"{changed[0]}{others}",
                where=f"{self.spec.name} on {self.network.architecture}",
                expected="pretrained weights bit-identical, but for those that are trained",
                mend="train what shall change (requires_grad), or put a new tensor in its place",
            )

    def added_names(self) -> set[str]:
        """Returns the names of the parameters that the pretrained network did not have."""
        return set(self._added)

    def trainable_parameters(self) -> list[nn.Parameter]:
        """Returns what an optimiser has to be given: the method's and the classifier's."""
        return [p for p in self.model.parameters() if p.requires_grad]

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
        self.check_state(state, where=where)
        with torch.no_grad():
            for name, tensor in self._stored_tensors().items():
                tensor.copy_(state[name])

    def check_state(self, state: Mapping[str, Tensor], *, where: str | None = None) -> None:
        """Raises `WeightsError`, as `load_state` does, unless a state fits this network."""
        own = self._stored_tensors()
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
            where=where or f"a state for {self.spec.name} on {self.network.architecture}",
            expected=f"'{name}'{wanted}"
            if wanted
            else f"{len(own)} tensors, such as {next(iter(own))}",
            mend="give the adapter of this method, these hyperparameters and this architecture",
        )

    def merge(self) -> nn.Module:
        """Returns a plain network that computes the same without the method.

        Returns:
            A copy of the network with the pretrained one's structure, frozen; layers that had no
            bias may have one. This adapted network stays as it is.

        Raises:
            UnsupportedError: What the method learnt is no change of the weights.
        """
        name = self.spec.name
        if not self.spec.mergeable:
            raise UnsupportedError(
                f"{name} cannot be merged: what it adds is no change of the network's weights",
                where=f"{name} on {self.network.architecture}",
                expected="a method whose spec says mergeable",
                mend="keep the adapter beside the network, and load it with load_adapter",
            )
        merged = self.method.merge(copy.deepcopy(self.model))
        unmark(merged)
        for module in merged.modules():
            hooks = module._forward_pre_hooks
            for key in [key for key, hook in hooks.items() if hook is _keep_statistics]:
                del hooks[key]
        return merged.requires_grad_(False)

    def save(self, directory: str | Path) -> None:
        """Writes the adapter into a folder of its own: tensors, description and a card.

        Args:
            directory: A new folder, or one that holds an adapter, which is replaced.

        Raises:
            StoreError: The folder cannot be written, or holds something else.
        """
        save_adapter(self, directory)

    def save_state(self, path: str | Path) -> None:
        """Writes the state as a safetensors file, method and hyperparameters in its metadata.

        Raises:
            StoreError: The file cannot be written, or parameters were trained that the method does
                not train and the file would lack.
        """
        self._check_complete()
        described = {"method": self.spec.name, "hyperparameters": self.hyperparameters}
        # One key only: the order of several is not fixed, and equal adapters give equal files.
        metadata = {"medpeft": json.dumps(described, sort_keys=True)}
        tensors = {n: tensor.cpu().contiguous() for n, tensor in self.state().items()}
        try:
            save_file(tensors, str(path), metadata=metadata)
        except Exception as error:
            raise StoreError(f"the adapter cannot be written: {error}", where=str(path)) from error

    def read_state(self, path: str | Path) -> None:
        """Reads what `save_state` wrote.

        Raises:
            WeightsError: The file cannot be read, or is of another network or method.
        """
        self.load_state(load_state(path), where=str(path))

    def _check_complete(self) -> None:
        stored = set(self._stored)
        others = [
            n for n, p in self.model.named_parameters() if p.requires_grad and n not in stored
        ]
        if others:
            raise StoreError(
                f"{len(others)} parameters were made trainable that {self.spec.name} does not "
                f"train, such as {others[0]}; the adapter would lack them",
                where=f"{self.spec.name} on {self.network.architecture}",
                expected="requires_grad as adapt left it",
                mend="adapt with a method that trains them, such as full; or save the state_dict",
            )

    def _stored_tensors(self) -> dict[str, Tensor]:
        own = self._named_tensors()
        return {name: own[name] for name in self._stored}

    def _named_tensors(self) -> dict[str, Tensor]:
        return {**dict(self.model.named_parameters()), **dict(self.model.named_buffers())}


def _keep_statistics(norm: nn.Module, arguments: Any) -> None:
    """Keeps a frozen norm in evaluation mode, though its network be told ``train()``."""
    if norm.training:
        norm.eval()
