"""The bottleneck of AdaptFormer, and how it finds the stream that it reads."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_sdk.adaptation import Addition
from medpeft_sdk.anatomy import MlpSite, channel_dim, widths
from medpeft_sdk.errors import UnsupportedError


class Watch(Addition):
    """Notes what a part took in and gave out in the running pass; changes nothing.

    Attributes:
        seen: Input and output, until they are read.
    """

    seen: tuple[Tensor, Tensor] | None = None

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Notes both; see `Addition.after`."""
        self.seen = (features, output)
        return output


class Parallel(Addition):
    """Adds ``s W_up relu(W_down x)`` to what a block gives out.

    ``x`` is the stream in front of the feed-forward part: what went into the norm whose output that
    part took in or, where it took in no norm's output, what it took in itself.

    Attributes:
        down: ``W_down`` and its bias.
        up: ``W_up`` and its bias, zero at the start.
        scale: ``s``.
    """

    def __init__(
        self,
        mlp: MlpSite,
        watch: Watch,
        norms: Sequence[Watch],
        *,
        bottleneck: int,
        scale: float,
        dropout: float,
    ) -> None:
        """Makes the bottleneck of a feed-forward part.

        Args:
            mlp: The part.
            watch: What is hooked to it; not registered here.
            norms: What is hooked to the norms of its block; likewise.
            bottleneck: Channels between ``W_down`` and ``W_up``.
            scale: Factor of what is added.
            dropout: Probability of zeroing an input of ``W_up``.
        """
        super().__init__()
        self.down = nn.Linear(widths(mlp.expand.module)[0], bottleneck)
        self.up = nn.Linear(bottleneck, widths(mlp.contract.module)[1])
        nn.init.kaiming_uniform_(self.down.weight, a=math.sqrt(5))
        for zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(zero)
        self.dropout = nn.Dropout(dropout)
        self.scale = scale
        # In tuples, so that what belongs to other parts is not registered here.
        self._watches = (watch, *norms)
        self._dim = channel_dim(mlp.expand.module)

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Adds the bottleneck; see `Addition.after`."""
        stream = self._stream().movedim(self._dim, -1)
        hidden = self.dropout(F.relu(self.down(stream)))
        return output + self._laid_out(self.scale * self.up(hidden), output)

    def _laid_out(self, update: Tensor, output: Tensor) -> Tensor:
        """Lays an update, channels last, out as the block's output: tokens or a map."""
        moved = update.movedim(-1, self._dim)
        if moved.shape == output.shape:
            return moved
        if update.numel() == output.numel():
            if update.shape[-1] == output.shape[-1]:
                return update.reshape(output.shape)
            if update.shape[-1] == output.shape[1]:
                return update.flatten(1, -2).transpose(1, 2).reshape(output.shape)
        raise UnsupportedError(
            "adaptformer cannot add to a block that gives out another shape than its feed-forward "
            "part takes in",
            where=f"{self.host}, from {tuple(update.shape)} to {tuple(output.shape)}",
            expected="as many positions and channels",
        )

    def _stream(self) -> Tensor:
        watch, *norms = self._watches
        if watch.seen is None:
            raise UnsupportedError(
                "adaptformer: the block does not call its feed-forward part", where=self.host
            )
        taken = watch.seen[0]
        stream = next((n.seen[0] for n in norms if n.seen and n.seen[1] is taken), taken)
        for each in self._watches:
            each.seen = None
        return stream
