"""Floating-point operations, counted by PyTorch from the shapes of what is computed.

Matrix products, convolutions and attention count, a multiplication and an addition as two. All else
counts nothing: activations, norms, softmax, pooling, products of a matrix and a vector,
augmentation, the loss and the optimiser. Attention counts as its two products of matrices, so that
the count does not depend on the device.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from medpeft_sdk.training import Precision

Once = Callable[[str, Callable[[], int]], int]
"""Counts what goes by a name, or remembers it."""


class FlopCounts:
    """What has been counted: cells that differ in seed or data alone have the same operations.

    Counting takes as long as ten training steps of a small network.
    """

    def __init__(self) -> None:
        self._found: dict[Hashable, int] = {}

    def of(self, model: nn.Module, *made: Hashable) -> Once:
        """Counts for a network.

        Args:
            model: The network; its parameters' names and shapes, and which of them are trained,
                are part of what it is.
            made: How it was made, and the size of its images.
        """
        shapes = tuple((n, tuple(p.shape), p.requires_grad) for n, p in model.named_parameters())

        def once(name: str, count: Callable[[], int]) -> int:
            key = (name, *made, shapes)
            if key not in self._found:
                self._found[key] = count()
            return self._found[key]

        return once


def anew(name: str, count: Callable[[], int]) -> int:
    """Counts, and remembers nothing."""
    return count()


def count_flops(work: Callable[[], object]) -> int:
    """Counts the operations of a call."""
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        work()
    return counter.get_total_flops()


def inference_flops(model: nn.Module, image: Tensor, precision: Precision) -> int:
    """Counts the operations of a forward pass in evaluation mode.

    Args:
        model: The network, in evaluation mode.
        image: A batch of one image.
        precision: The number format.
    """

    def forward() -> None:
        with torch.no_grad(), precision.autocast():
            model(image)

    return count_flops(forward)


def training_flops(
    model: nn.Module, images: Tensor, precision: Precision, *, batch: int, micro_batch: int
) -> int:
    """Counts the operations of one optimiser step: forward and backward, of every micro-batch.

    A frozen layer has no gradient of its weights, and layers before the first trained one have no
    backward pass at all, so that both are missing from the count.

    Operations of a pass are a constant, such as that of making a layer's weight from two factors,
    and a multiple of the images. Both are found from passes of two and of four images.

    Args:
        model: The network, in training mode; its gradients are added to.
        images: At least four images.
        precision: The number format.
        batch: Images of the step.
        micro_batch: Images of a pass.
    """

    def step(count: int) -> int:
        def forward_and_backward() -> None:
            with precision.autocast():
                output = model(images[:count])
            output.float().sum().backward()

        return count_flops(forward_and_backward)

    two = step(2)
    each = (step(4) - two) // 2
    full, rest = divmod(batch, micro_batch)
    passes = full + (rest > 0)
    return passes * (two - 2 * each) + batch * each
