"""The implementation of LoRA, by the peft library."""

from __future__ import annotations

import re
from typing import Any

from peft import LoraConfig, inject_adapter_in_model
from timm.layers.conv2d_same import Conv2dSame
from torch import nn

from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Site, Sites, inside
from medpeft_sdk.errors import UnsupportedError


class LoRA(Method):
    """Adds low-rank updates to attention projections or, without attention, to the blocks."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Wraps each target in a layer of peft; see `Method.adapt`."""
        targets = self._targets(sites)
        if not targets:
            raise UnsupportedError(
                f"{self.spec.name} needs attention, ungrouped convolutions or linear layers in "
                f"the blocks: {type(model).__name__} has none"
            )
        rank = hyperparameters["rank"]
        for site in targets:
            _check_rank(rank, site, self.spec.name)
        config = LoraConfig(
            r=rank,
            # peft types it as an integer and only ever divides it by the rank.
            lora_alpha=hyperparameters["alpha"],
            lora_dropout=hyperparameters["dropout"],
            target_modules="|".join(re.escape(site.path) for site in targets),
        )
        return inject_adapter_in_model(config, model)

    def _targets(self, sites: Sites) -> list[Site[Any]]:
        if sites.attention:
            return [site for attention in sites.attention for site in attention.inputs]
        # Gates scale channels by pooled features; their few channels are no place for a rank.
        return [
            site
            for site in (*sites.convs, *sites.linears)
            if inside(site, sites.blocks) and not inside(site, sites.gates) and _is_plain(site)
        ]


def _is_plain(site: Site[Any]) -> bool:
    """Tells whether peft's update is a low-rank change of the very weight that is used.

    It is not for grouped convolutions (each group would get a share of the rank), dilated ones
    (peft's are not), and classes that standardise or mix their weights before use.
    """
    layer = site.module
    if type(layer) in (nn.Conv2d, Conv2dSame):
        return layer.groups == 1 and set(layer.dilation) == {1}
    return type(layer) is nn.Linear


def _check_rank(rank: int, site: Site[Any], name: str) -> None:
    weight = site.module.weight
    limit = min(weight.shape[0], weight[0].numel())
    if rank > limit:
        raise UnsupportedError(
            f"{name}: rank {rank} is above the smaller side of {site.path}",
            where=f"{site.path}, a {type(site.module).__name__} of {tuple(weight.shape)}",
            expected=f"rank at most {limit}",
            mend=f"--set rank={limit}",
        )
