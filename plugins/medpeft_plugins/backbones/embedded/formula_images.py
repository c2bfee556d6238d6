"""Images drawn from formulas, labelled with the formulas' own parameters.

Formula-driven supervised learning (Kataoka et al., 2020, "Pre-training without Natural Images")
trains on pictures that an equation generates, so that no photograph and no annotator is needed.
Here a scene is a textured background, one to six copies of a textured object, and the nuisances
of imaging (illumination, shadow, blur, noise). What was drawn is the label: which prototype of
shape and texture, the scene's measurable properties, and a coarse map of the object.
"""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from . import shapes, textures
from .textures import column

VERSION = "1"
SIZE = 64  # pixels a side
PATCH = 8  # pixels a side of one cell of the label maps
MOST_OBJECTS = 6
SHAPE_PROTOTYPES = 384
TEXTURE_PROTOTYPES = 192

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
    "area", "x", "y", "stretch_xx", "stretch_xy", "compactness", "softness", "contrast", "opacity",
    "rim", "shadow",
    "texture_frequency", "texture_cos", "texture_sin", "texture_amplitude",
    "ground_frequency", "ground_cos", "ground_sin", "ground_amplitude",
    "object_red", "object_green", "object_blue", "ground_red", "ground_green", "ground_blue",
    "light_x", "light_y", "warp", "blur", "noise",
)  # fmt: skip
MAPS: tuple[str, ...] = ("coverage", "edge_xx", "edge_xy", "edge", "lightness")


@dataclass
class Batch:
    """Images and what they show.

    Attributes:
        images: (N, 3, 64, 64), in [0, 1].
        classes: One index (N,) for every entry of ``CLASSES``; -100 where it does not apply.
        values: (N, len(VALUES)), each about zero mean and unit variance; NaN where it does not apply.
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


class FormulaImages:
    """An endless, reproducible source of labelled images."""

    def __init__(self, seed: int = 0) -> None:
        """Draw the prototypes and start the stream of images.

        Args:
            seed: Seed of the images; the prototypes are always the same.
        """
        fixed = torch.Generator().manual_seed(20)
        fields = 16  # prototypes of every shape that is not a contour
        contours = SHAPE_PROTOTYPES - fields * (len(shapes.FIELDS) - 1) - 1
        kinds = [i % len(shapes.RADIAL) for i in range(contours)]
        for number in range(len(shapes.FIELDS) - 1):
            kinds += [len(shapes.RADIAL) + number] * fields
        kinds.append(len(shapes.KINDS) - 1)
        self.shape_kind = torch.tensor(kinds)
        self.shape_u, self.shape_v, ring = torch.rand(3, SHAPE_PROTOTYPES, generator=fixed)
        self.shape_hole = torch.where(ring < 0.25, 0.25 + ring, torch.zeros(()))
        self.profile = torch.stack(
            [
                shapes.RADIAL[kind](float(u), float(v), fixed)
                if kind < len(shapes.RADIAL) else torch.ones(shapes.PROFILE)
                for kind, u, v in zip(kinds, self.shape_u, self.shape_v, strict=True)
            ]
        )
        self.texture_kind = torch.arange(TEXTURE_PROTOTYPES) % len(textures.FORMULAS)
        self.texture_u, self.texture_v, tone = torch.rand(3, TEXTURE_PROTOTYPES, generator=fixed)
        self.texture_frequency = 2.0 * 9.0**tone
        self.generator = torch.Generator().manual_seed(seed)
        self.x, self.y = textures.grid(SIZE)

    def _uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=self.generator)

    def _chance(self, count: int, probability: float) -> Tensor:
        return torch.rand(count, generator=self.generator) < probability

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator)

    def _texture(
        self, prototype: Tensor, x: Tensor, y: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Render prototypes (N,); returns texture (N, H, W), log2 frequency and angle (N,)."""
        angle = self._uniform(len(prototype), high=math.pi)
        frequency = self.texture_frequency[prototype] * 2 ** (0.15 * self._normal(len(prototype)))
        picture = textures.render(
            self.texture_kind[prototype], x, y, frequency, angle,
            self.texture_u[prototype], self.texture_v[prototype], self.generator,
        )  # fmt: skip
        return picture, torch.log2(frequency), angle

    def _objects(self, prototype: Tensor, number: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """Field (N, H, W), positive inside, of ``number`` (N,) copies of each prototype (N,)."""
        field = torch.full_like(x, -9.0)
        kind = self.shape_kind[prototype]
        aspect = 2 ** self._uniform(len(kind), low=-1.0, high=1.0)
        size = self._uniform(len(kind), low=0.25, high=0.8) * (number.float() + 0.3) ** -0.45
        for copy in range(MOST_OBJECTS):
            (index,) = torch.where((kind < len(shapes.RADIAL)) & (number > copy))
            if not len(index):
                continue
            reach = (0.85 - 0.7 * size[index]).clamp(min=0.1)
            centre = reach * self._uniform(2, len(index), low=-1.0, high=1.0)
            body = shapes.radial(
                x[index] - column(centre[0]), y[index] - column(centre[1]),
                self.profile[prototype[index]],
                size[index] * self._uniform(len(index), low=0.75, high=1.25),
                aspect[index], self._uniform(len(index), high=2.0 * math.pi),
                self.shape_hole[prototype[index]],
            )  # fmt: skip
            field[index] = torch.maximum(field[index], body)
        for i, formula in enumerate(shapes.FIELDS):
            (index,) = torch.where(kind == len(shapes.RADIAL) + i)
            if len(index):
                u, v = self.shape_u[prototype[index]], self.shape_v[prototype[index]]
                field[index] = formula(x[index], y[index], u, v, self.generator)
        return field

    def draw(self, count: int) -> Batch:
        """Draw the next ``count`` images with their labels."""
        n, nan = count, torch.tensor(float("nan"))
        warp = self._uniform(n).square() * 0.25
        cells = 3
        x = self.x + column(warp) * textures.smooth_noise(n, cells, SIZE, self.generator)
        y = self.y + column(warp) * textures.smooth_noise(n, cells, SIZE, self.generator)

        # The object: its shape and how it meets the background.
        shape = torch.randint(SHAPE_PROTOTYPES, (n,), generator=self.generator)
        shape[self._chance(n, 0.06)] = SHAPE_PROTOTYPES - 1
        kind = self.shape_kind[shape]
        present = kind != len(shapes.KINDS) - 1
        contour = kind < len(shapes.RADIAL)
        number = (1 + self._uniform(n).pow(2.5) * MOST_OBJECTS).long().clamp(max=MOST_OBJECTS)
        field = self._objects(shape, number, x, y)
        softness = 0.4 * 2 ** self._uniform(n, high=4.0)  # pixels
        mask = torch.sigmoid(field * column((SIZE / 2) / softness))
        opacity = torch.where(self._chance(n, 0.4), self._uniform(n, low=0.3), torch.ones(n))
        rim = torch.where(self._chance(n, 0.3), self._uniform(n, low=-0.35, high=0.35), torch.zeros(n))
        rim_width = self._uniform(n, low=0.03, high=0.1)
        rim_map = torch.exp(-((field / column(rim_width)) ** 2)) * column(rim)

        # The two materials.
        texture = torch.randint(TEXTURE_PROTOTYPES, (n,), generator=self.generator)
        ground = torch.randint(TEXTURE_PROTOTYPES, (n,), generator=self.generator)
        same = self._chance(n, 0.15)
        texture = torch.where(same, ground, texture)
        picture, tone, angle = self._texture(texture, x, y)
        ground_picture, ground_tone, ground_angle = self._texture(ground, x, y)
        amplitude = 0.03 * 2 ** self._uniform(n, high=2.7)
        ground_amplitude = 0.03 * 2 ** self._uniform(n, high=2.7)
        level = self._uniform(n, low=0.15, high=0.85)
        contrast = self._uniform(n, low=0.05, high=0.5) * torch.where(level > 0.5, -1.0, 1.0)
        contrast = torch.where(self._chance(n, 0.3), -0.5 * contrast, contrast)
        contrast = torch.where(self._chance(n, 0.1) & ~same, 0.0 * contrast, contrast)
        chroma = torch.where(self._chance(n, 0.45), 0.12, 0.0)[:, None]
        shared = chroma * self._normal(n, 3)
        object_colour = (level + contrast)[:, None] + shared + chroma * self._normal(n, 3)
        ground_colour = level[:, None] + shared + 0.3 * chroma * self._normal(n, 3)
        object_tint = 1.0 + 3.0 * chroma * self._normal(n, 3)
        ground_tint = 1.0 + 3.0 * chroma * self._normal(n, 3)

        # The background may consist of up to three wavy layers.
        layers = torch.randint(3, (n,), generator=self.generator) * self._chance(n, 0.5)
        direction = self._uniform(n, high=2.0 * math.pi)
        along = column(direction.cos()) * x + column(direction.sin()) * y
        steps = torch.zeros_like(x)
        for layer in (1, 2):
            jump = self._uniform(n, low=-0.25, high=0.25) * (layers >= layer)
            place = self._uniform(n, low=-0.8, high=0.8)
            steps += column(jump) * torch.sigmoid((along - column(place)) * 25.0)

        def colour(base: Tensor, tint: Tensor, detail: Tensor, strength: Tensor) -> Tensor:
            return base[:, :, None, None] + tint[:, :, None, None] * (
                detail * column(strength)
            ).unsqueeze(1)

        back = colour(ground_colour, ground_tint, ground_picture, ground_amplitude)
        back = back + steps.unsqueeze(1)
        front = colour(object_colour, object_tint, picture, amplitude)
        alpha = (mask * column(opacity)).unsqueeze(1)
        images = back + alpha * (front - back) + rim_map.unsqueeze(1)

        # Light, shadow and the imperfections of a camera.
        light = 0.35 * self._normal(2, n) * self._chance(n, 0.6)
        lit = 1.0 + column(light[0]) * self.x + column(light[1]) * self.y
        shadow = torch.where(self._chance(n, 0.25), self._uniform(n, low=-0.5, high=0.6), torch.zeros(n))
        cast = self._cast(mask)
        images = images * (lit * (1.0 - column(shadow) * cast)).clamp(0.2, 2.0).unsqueeze(1)
        maps = self._maps(mask, images)
        images, blur, noise = self._camera(images)

        area = mask.mean((1, 2))
        weight = mask / (mask.sum((1, 2), keepdim=True) + 1e-3)
        cx, cy = (weight * self.x).sum((1, 2)), (weight * self.y).sum((1, 2))
        dx, dy = self.x - column(cx), self.y - column(cy)
        xx, yy = (weight * dx * dx).sum((1, 2)), (weight * dy * dy).sum((1, 2))
        xy = (weight * dx * dy).sum((1, 2))
        slope = torch.hypot(mask.diff(dim=2)[:, 1:], mask.diff(dim=1)[:, :, 1:])
        compactness = torch.log(slope.sum((1, 2)) / (area.sqrt() * SIZE) + 0.1)
        oriented, ground_oriented = (
            textures.ORIENTED[self.texture_kind[texture]],
            textures.ORIENTED[self.texture_kind[ground]],
        )
        periodic, ground_periodic = (
            textures.PERIODIC[self.texture_kind[texture]],
            textures.PERIODIC[self.texture_kind[ground]],
        )
        visible = present & (area > 0.01)
        textured = visible & (self.texture_kind[texture] > 0)
        values = torch.stack(
            [
                torch.where(visible, (area.clamp(min=1e-3).log() + 2.0), nan),
                torch.where(visible, cx * 3.0, nan),
                torch.where(visible, cy * 3.0, nan),
                torch.where(visible, (xx - yy) / (xx + yy + 1e-3) * 3.0, nan),
                torch.where(visible, 2.0 * xy / (xx + yy + 1e-3) * 3.0, nan),
                torch.where(visible, compactness - 1.5, nan),
                torch.where(visible, torch.log2(softness) - 0.7, nan),
                torch.where(visible, contrast * 3.5, nan),
                torch.where(visible, (opacity - 0.85) * 4.0, nan),
                torch.where(visible, rim * 7.0, nan),
                torch.where(visible, shadow * 5.0, nan),
                torch.where(textured & periodic, tone - 2.6, nan),
                torch.where(textured & oriented, 1.4 * torch.cos(2.0 * angle), nan),
                torch.where(textured & oriented, 1.4 * torch.sin(2.0 * angle), nan),
                torch.where(textured, torch.log2(amplitude) + 3.5, nan),
                torch.where(ground_periodic, ground_tone - 2.6, nan),
                torch.where(ground_oriented, 1.4 * torch.cos(2.0 * ground_angle), nan),
                torch.where(ground_oriented, 1.4 * torch.sin(2.0 * ground_angle), nan),
                torch.where(self.texture_kind[ground] > 0, torch.log2(ground_amplitude) + 3.5, nan),
                *(torch.where(visible, (object_colour[:, c] - 0.5) * 4.0, nan) for c in range(3)),
                *((ground_colour[:, c] - 0.5) * 4.0 for c in range(3)),
                light[0] * 3.5,
                light[1] * 3.5,
                (warp - 0.08) * 12.0,
                blur,
                noise,
            ],
            dim=1,
        )
        ignore = torch.tensor(-100)
        classes = {
            "shape": torch.where(visible | ~present, shape, ignore),
            "shape_kind": torch.where(visible | ~present, kind, ignore),
            "objects": torch.where(contour & visible, number, torch.where(present, ignore, 0)),
            "texture": torch.where(visible, texture, ignore),
            "texture_kind": torch.where(visible, self.texture_kind[texture], ignore),
            "ground": ground,
            "ground_kind": self.texture_kind[ground],
            "layers": layers,
        }
        return Batch(images, classes, values, maps)

    def _cast(self, mask: Tensor) -> Tensor:
        """Smear every mask towards one of the four sides, as a shadow or a glare would."""
        cast = torch.empty_like(mask)
        side = torch.randint(4, (len(mask),), generator=self.generator)
        for number in range(4):
            (index,) = torch.where(side == number)
            if len(index):
                turned = torch.rot90(mask[index], number, (1, 2))
                behind = turned.cummax(dim=1).values * (1.0 - turned)
                cast[index] = torch.rot90(behind, -number, (1, 2))
        return cast

    def _maps(self, mask: Tensor, images: Tensor) -> Tensor:
        """Pool the mask's coverage, edge direction and edge strength, and lightness, by patch."""
        dx = torch.nn.functional.pad(mask[:, :, 2:] - mask[:, :, :-2], (1, 1))
        dy = torch.nn.functional.pad(mask[:, 2:] - mask[:, :-2], (0, 0, 1, 1))
        planes = torch.stack(
            (mask - 0.25, 4 * (dx**2 - dy**2), 8 * dx * dy, 4 * torch.hypot(dx, dy) - 0.4,
             images.mean(1) - 0.5),
            dim=1,
        )  # fmt: skip
        return 2.5 * torch.nn.functional.avg_pool2d(planes, PATCH).flatten(2).transpose(1, 2)

    def _camera(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Apply gamma, blur, noise and quantisation; returns images and blur and noise labels."""
        n = len(images)
        gamma = 2 ** (0.4 * self._normal(n, 1, 1, 1))
        images = images.clamp(0.0, 1.0) ** gamma
        sigma = torch.where(self._chance(n, 0.5), 1.3 * self._uniform(n), torch.zeros(n))
        taps = torch.arange(-3, 4).float()
        kernel = torch.exp(-0.5 * (taps / (sigma[:, None] + 0.1)) ** 2)
        kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(3, 0)
        flat = torch.nn.functional.pad(images, (3, 3, 3, 3), mode="replicate")
        flat = flat.reshape(1, 3 * n, SIZE + 6, SIZE + 6)
        flat = torch.nn.functional.conv2d(flat, kernel[:, None, :, None], groups=3 * n)
        flat = torch.nn.functional.conv2d(flat, kernel[:, None, None, :], groups=3 * n)
        images = flat.view(n, 3, SIZE, SIZE)
        noise = torch.where(self._chance(n, 0.6), self._uniform(n).square() * 0.12, torch.zeros(n))
        grain = self._normal(n, 1, SIZE, SIZE).expand(-1, 3, -1, -1)
        images = images + noise.view(-1, 1, 1, 1) * grain
        levels = 2 ** self._uniform(n, 1, 1, 1, low=4.0, high=8.0)
        images = (images * levels).round() / levels
        return images.clamp(0.0, 1.0), (sigma - 0.35) * 2.0, (noise - 0.025) * 30.0
