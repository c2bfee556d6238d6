"""The implementation of LoKr, by the peft library."""

from __future__ import annotations

from typing import Any

from peft import LoKrConfig, PeftConfig

from medpeft_plugins.methods.peft_layers import PeftMethod


class LoKr(PeftMethod):
    """Adds a Kronecker product of low rank."""

    def configuration(self, target_modules: str, **hyperparameters: Any) -> PeftConfig:
        """Returns the configuration; see `PeftMethod.configuration`."""
        return LoKrConfig(
            target_modules=target_modules,
            r=hyperparameters["rank"],
            # peft types it as an integer and only ever divides it by the rank.
            alpha=hyperparameters["alpha"],
            use_effective_conv2d=True,
        )
