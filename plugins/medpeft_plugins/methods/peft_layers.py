"""What the methods of the peft library share: which layers they wrap, merging and exporting."""

from __future__ import annotations

import re
import warnings
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import torch
from peft import PeftConfig, inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from medpeft_plugins.methods.peft_files import head_tensors, write_tensors
from medpeft_plugins.methods.ranks import within_rank
from medpeft_plugins.methods.targets import block_layers, is_plain
from medpeft_sdk.adaptation import Method, let_call
from medpeft_sdk.anatomy import Site, Sites, find_head
from medpeft_sdk.errors import UnsupportedError


class PeftMethod(Method):
    """A method whose layers are those of peft.

    It wraps the projections of every attention, a fused one as a whole; in a network without
    attention, or where its hyperparameter ``targets`` says so, the layers of the blocks.

    Attributes:
        kinds: The types of layers that this method of peft can wrap.
    """

    kinds: ClassVar[tuple[type[nn.Module], ...]] = (nn.Linear, nn.Conv2d)

    @abstractmethod
    def configuration(self, target_modules: str, **hyperparameters: Any) -> PeftConfig:
        """Returns the configuration that peft takes.

        Args:
            target_modules: A pattern that matches the whole path of each layer.
            **hyperparameters: All that the spec declares.
        """

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Wraps each target in a layer of peft; see `Method.adapt`."""
        targets = self._targets(sites, hyperparameters.get("targets", "attention"))
        targets = self.fitting(targets, hyperparameters)
        if not targets:
            kinds = " or ".join(kind.__name__ for kind in self.kinds)
            raise UnsupportedError(
                f"{self.spec.name} needs ungrouped layers of type {kinds} in attentions or "
                f"blocks: {type(model).__name__} has none"
            )
        for site in targets:
            let_call(model, site)
        with _quiet():
            configuration = self.configuration(_pattern(s.path for s in targets), **hyperparameters)
            return self.inject(configuration, model)

    def fitting(self, sites: list[Site[Any]], hyperparameters: dict[str, Any]) -> list[Site[Any]]:
        """Leaves out layers that the hyperparameters cannot fit; by default see `within_rank`."""
        rank = hyperparameters.get("rank")
        return sites if rank is None else within_rank(sites, rank, self.spec)

    def inject(self, configuration: PeftConfig, model: nn.Module) -> nn.Module:
        """Lets peft wrap the layers."""
        return inject_adapter_in_model(configuration, model)

    def merge(self, model: nn.Module) -> nn.Module:
        """Folds each wrapper into the layer that it holds; see `Method.merge`."""
        for path, wrapper in _wrappers(model).items():
            with torch.no_grad():
                wrapper.merge()
            parent, _, name = path.rpartition(".")
            setattr(model.get_submodule(parent), name, wrapper.get_base_layer())
        model.__dict__.pop("peft_config", None)
        return model

    def export(self, model: nn.Module, directory: Path, hyperparameters: dict[str, Any]) -> None:
        """Writes the folder ``peft``, which plain peft opens on the pretrained network."""
        wrappers = _wrappers(model)
        tensors = {
            f"{path}.{name.replace('.default', '')}": tensor
            for path, wrapper in wrappers.items()
            for name, tensor in wrapper.named_parameters()
            if not name.startswith("base_layer.")
        }
        with _quiet():
            configuration: Any = self.configuration(_pattern(wrappers), **hyperparameters)
        configuration.modules_to_save = [site.path for site in find_head(model)] or None
        configuration.inference_mode = True
        configuration.save_pretrained(str(directory / "peft"))
        write_tensors(directory / "peft", tensors | head_tensors(model))

    def _targets(self, sites: Sites, targets: str) -> list[Site[Any]]:
        if sites.attention and targets == "attention":
            found: dict[str, Site[Any]] = {}
            for attention in sites.attention:
                for site in (*attention.inputs, attention.output):
                    if site is not None and is_plain(site.module):
                        found.setdefault(site.path, site)
            if wrapped := [site for site in found.values() if self.wraps(site.module)]:
                return wrapped
        return [site for site in block_layers(sites) if self.wraps(site.module)]

    def wraps(self, layer: nn.Module) -> bool:
        """Tells whether peft's change of the layer is one of the very weight that is used.

        It is not for grouped and dilated convolutions, nor for those that pad in their own way.
        """
        if not isinstance(layer, self.kinds):
            return False
        if isinstance(layer, nn.Conv2d):
            own = type(layer).forward is nn.Conv2d.forward
            return own and layer.groups == 1 and set(layer.dilation) == {1}
        return True


def _wrappers(model: nn.Module) -> dict[str, Any]:
    """Returns the layers of peft, which mix their own base class into modules, by their paths."""
    return {p: m for p, m in model.named_modules() if isinstance(m, BaseTunerLayer)}


def _pattern(paths: Iterable[str]) -> str:
    return "|".join(map(re.escape, paths))


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences warnings of extensions that are not built and of block sizes that were fitted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
