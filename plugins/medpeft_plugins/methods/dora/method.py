"""The implementation of DoRA, by the peft library."""

from __future__ import annotations

from typing import Any

from peft import LoraConfig, PeftConfig

from medpeft_plugins.methods.peft_layers import PeftMethod


class DoRA(PeftMethod):
    """Trains directions by a low-rank update, and lengths beside them."""

    def configuration(self, target_modules: str, **hyperparameters: Any) -> PeftConfig:
        """Returns the configuration; see `PeftMethod.configuration`."""
        return LoraConfig(
            target_modules=target_modules,
            r=hyperparameters["rank"],
            # peft types it as an integer and only ever divides it by the rank.
            lora_alpha=hyperparameters["alpha"],
            use_dora=True,
        )
