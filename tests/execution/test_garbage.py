"""What a cell leaves behind is freed, and what survives can still be freed later."""

from __future__ import annotations

import gc
import weakref

from torch import nn

from medpeft_sdk.execution.garbage import free_networks, look_at_everything


def tied() -> nn.Module:
    """A network and an addition that refer to each other."""
    network = nn.Sequential(nn.Linear(2, 2))
    network.register_forward_hook(lambda *_: network)
    return network


def test_a_network_that_refers_to_itself_is_freed() -> None:
    network = tied()
    found = weakref.ref(network)
    del network
    free_networks()
    assert found() is None
    look_at_everything()


def test_what_survived_once_is_freed_when_everything_is_looked_at() -> None:
    network = tied()
    found = weakref.ref(network)
    free_networks()
    del network
    gc.collect()
    assert found() is not None
    look_at_everything()
    gc.collect()
    assert found() is None
