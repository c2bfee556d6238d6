"""Labels of formula images: what was drawn, as classes, as values and as coarse maps."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from medpeft_plugins.backbones.embedded import shapes, textures
from medpeft_plugins.backbones.embedded.textures import column, grid

SIZE = 64  # pixels a side of an image
PATCH = 8  # pixels a side of one cell of the maps
MOST_OBJECTS = 6
SHAPE_PROTOTYPES = 384
TEXTURE_PROTOTYPES = 192
IGNORED = -100  # the class that torch's cross entropy leaves out

CLASSES: dict[str, int] = {
    "shape": SHAPE_PROTOTYPES,
    "shape_kind": len(shapes.KINDS),
    "objects": MOST_OBJECTS + 1,
    "texture": TEXTURE_PROTOTYPES,
    "texture_kind": len(textures.FORMULAS),
    "ground": TEXTURE_PROTOTYPES,
    "ground_kind": len(textures.FORMULAS),
    "layers": 3,
}
VALUES: tuple[str, ...] = (
    "area", "x", "y", "stretch_xx", "stretch_xy", "compactness",
    "softness", "contrast", "opacity", "rim", "shadow",
    "texture_frequency", "texture_cos", "texture_sin", "texture_amplitude",
    "ground_frequency", "ground_cos", "ground_sin", "ground_amplitude",
    "object_red", "object_green", "object_blue",
    "ground_red", "ground_green", "ground_blue",
    "light_x", "light_y", "warp", "blur", "noise",
)  # fmt: skip
MAPS: tuple[str, ...] = ("coverage", "edge_xx", "edge_xy", "edge", "lightness")


@dataclass
class Batch:
    """Images and what they show.

    Attributes:
        images: (N, 3, 64, 64), in [0, 1].
        classes: One index (N,) for every entry of ``CLASSES``; -100 where it does not apply.
        values: (N, len(VALUES)), each of about zero mean and unit variance; NaN where it does
            not apply.
        maps: (N, 64, len(MAPS)), one row for every patch of 8 x 8 pixels, in raster order.
    """

    images: Tensor
    classes: dict[str, Tensor]
    values: Tensor
    maps: Tensor

    def repeat(self, times: int) -> "Batch":
        """Stack the batch ``times`` times upon itself."""
        return Batch(
            self.images.repeat(times, 1, 1, 1),
            {name: index.repeat(times) for name, index in self.classes.items()},
            self.values.repeat(times, 1),
            self.maps.repeat(times, 1, 1),
        )


@dataclass
class Material:
    """One texture an image and how it was rendered; every field is (N,) unless stated.

    Attributes:
        prototype: Index below ``TEXTURE_PROTOTYPES``.
        kind: Index into ``textures.FORMULAS``.
        tone: log2 of the frequency in cycles per image.
        angle: Direction in radians.
        picture: The texture itself (N, H, W), zero mean and unit variance.
        amplitude: Its standard deviation in the image, about 0.03 to 0.2.
        colour: Mean red, green and blue (N, 3), about [0, 1].
        tint: How strongly the texture shows in each channel (N, 3).
    """

    prototype: Tensor
    kind: Tensor
    tone: Tensor
    angle: Tensor
    picture: Tensor
    amplitude: Tensor
    colour: Tensor
    tint: Tensor

    def paint(self) -> Tensor:
        """Return the coloured texture (N, 3, H, W)."""
        detail = (self.picture * column(self.amplitude)).unsqueeze(1)
        return self.colour[:, :, None, None] + self.tint[:, :, None, None] * detail

    def values(self, known: Tensor) -> list[Tensor]:
        """Label frequency, direction (as a double angle) and amplitude where ``known`` (N,)."""
        oriented = known & textures.ORIENTED[self.kind]
        return [
            where(known & textures.PERIODIC[self.kind], self.tone - 2.6),
            where(oriented, 1.4 * torch.cos(2.0 * self.angle)),
            where(oriented, 1.4 * torch.sin(2.0 * self.angle)),
            where(known & (self.kind > 0), torch.log2(self.amplitude) + 3.5),
        ]


@dataclass
class Scene:
    """The random choices behind a batch of images; every field is (N,) unless stated.

    Attributes:
        shape: Index below ``SHAPE_PROTOTYPES``.
        kind: Index into ``shapes.KINDS``.
        number: Copies of the object, from 1.
        mask: Coverage by the object (N, H, W), in [0, 1].
        softness: Width of the object's edge in pixels.
        opacity, rim, shadow, contrast: Strength of each effect, signed except the opacity.
        texture, ground: The object's and the background's material.
        layers: Steps in the background, 0 to 2.
        light: Slope of the illumination along x and y (2, N).
        warp, blur, noise: Strength of the distortion, of the blur and of the noise.
    """

    shape: Tensor
    kind: Tensor
    number: Tensor
    mask: Tensor
    softness: Tensor
    opacity: Tensor
    rim: Tensor
    shadow: Tensor
    contrast: Tensor
    texture: Material
    ground: Material
    layers: Tensor
    light: Tensor
    warp: Tensor
    blur: Tensor
    noise: Tensor

    @property
    def present(self) -> Tensor:
        """Whether there is an object at all (N,)."""
        return self.kind != len(shapes.KINDS) - 1

    @property
    def visible(self) -> Tensor:
        """Whether the object covers more than one percent of the image (N,)."""
        return self.present & (self.mask.mean((1, 2)) > 0.01)

    def classes(self) -> dict[str, Tensor]:
        """Return the labels ``CLASSES``."""
        ignored, visible = torch.tensor(IGNORED), self.visible
        counted = torch.where(self.present, ignored, 0)  # no object: zero; uncountable: ignored
        contour = self.kind < len(shapes.RADIAL)
        certain = visible | ~self.present
        return {
            "shape": torch.where(certain, self.shape, ignored),
            "shape_kind": torch.where(certain, self.kind, ignored),
            "objects": torch.where(contour & visible, self.number, counted),
            "texture": torch.where(visible, self.texture.prototype, ignored),
            "texture_kind": torch.where(visible, self.texture.kind, ignored),
            "ground": self.ground.prototype,
            "ground_kind": self.ground.kind,
            "layers": self.layers,
        }

    def values(self) -> Tensor:
        """Return the labels ``VALUES``, scaled to about zero mean and unit variance."""
        visible = self.visible
        seen = [
            *outline(self.mask),
            torch.log2(self.softness) - 0.7,
            self.contrast * 3.5,
            (self.opacity - 0.85) * 4.0,
            self.rim * 7.0,
            self.shadow * 5.0,
        ]
        always = [
            *((self.ground.colour - 0.5) * 4.0).unbind(1),
            *(self.light * 3.5).unbind(0),
            (self.warp - 0.08) * 12.0,
            (self.blur - 0.35) * 2.0,
            (self.noise - 0.025) * 30.0,
        ]
        columns = [
            *(where(visible, value) for value in seen),
            *self.texture.values(visible & (self.texture.kind > 0)),
            *self.ground.values(torch.ones_like(visible)),
            *(where(visible, value) for value in ((self.texture.colour - 0.5) * 4.0).unbind(1)),
            *always,
        ]
        return torch.stack(columns, dim=1)


def where(known: Tensor, value: Tensor) -> Tensor:
    """Return ``value`` (N,), with NaN in place of what is not ``known`` (N,)."""
    return torch.where(known, value, torch.nan)


def outline(mask: Tensor) -> list[Tensor]:
    """Measure masks (N, H, W): area, centre, second moments and compactness, scaled, each (N,)."""
    x, y = grid(mask.shape[-1])
    area = mask.mean((1, 2))
    weight = mask / (mask.sum((1, 2), keepdim=True) + 1e-3)
    cx, cy = (weight * x).sum((1, 2)), (weight * y).sum((1, 2))
    dx, dy = x - column(cx), y - column(cy)
    xx, yy = (weight * dx * dx).sum((1, 2)), (weight * dy * dy).sum((1, 2))
    xy = (weight * dx * dy).sum((1, 2))
    slope = torch.hypot(mask.diff(dim=2)[:, 1:], mask.diff(dim=1)[:, :, 1:])
    perimeter = slope.sum((1, 2)) / mask.shape[-1]
    return [
        area.clamp(min=1e-3).log() + 2.0,
        cx * 3.0,
        cy * 3.0,
        (xx - yy) / (xx + yy + 1e-3) * 3.0,
        2.0 * xy / (xx + yy + 1e-3) * 3.0,
        torch.log(perimeter / area.sqrt() + 0.1) - 1.5,
    ]


def maps(mask: Tensor, images: Tensor) -> Tensor:
    """Pool coverage, edge direction, edge strength and lightness by patch (see ``Batch.maps``)."""
    dx = functional.pad(mask[:, :, 2:] - mask[:, :, :-2], (1, 1))
    dy = functional.pad(mask[:, 2:] - mask[:, :-2], (0, 0, 1, 1))
    planes = (
        mask - 0.25,
        4.0 * (dx**2 - dy**2),
        8.0 * dx * dy,
        4.0 * torch.hypot(dx, dy) - 0.4,
        images.mean(1) - 0.5,
    )
    pooled = functional.avg_pool2d(torch.stack(planes, dim=1), PATCH)
    return 2.5 * pooled.flatten(2).transpose(1, 2)
