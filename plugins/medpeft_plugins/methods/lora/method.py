"""The implementation of LoRA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from medpeft_plugins.methods.lora.export import write_peft_files
from medpeft_plugins.methods.lora.low_rank import LowRank
from medpeft_plugins.methods.ranks import within_rank
from medpeft_plugins.methods.targets import block_layers, is_plain
from medpeft_sdk.adaptation import Method, attach
from medpeft_sdk.anatomy import Projection, Site, Sites
from medpeft_sdk.errors import UnsupportedError

_ROLES = {
    "query_value": ("query", "value"),
    "query_key_value": ("query", "key", "value"),
    "attention": ("query", "key", "value", "output"),
}


class LoRA(Method):
    """Adds low-rank updates to attention projections or, without attention, to the blocks."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks an update to each target; see `Method.adapt`."""
        targets = self._targets(sites, hyperparameters["targets"])
        if not targets:
            raise UnsupportedError(
                f"{self.spec.name} needs attention projections, ungrouped convolutions or linear "
                f"layers in the blocks: {type(model).__name__} has none"
            )
        wide = within_rank([site for _, site in targets], hyperparameters["rank"], self.spec)
        for name, site in targets:
            if site not in wide:
                continue
            update = LowRank(
                site.module,
                getattr(site, "channels", None),
                rank=hyperparameters["rank"],
                alpha=hyperparameters["alpha"],
                dropout=hyperparameters["dropout"],
            )
            attach(model, site, update, name)
        return model

    def export(self, model: nn.Module, directory: Path, hyperparameters: dict[str, Any]) -> None:
        """Writes the folder ``peft``, which plain peft opens on the pretrained network."""
        write_peft_files(model, directory / "peft", hyperparameters)

    def _targets(self, sites: Sites, targets: str) -> list[tuple[str, Site[Any]]]:
        """Returns what is updated, with the name of the update."""
        found: list[tuple[str, Site[Any]]] = []
        for attention in sites.attention:
            for role in _ROLES.get(targets, ()):
                site: Site[Any] | None = getattr(attention, role)
                if site is not None and is_plain(site.module):
                    fused = isinstance(site, Projection) and site.channels is not None
                    found.append((f"lora_{role}" if fused else "lora", site))
        # Some attentions have no projections that could be told apart.
        layers = [] if found else block_layers(sites)
        return found or [("lora", site) for site in layers if _is_dense(site.module)]


def _is_dense(layer: nn.Module) -> bool:
    """Tells grouped convolutions apart: each group would get a share of the rank."""
    return getattr(layer, "groups", 1) == 1
