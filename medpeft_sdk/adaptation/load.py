"""Loading a saved adapter onto the network that it came from."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from medpeft_sdk.adaptation.adapt import adapt, check_untouched, without_weights
from medpeft_sdk.adaptation.adapted import Adapted
from medpeft_sdk.adaptation.method import Method
from medpeft_sdk.adaptation.network import Network, describe_network
from medpeft_sdk.anatomy import check_digest, find_sites, load_state
from medpeft_sdk.errors import WeightsError
from medpeft_sdk.specs import AdapterSpec


def load_onto(
    model: nn.Module, method: Method, spec: AdapterSpec, directory: str | Path
) -> Adapted:
    """Adapts a pretrained network as a saved adapter was, and gives it what that one learnt.

    Args:
        model: The network, of the same architecture and with the same pretrained weights.
        method: The method that the description names.
        spec: What `read_description` read.
        directory: The folder that it was read from.

    Raises:
        WeightsError: The tensors are missing, altered or of another network, or the network has
            other pretrained weights; in all but the last case the network is as it was.
        UnsupportedError: The network was adapted before.
    """
    file = Path(directory) / spec.file
    check_untouched(model, method.spec)
    if not file.is_file():
        raise WeightsError(
            "the adapter's tensors are missing",
            where=str(file),
            expected=f"{spec.file}, as it was saved; files that may hold code are never read",
            mend="restore the file, or save the adapter again",
        )
    check_digest(file, spec.sha256)
    _check_same(describe_network(model, find_sites(model)), spec, where=str(file))
    state = load_state(file)
    with torch.device("meta"):
        rehearsed = adapt(without_weights(model), method, spec.hyperparameters)
    rehearsed.check_state(state, where=str(file))
    adapted = adapt(model, method, spec.hyperparameters, origin=spec.origin)
    adapted.load_state(state, where=str(file))
    found = adapted.frozen_digest()
    if spec.frozen is not None and found not in (None, spec.frozen):
        raise WeightsError(
            f"the adapter of {spec.method} was trained on other weights than this "
            f"{spec.architecture} has",
            where=str(file),
            expected=f"{spec.pretrained or spec.architecture} with the weights that it had when "
            "the adapter was saved",
            mend="load the same pretrained weights before the adapter, such as pretrained=True",
        )
    return adapted


def _check_same(network: Network, spec: AdapterSpec, *, where: str) -> None:
    if network.fingerprint == spec.fingerprint:
        return
    same = network.architecture == spec.architecture
    raise WeightsError(
        f"the adapter of {spec.method} is of {spec.architecture}, and the network is "
        + ("built in another way" if same else network.architecture),
        where=where,
        expected=f"{spec.pretrained or spec.architecture}, with parameters of the same names and "
        "shapes as when the adapter was saved",
        mend="build it with the same arguments, such as img_size and in_chans"
        if same
        else "load the adapter onto the network that it was trained on",
    )
