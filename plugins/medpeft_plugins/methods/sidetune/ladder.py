"""The side network: what reads the blocks, what is trained, and what adds its end."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_sdk.adaptation import Addition
from medpeft_sdk.anatomy import Site, channel_dim, widths
from medpeft_sdk.errors import UnsupportedError

_TEMPERATURE = 0.1


class Reader(Addition):
    """Notes what a block gives out, averaged over its positions; changes nothing.

    Attributes:
        width: Channels of what the block gives out.
        features: What was read last, of shape (images, width); several for an image where the
            block takes it in windows.
    """

    features: Tensor

    def __init__(self, block: Site[nn.Module]) -> None:
        """Reads from its layers how a block's output is laid out.

        Raises:
            UnsupportedError: It has no layers that tell.
        """
        super().__init__()
        layers = layers_of(block)
        self.width = _widths(layers[-1])[1]
        # Blocks that convolve give out maps with the channels first, others with them last.
        convolves = any(isinstance(m, nn.Conv2d) for m in layers)
        self._dims = (1, -1) if convolves else (-1, 1)

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Notes the output and returns it; see `Addition.after`."""
        several: object = output
        if not isinstance(several, Tensor):
            raise UnsupportedError(
                "the side network cannot read a block that gives out several tensors",
                where=self.host,
                expected=f"tokens or maps of {self.width} channels",
            )
        dims = self._dims if output.ndim == 4 else (-1,)
        dim = next((d for d in dims if output.shape[d] == self.width), None)
        if dim is None:
            raise UnsupportedError(
                f"the side network cannot read features of shape {tuple(output.shape)}",
                where=self.host,
                expected=f"tokens or maps of {self.width} channels",
            )
        self.features = output.detach().movedim(dim, -1).flatten(1, -2).mean(1)
        return output


class Ladder(Addition):
    """Climbs from block to block, mixing what each gives out into a small state.

    Attributes:
        down: ``D_i``, from the width of a block to that of the ladder.
        gates: One number per block; its sigmoid over 0.1 is ``mu_i``.
        norms: The norm in front of each layer.
        layers: ``W_i``, one per block.
        end: The norm of the last state.
        up: ``U``, to the width of the classifier's input, zero at the start.
    """

    def __init__(self, readers: Sequence[Reader], *, width: int, output: int) -> None:
        """Makes a rung for each block.

        Args:
            readers: Those of the blocks, from first to last; not registered here.
            width: Channels of the state.
            output: Channels of the classifier's input.
        """
        super().__init__()
        self._readers = tuple(readers)
        self.down = nn.ModuleList(nn.Linear(reader.width, width) for reader in readers)
        self.gates = nn.Parameter(torch.zeros(len(readers)))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in readers)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in readers)
        self.end = nn.LayerNorm(width)
        self.up = nn.Linear(width, output)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, images: int) -> Tensor:
        """Returns what to add to the classifier's input, of shape (images, channels)."""
        state: Tensor | float = 0.0
        shares = torch.sigmoid(self.gates / _TEMPERATURE)
        rungs = zip(self._readers, self.down, shares, self.norms, self.layers, strict=True)
        for reader, down, share, norm, layer in rungs:
            # Blocks differ in scale by orders of magnitude; the state must not.
            features = reader.features.unflatten(0, (images, -1)).mean(1)
            read = F.layer_norm(features, (reader.width,))
            mixed = share * down(read) + (1 - share) * state
            state = mixed + layer(F.gelu(norm(mixed)))
        return self.up(self.end(state))


class Top(Addition):
    """Adds the end of a ladder to what goes into a classifier."""

    def __init__(self, head: Site[nn.Module], ladder: Ladder) -> None:
        super().__init__()
        # In a tuple, so that the ladder is not registered at the classifier.
        self._ladder = (ladder,)
        self._dim = channel_dim(layers_of(head)[0])

    def before(self, features: Tensor) -> Tensor:
        """Adds to each position; see `Addition.before`."""
        update = self._ladder[0](len(features))
        shape = [len(features), *([1] * (features.ndim - 1))]
        shape[self._dim] = -1
        return features + update.reshape(shape)


def input_width(head: Site[nn.Module]) -> int:
    """Returns the channels that a classifier takes in.

    Raises:
        UnsupportedError: It has no layers that tell.
    """
    return _widths(layers_of(head)[0])[0]


def layers_of(site: Site[nn.Module]) -> list[nn.Module]:
    """Returns the norms, convolutions and linear layers of a part, in the order of its modules.

    Raises:
        UnsupportedError: It has none.
    """
    layers = [m for m in site.module.modules() if _widths(m)[1]]
    if not layers:
        raise UnsupportedError(
            f"sidetune cannot tell the width of {site.path}",
            where=f"{site.path}, a {type(site.module).__name__}",
            expected="a part made of norms, convolutions or linear layers",
        )
    return layers


def _widths(layer: nn.Module) -> tuple[int, int]:
    """Returns the channels that a layer takes in and gives out; 0 of what has no weight."""
    if isinstance(layer, nn.Linear | nn.Conv2d):
        return widths(layer)
    weight = getattr(layer, "weight", None)
    channels = len(weight) if isinstance(weight, Tensor) and weight.ndim == 1 else 0
    return channels, channels
