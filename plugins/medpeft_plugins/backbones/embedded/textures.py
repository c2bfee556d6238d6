"""Textures as formulas: spectral noise, gratings and cells, each zero mean and unit variance."""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor


def grid(size: int) -> tuple[Tensor, Tensor]:
    """Return pixel-centre coordinates x and y, each (size, size), in [-1, 1]."""
    axis = (torch.arange(size) + 0.5) * (2.0 / size) - 1.0
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return x, y


def column(values: Tensor) -> Tensor:
    """Reshape (N,) to (N, 1, 1), so that it broadcasts over images (N, H, W)."""
    return values.view(-1, 1, 1)


def standardise(field: Tensor) -> Tensor:
    """Shift and scale every image of (N, H, W) to zero mean and unit variance."""
    field = field - field.mean((1, 2), keepdim=True)
    return field / (field.square().mean((1, 2), keepdim=True).sqrt() + 1e-4)


def frequencies(size: int) -> tuple[Tensor, Tensor]:
    """Return the frequencies of ``torch.fft.rfft2`` in cycles per image, (size, size // 2 + 1)."""
    fx = torch.fft.rfftfreq(size) * size
    fy = torch.fft.fftfreq(size) * size
    return fx.expand(size, -1), fy[:, None].expand(-1, fx.numel())


def filtered_noise(gain: Tensor, size: int, generator: Generator) -> Tensor:
    """Filter Gaussian white noise by ``gain`` (N, size, size // 2 + 1); returns (N, size, size)."""
    white = torch.randn(len(gain), size, size, generator=generator)
    return torch.fft.irfft2(torch.fft.rfft2(white) * gain, s=(size, size))


def smooth_noise(count: int, cells: int, size: int, generator: Generator) -> Tensor:
    """Draw smooth noise (count, size, size) with about ``cells`` hills per side, unit variance."""
    coarse = torch.randn(count, 1, cells + 2, cells + 2, generator=generator)
    fine = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic")
    return standardise(fine[:, 0])


class Plane:
    """Warped pixel coordinates and the parameters that every texture formula reads.

    Attributes:
        x, y: Coordinates (N, H, W), rotated so that x runs along the texture's direction.
        frequency: Repetitions per image side (N,), 2 to 20.
        angle: Direction in radians (N,).
        u, v: Two free parameters of the formula (N,), in [0, 1].
        generator: Source of randomness.
    """

    def __init__(
        self,
        x: Tensor,
        y: Tensor,
        frequency: Tensor,
        angle: Tensor,
        u: Tensor,
        v: Tensor,
        generator: Generator,
    ) -> None:
        cos, sin = column(angle.cos()), column(angle.sin())
        self.x, self.y = cos * x + sin * y, cos * y - sin * x
        self.frequency, self.angle, self.u, self.v = frequency, angle, u, v
        self.generator = generator
        self.size = x.shape[-1]

    def random(self) -> Tensor:
        """Draw one uniform number in [0, 1) an image, as (N, 1, 1)."""
        return column(torch.rand(len(self.u), generator=self.generator))


def flat(p: Plane) -> Tensor:
    """No texture at all."""
    return torch.zeros_like(p.x)


def power_law(p: Plane) -> Tensor:
    """Noise with spectrum 1/f^a, a in [0.5, 2.5] (clouds to grain)."""
    fx, fy = frequencies(p.size)
    radius = torch.hypot(fx, fy).clamp(min=1.0)
    return filtered_noise(radius ** -column(0.5 + 2.0 * p.u), p.size, p.generator)


def _band(p: Plane) -> Tensor:
    fx, fy = frequencies(p.size)
    octaves = torch.log2(torch.hypot(fx, fy).clamp(min=0.5) / column(p.frequency))
    return torch.exp(-((octaves / column(0.2 + 0.5 * p.u)) ** 2))


def band_pass(p: Plane) -> Tensor:
    """Isotropic band-limited noise."""
    return filtered_noise(_band(p), p.size, p.generator)


def fibres(p: Plane) -> Tensor:
    """Band-limited noise with one preferred direction (Gabor noise)."""
    fx, fy = frequencies(p.size)
    turn = torch.atan2(fy, fx) - column(p.angle)
    concentration = column(2.0 + 14.0 * p.v)
    return filtered_noise(
        _band(p) * torch.exp(concentration * (torch.cos(turn) ** 2 - 1.0)), p.size, p.generator
    )


def labyrinth(p: Plane) -> Tensor:
    """Band-limited noise pushed to two levels (spots and worms)."""
    noise = standardise(filtered_noise(_band(p), p.size, p.generator))
    return torch.tanh((noise - column(1.6 * p.v - 0.8)) * 4.0)


def speckle(p: Plane) -> Tensor:
    """Rayleigh amplitude of complex noise under an oblong point spread (coherent speckle)."""
    fx, fy = frequencies(p.size)
    cos, sin = column(p.angle.cos()), column(p.angle.sin())
    along, across = (cos * fx + sin * fy), (cos * fy - sin * fx)
    width = column(p.frequency)
    gain = torch.exp(-((along / width) ** 2) - (across / (width * column(1.0 + 2.0 * p.u))) ** 2)
    real = filtered_noise(gain, p.size, p.generator)
    imaginary = filtered_noise(gain, p.size, p.generator)
    return torch.hypot(real, imaginary)


def grating(p: Plane) -> Tensor:
    """Sinusoidal stripes."""
    return torch.sin(math.pi * column(p.frequency) * p.x + 2.0 * math.pi * p.random())


def stripes(p: Plane) -> Tensor:
    """Hard-edged stripes with a duty cycle of 20 to 80 percent."""
    wave = torch.sin(math.pi * column(p.frequency) * p.x + 2.0 * math.pi * p.random())
    return torch.tanh((wave - column(1.4 * p.u - 0.7)) * 6.0)


def checks(p: Plane) -> Tensor:
    """A chequered pattern of soft squares."""
    scale = math.pi * 0.7 * column(p.frequency)
    waves = torch.sin(scale * p.x + 6.3 * p.random()) * torch.sin(scale * p.y + 6.3 * p.random())
    return torch.tanh(waves * column(1.0 + 5.0 * p.u))


def rings(p: Plane) -> Tensor:
    """Concentric waves about a random centre."""
    radius = torch.hypot(p.x + 2.0 * p.random() - 1.0, p.y + 2.0 * p.random() - 1.0)
    wave = torch.sin(math.pi * column(p.frequency) * radius + 6.3 * p.random())
    return torch.tanh(wave * column(1.0 + 4.0 * p.u))


def _cell_distances(p: Plane) -> tuple[Tensor, Tensor]:
    """Distances to the nearest and second nearest of jittered grid points (Worley 1996)."""
    count, side = len(p.u), 40
    x = 0.5 * column(p.frequency) * p.x + side / 2
    y = 0.5 * column(p.frequency) * p.y + side / 2
    column_index, row_index = x.floor().long(), y.floor().long()
    jitter = torch.rand(2, count, side * side, generator=p.generator)
    nearest = torch.full_like(x, 9.0)
    second = torch.full_like(x, 9.0)
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            cx = (column_index + dx).clamp(0, side - 1)
            cy = (row_index + dy).clamp(0, side - 1)
            cell = (cy * side + cx).flatten(1)
            px = cx + jitter[0].gather(1, cell).view_as(x)
            py = cy + jitter[1].gather(1, cell).view_as(y)
            distance = torch.hypot(x - px, y - py)
            second = torch.minimum(second, torch.maximum(nearest, distance))
            nearest = torch.minimum(nearest, distance)
    return nearest, second


def cells(p: Plane) -> Tensor:
    """Cells divided by thin walls."""
    nearest, second = _cell_distances(p)
    return torch.tanh((second - nearest) * column(2.0 + 8.0 * p.u))


def dots(p: Plane) -> Tensor:
    """Scattered round dots, bright or dark."""
    nearest, _ = _cell_distances(p)
    return torch.tanh((column(0.15 + 0.25 * p.u) - nearest) * 10.0) * column(p.v - 0.5).sign()


def foam(p: Plane) -> Tensor:
    """Smooth pits around scattered points."""
    nearest, _ = _cell_distances(p)
    return nearest ** column(0.5 + 1.5 * p.u) * column(p.v - 0.5).sign()


FORMULAS: tuple[Callable[[Plane], Tensor], ...] = (
    flat,
    power_law,
    band_pass,
    fibres,
    labyrinth,
    speckle,
    grating,
    stripes,
    checks,
    rings,
    cells,
    dots,
    foam,
)
ORIENTED = torch.tensor([f in (fibres, grating, stripes) for f in FORMULAS])
PERIODIC = torch.tensor([f not in (flat, power_law) for f in FORMULAS])


def render(
    kind: Tensor,
    x: Tensor,
    y: Tensor,
    frequency: Tensor,
    angle: Tensor,
    u: Tensor,
    v: Tensor,
    generator: Generator,
) -> Tensor:
    """Render one texture an image.

    Args:
        kind: Index into ``FORMULAS`` (N,).
        x: Horizontal pixel coordinates (N, H, W), about [-1, 1], possibly warped.
        y: Vertical pixel coordinates, likewise.
        frequency: Repetitions per image side (N,).
        angle: Direction in radians (N,).
        u: First free parameter of the formula (N,), in [0, 1].
        v: Second free parameter, likewise.
        generator: Source of randomness.

    Returns:
        Textures (N, H, W) with zero mean and unit variance (``flat``: all zero).
    """
    field = torch.empty_like(x)
    for number, formula in enumerate(FORMULAS):
        (index,) = torch.where(kind == number)
        if len(index):
            parameters = (a[index] for a in (x, y, frequency, angle, u, v))
            field[index] = formula(Plane(*parameters, generator=generator))
    return standardise(field).clamp(-3.0, 3.0)
