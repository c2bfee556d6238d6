"""Shapes as formulas: a field that is positive inside and falls off like distance outside."""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

from medpeft_plugins.backbones.embedded import textures
from medpeft_plugins.backbones.embedded.textures import column

PROFILE = 128  # samples of a radial contour


def _turns() -> Tensor:
    return torch.arange(PROFILE) * (2.0 * math.pi / PROFILE)


def _harmonics(decay: float, lowest: int, generator: Generator) -> Tensor:
    """Draw a periodic function (PROFILE,) whose harmonics fall off as 1/k^decay, unit maximum."""
    wave = torch.zeros(PROFILE)
    for k in range(lowest, 24):
        amplitude, phase = torch.rand(2, generator=generator).tolist()
        wave += amplitude * k**-decay * torch.cos(k * _turns() + 2.0 * math.pi * phase)
    return wave / wave.abs().max()


def smooth_profile(u: float, v: float, generator: Generator) -> Tensor:
    """A circle with a little low-order waviness."""
    return 1.0 + 0.25 * u * _harmonics(2.5, 2, generator)


def rough_profile(u: float, v: float, generator: Generator) -> Tensor:
    """A contour with harmonics 1/k^a: from gently to finely ragged."""
    return 1.0 + (0.25 + 0.35 * u) * _harmonics(1.6 - 1.3 * v, 2, generator)


def polygon_profile(u: float, v: float, generator: Generator) -> Tensor:
    """A regular polygon of 3 to 8 sides."""
    step = 2.0 * math.pi / (3 + int(u * 5.99))
    return math.cos(step / 2) / torch.cos((_turns() % step) - step / 2)


def lobed_profile(u: float, v: float, generator: Generator) -> Tensor:
    """A flower or gear of 3 to 10 equal lobes."""
    wave = torch.cos((3 + int(u * 7.99)) * _turns())
    return 1.0 + (0.12 + 0.3 * v) * wave


def spiked_profile(u: float, v: float, generator: Generator) -> Tensor:
    """A round body with irregular sharp spikes."""
    spikes = 5 + int(u * 8.99)
    phase = _turns() + 0.5 * _harmonics(1.0, 1, generator)
    height = 0.6 + 0.4 * _harmonics(0.8, 1, generator)
    return 0.75 + (0.3 + 0.5 * v) * height * (0.5 + 0.5 * torch.cos(spikes * phase)) ** 4


def notched_profile(u: float, v: float, generator: Generator) -> Tensor:
    """A disc with one to three wedges cut out."""
    cuts = 1 + int(u * 2.99)
    return 1.0 - (0.4 + 0.5 * v) * (0.5 + 0.5 * torch.cos(cuts * _turns())) ** 6


RADIAL: tuple[Callable[[float, float, Generator], Tensor], ...] = (
    smooth_profile,
    rough_profile,
    polygon_profile,
    lobed_profile,
    spiked_profile,
    notched_profile,
)


def radial(
    x: Tensor,
    y: Tensor,
    profile: Tensor,
    radius: Tensor,
    aspect: Tensor,
    angle: Tensor,
    hole: Tensor,
) -> Tensor:
    """Evaluate star-shaped bodies given by their contour in polar coordinates.

    Args:
        x: Horizontal coordinate from the body's centre (N, H, W).
        y: Vertical coordinate from the body's centre (N, H, W).
        profile: Contour radius over one turn (N, PROFILE).
        radius: Size (N,).
        aspect: Ratio of the axes (N,).
        angle: Rotation in radians (N,).
        hole: Wall thickness as a share of the radius (N,); 0 is a full body.

    Returns:
        Approximate inside distance (N, H, W), in units of the coordinates.
    """
    cos, sin, stretch = column(angle.cos()), column(angle.sin()), column(aspect.sqrt())
    along, across = (cos * x + sin * y) * stretch, (cos * y - sin * x) / stretch
    turn = torch.atan2(across, along) * (PROFILE / (2.0 * math.pi)) % PROFILE
    left = turn.floor()
    share = turn - left
    left = left.long() % PROFILE
    first = profile.gather(1, left.flatten(1)).view_as(x)
    next_ = profile.gather(1, ((left + 1) % PROFILE).flatten(1)).view_as(x)
    scale = column(radius)
    inside = scale * (first + share * (next_ - first)) - torch.hypot(along, across)
    wall = column(hole) * scale / 2
    return torch.where(column(hole) > 0, wall - (inside - wall).abs(), inside)


def _uniform(shape: tuple[int, ...], low: float, high: float, generator: Generator) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=generator)


def metaballs(x: Tensor, y: Tensor, u: Tensor, v: Tensor, generator: Generator) -> Tensor:
    """Three to nine soft balls that melt into each other (Blinn 1982)."""
    count, balls = len(u), 9
    spread = column(0.25 + 0.5 * u)
    centre = _uniform((2, count, 1, 1), -0.3, 0.3, generator)
    offset = torch.randn(2, balls, count, 1, 1, generator=generator)
    width = _uniform((balls, count, 1, 1), 0.12, 0.3, generator)
    field = torch.zeros_like(x)
    for ball in range(balls):
        dx = x - centre[0] - spread * offset[0, ball]
        dy = y - centre[1] - spread * offset[1, ball]
        exists = column(ball < 3 + 6 * v)
        field += exists * torch.exp(-(dx**2 + dy**2) / width[ball] ** 2)
    return (field - 0.5) * 0.2


def blotches(x: Tensor, y: Tensor, u: Tensor, v: Tensor, generator: Generator) -> Tensor:
    """Level sets of band-limited noise."""
    p = textures.Plane(x, y, 2.0 + 5.0 * u, torch.zeros_like(u), 0.4 + 0 * u, v, generator)
    noise = textures.standardise(textures.band_pass(p))
    return (noise - column(0.3 + 1.2 * v)) * column(0.35 / (2.0 + 5.0 * u))


def _segments(x: Tensor, y: Tensor, start: Tensor, end: Tensor, width: Tensor) -> Tensor:
    """Inside distance of S strokes from ``start`` to ``end`` (2, N, S), half ``width`` (N, S)."""
    field = torch.full_like(x, -9.0)
    for s in range(width.shape[1]):
        ax, ay = column(start[0, :, s]), column(start[1, :, s])
        dx, dy = column(end[0, :, s]) - ax, column(end[1, :, s]) - ay
        t = (((x - ax) * dx + (y - ay) * dy) / (dx**2 + dy**2 + 1e-6)).clamp(0.0, 1.0)
        distance = torch.hypot(x - ax - t * dx, y - ay - t * dy)
        field = torch.maximum(field, column(width[:, s]) - distance)
    return field


def tree(x: Tensor, y: Tensor, u: Tensor, v: Tensor, generator: Generator) -> Tensor:
    """A vessel-like tree with four generations of branches."""
    count = len(u)
    heading = _uniform((count, 1), 0.0, 2.0 * math.pi, generator)
    tip = torch.stack((-heading.cos(), -heading.sin())) * 0.9
    width = (0.03 + 0.05 * v)[:, None]
    starts, ends, widths = [], [], []
    for level in range(4):
        length = _uniform(heading.shape, 0.4, 0.7, generator) * 0.85**level
        end = tip + length * torch.stack((heading.cos(), heading.sin()))
        starts.append(tip)
        ends.append(end)
        widths.append(width.expand_as(heading))
        spread = (0.25 + 0.6 * u)[:, None] * _uniform(heading.shape, 0.6, 1.4, generator)
        bend = _uniform(heading.shape, -0.3, 0.3, generator)
        heading = torch.cat((heading + bend + spread, heading + bend - spread), dim=1)
        tip = torch.cat((end, end), dim=2)
        width = width * 0.75
    return _segments(x, y, torch.cat(starts, 2), torch.cat(ends, 2), torch.cat(widths, 1))


def strokes(x: Tensor, y: Tensor, u: Tensor, v: Tensor, generator: Generator) -> Tensor:
    """One to six straight strokes at random, or nearly parallel when ``u`` is small."""
    count, most = len(u), 6
    common = _uniform((count, 1), 0.0, math.pi, generator)
    heading = common + u[:, None] * _uniform((count, most), -1.5, 1.5, generator)
    centre = _uniform((2, count, most), -0.7, 0.7, generator)
    half = _uniform((count, most), 0.2, 0.9, generator)
    step = half * torch.stack((heading.cos(), heading.sin()))
    width = _uniform((count, most), 0.02, 0.09, generator)
    exists = torch.arange(most) < 1 + 5.99 * v[:, None]
    width = torch.where(exists, width, torch.full_like(width, -9.0))
    return _segments(x, y, centre - step, centre + step, width)


def nothing(x: Tensor, y: Tensor, u: Tensor, v: Tensor, generator: Generator) -> Tensor:
    """An empty scene."""
    return torch.full_like(x, -9.0)


FIELDS: tuple[Callable[[Tensor, Tensor, Tensor, Tensor, Generator], Tensor], ...] = (
    metaballs,
    blotches,
    tree,
    strokes,
    nothing,
)
KINDS: tuple[str, ...] = tuple(f.__name__.removesuffix("_profile") for f in (*RADIAL, *FIELDS))
