"""Images drawn from formulas, labelled with the formulas' own parameters.

Formula-driven supervised learning (Kataoka et al., 2020, "Pre-training without Natural Images")
trains on pictures that an equation generates, so that no photograph and no annotator is needed.
Here a scene is a textured background, one to six copies of a textured object, and the nuisances
of imaging (illumination, shadow, blur, noise). What was drawn is the label: the prototypes of
shape and texture, the scene's measurable properties, and a coarse map of the object.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from medpeft_plugins.backbones.embedded import labels, shapes, textures
from medpeft_plugins.backbones.embedded.labels import (
    MOST_OBJECTS,
    SHAPE_PROTOTYPES,
    SIZE,
    TEXTURE_PROTOTYPES,
    Batch,
    Material,
    Scene,
)
from medpeft_plugins.backbones.embedded.textures import column

VERSION = "1"


class FormulaImages:
    """An endless, reproducible source of labelled images."""

    def __init__(self, seed: int = 0) -> None:
        """Draw the prototypes and start the stream of images.

        Args:
            seed: Seed of the images; the prototypes are always the same.
        """
        self.seed = seed
        self.generator = torch.Generator().manual_seed(seed)
        self.x, self.y = textures.grid(SIZE)
        fixed = torch.Generator().manual_seed(20)
        self._draw_shape_prototypes(fixed)
        self.texture_kind = torch.arange(TEXTURE_PROTOTYPES) % len(textures.FORMULAS)
        self.texture_u, self.texture_v, tone = torch.rand(3, TEXTURE_PROTOTYPES, generator=fixed)
        self.texture_frequency = 2.0 * 9.0**tone

    def _draw_shape_prototypes(self, fixed: torch.Generator) -> None:
        """Draw contours in equal numbers, 16 of every other field and, last, one empty scene."""
        fields, each = len(shapes.FIELDS) - 1, 16
        contours = SHAPE_PROTOTYPES - fields * each - 1
        kinds = [i % len(shapes.RADIAL) for i in range(contours)]
        kinds += [len(shapes.RADIAL) + i // each for i in range(fields * each)]
        kinds.append(len(shapes.KINDS) - 1)
        self.shape_kind = torch.tensor(kinds)
        self.shape_u, self.shape_v, ring = torch.rand(3, SHAPE_PROTOTYPES, generator=fixed)
        self.shape_hole = torch.where(ring < 0.25, 0.25 + ring, 0.0)
        self.profile = torch.ones(SHAPE_PROTOTYPES, shapes.PROFILE)
        for i in range(contours):
            u, v = float(self.shape_u[i]), float(self.shape_v[i])
            self.profile[i] = shapes.RADIAL[kinds[i]](u, v, fixed)

    def seek(self, position: int) -> None:
        """Go to batch ``position`` of the stream, so that a stopped training resumes exactly."""
        self.generator.manual_seed(self.seed * 1_000_003 + position)

    def draw(self, count: int) -> Batch:
        """Draw the next ``count`` images with their labels."""
        warp = self._uniform(count).square() * 0.25
        x = self.x + column(warp) * textures.smooth_noise(count, 3, SIZE, self.generator)
        y = self.y + column(warp) * textures.smooth_noise(count, 3, SIZE, self.generator)

        shape = torch.randint(SHAPE_PROTOTYPES, (count,), generator=self.generator)
        shape[self._chance(count, 0.06)] = SHAPE_PROTOTYPES - 1
        number = (1 + self._uniform(count).pow(2.5) * MOST_OBJECTS).long().clamp(max=MOST_OBJECTS)
        field = self._objects(shape, number, x, y)
        softness = 0.4 * 2 ** self._uniform(count, high=4.0)
        mask = torch.sigmoid(field * column((SIZE / 2) / softness))
        opacity = self._sometimes(count, 0.4, low=0.3, high=1.0, otherwise=1.0)
        rim = self._sometimes(count, 0.3, low=-0.35, high=0.35)
        rim_width = self._uniform(count, low=0.03, high=0.1)
        rim_picture = column(rim) * torch.exp(-((field / column(rim_width)) ** 2))

        texture, ground, contrast = self._materials(count, x, y)
        steps, layers = self._layers(count, x, y)
        back = ground.paint() + steps.unsqueeze(1)
        alpha = (mask * column(opacity)).unsqueeze(1)
        images = back + alpha * (texture.paint() - back) + rim_picture.unsqueeze(1)

        light = 0.35 * self._normal(2, count) * self._chance(count, 0.6)
        lit = 1.0 + column(light[0]) * self.x + column(light[1]) * self.y
        shadow = self._sometimes(count, 0.25, low=-0.5, high=0.6)
        lit = lit * (1.0 - column(shadow) * self._cast(mask))
        images = images * lit.clamp(0.2, 2.0).unsqueeze(1)
        maps = labels.maps(mask, images)
        images, blur, noise = self._camera(images)

        scene = Scene(
            shape, self.shape_kind[shape], number, mask, softness, opacity, rim, shadow, contrast,
            texture, ground, layers, light, warp, blur, noise,
        )  # fmt: skip
        return Batch(images, scene.classes(), scene.values(), maps)

    def _uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=self.generator)

    def _chance(self, count: int, probability: float) -> Tensor:
        return torch.rand(count, generator=self.generator) < probability

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator)

    def _sometimes(
        self, count: int, probability: float, low: float, high: float, otherwise: float = 0.0
    ) -> Tensor:
        """Draw (count,) from [low, high) with a probability, else return ``otherwise``."""
        chosen = self._chance(count, probability)
        return torch.where(chosen, self._uniform(count, low=low, high=high), otherwise)

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
                x[index] - column(centre[0]),
                y[index] - column(centre[1]),
                self.profile[prototype[index]],
                radius=size[index] * self._uniform(len(index), low=0.75, high=1.25),
                aspect=aspect[index],
                angle=self._uniform(len(index), high=2.0 * math.pi),
                hole=self.shape_hole[prototype[index]],
            )
            field[index] = torch.maximum(field[index], body)
        for i, formula in enumerate(shapes.FIELDS):
            (index,) = torch.where(kind == len(shapes.RADIAL) + i)
            if len(index):
                u, v = self.shape_u[prototype[index]], self.shape_v[prototype[index]]
                field[index] = formula(x[index], y[index], u, v, self.generator)
        return field

    def _texture(self, prototype: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Render prototypes (N,); returns texture (N, H, W), log2 frequency and angle (N,)."""
        angle = self._uniform(len(prototype), high=math.pi)
        frequency = self.texture_frequency[prototype] * 2 ** (0.15 * self._normal(len(prototype)))
        kind, u, v = (a[prototype] for a in (self.texture_kind, self.texture_u, self.texture_v))
        picture = textures.render(kind, x, y, frequency, angle, u, v, self.generator)
        return picture, torch.log2(frequency), angle

    def _materials(self, n: int, x: Tensor, y: Tensor) -> tuple[Material, Material, Tensor]:
        """Draw the object's and the background's material and the contrast (N,) between them."""
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
        contrast = torch.where(self._chance(n, 0.1) & ~same, 0.0, contrast)
        chroma = torch.where(self._chance(n, 0.45), 0.12, 0.0)[:, None]
        shared = chroma * self._normal(n, 3)
        colour = (level + contrast)[:, None] + shared + chroma * self._normal(n, 3)
        ground_colour = level[:, None] + shared + 0.3 * chroma * self._normal(n, 3)
        tint = 1.0 + 3.0 * chroma * self._normal(n, 3)
        ground_tint = 1.0 + 3.0 * chroma * self._normal(n, 3)

        kind, ground_kind = self.texture_kind[texture], self.texture_kind[ground]
        front = Material(texture, kind, tone, angle, picture, amplitude, colour, tint)
        back = Material(
            ground, ground_kind, ground_tone, ground_angle, ground_picture, ground_amplitude,
            ground_colour, ground_tint,
        )  # fmt: skip
        return front, back, contrast

    def _layers(self, n: int, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Draw up to two steps of lightness (N, H, W) across the background, and their number."""
        layers = torch.randint(3, (n,), generator=self.generator) * self._chance(n, 0.5)
        direction = self._uniform(n, high=2.0 * math.pi)
        along = column(direction.cos()) * x + column(direction.sin()) * y
        steps = torch.zeros_like(x)
        for layer in (1, 2):
            jump = self._uniform(n, low=-0.25, high=0.25) * (layers >= layer)
            place = self._uniform(n, low=-0.8, high=0.8)
            steps += column(jump) * torch.sigmoid((along - column(place)) * 25.0)
        return steps, layers

    def _cast(self, mask: Tensor) -> Tensor:
        """Smear every mask (N, H, W) towards one of the four sides, as a shadow or a glare does."""
        cast = torch.empty_like(mask)
        side = torch.randint(4, (len(mask),), generator=self.generator)
        for number in range(4):
            (index,) = torch.where(side == number)
            if len(index):
                turned = torch.rot90(mask[index], number, (1, 2))
                behind = turned.cummax(dim=1).values * (1.0 - turned)
                cast[index] = torch.rot90(behind, -number, (1, 2))
        return cast

    def _camera(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Apply gamma, blur, noise and quantisation; returns images, blur (pixels) and noise."""
        n = len(images)
        gamma = 2 ** (0.4 * self._normal(n, 1, 1, 1))
        images = images.clamp(0.0, 1.0) ** gamma
        blur = torch.where(self._chance(n, 0.5), 1.3 * self._uniform(n), 0.0)
        taps = torch.arange(-3, 4).float()
        kernel = torch.exp(-0.5 * (taps / (blur[:, None] + 0.1)) ** 2)
        kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(3, 0)
        planes = functional.pad(images, (3, 3, 3, 3), mode="replicate").flatten(0, 1).unsqueeze(0)
        planes = functional.conv2d(planes, kernel[:, None, :, None], groups=3 * n)
        planes = functional.conv2d(planes, kernel[:, None, None, :], groups=3 * n)
        noise = torch.where(self._chance(n, 0.6), self._uniform(n).square() * 0.12, 0.0)
        grain = self._normal(n, 1, SIZE, SIZE)
        images = planes.view(n, 3, SIZE, SIZE) + noise.view(-1, 1, 1, 1) * grain
        levels = 2 ** self._uniform(n, 1, 1, 1, low=4.0, high=8.0)
        return ((images * levels).round() / levels).clamp(0.0, 1.0), blur, noise
