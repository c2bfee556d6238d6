"""Skin as light sees it: what absorbs and what scatters.

The colour of skin follows from the amounts of melanin and blood, as in Beer and Lambert's law.
What changes these amounts changes the colour by a factor, so that the same lesion stands out less
on skin that is dark already; redness is veiled most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medpeft_plugins.datasets.phantoms.paint import Field, coloured

_DERMIS = np.array([0.97, 0.86, 0.79])
_SURFACE = np.array([0.05, 0.05, 0.055])
_MELANIN = np.array([0.85, 1.20, 1.45])
_BLOOD = np.array([0.13, 0.95, 0.72])
_DEEP = np.array([1.35, 1.00, 0.62])
_KERATIN = np.array([0.93, 0.89, 0.82])


@dataclass
class Skin:
    """Amounts at each point; drawing a lesion changes them.

    Attributes:
        melanin: Brown pigment: 0.05 in the fairest skin, above 1 in the darkest and in moles.
        blood: Red; 0.15 at rest, above 1 in an angioma.
        deep: Pigment deep in the skin, which looks blue or grey.
        keratin: Share of the surface that is white: scale, scar, cyst.
        height: Relief, in pixels.
    """

    melanin: Field
    blood: Field
    deep: Field
    keratin: Field
    height: Field

    @classmethod
    def plain(cls, side: int, *, melanin: float, blood: float) -> Skin:
        """Returns even skin."""
        return cls(
            melanin=np.full((side, side), melanin),
            blood=np.full((side, side), blood),
            deep=np.zeros((side, side)),
            keratin=np.zeros((side, side)),
            height=np.zeros((side, side)),
        )

    def colour(self) -> Field:
        """Returns RGB in [0, 1], shape ``(side, side, 3)``, under even white light."""
        absorbed = (
            coloured(np.maximum(self.melanin, 0), _MELANIN)
            + coloured(np.maximum(self.blood, 0), _BLOOD)
            + coloured(np.maximum(self.deep, 0), _DEEP)
        )
        skin = _DERMIS * np.exp(-absorbed)
        white = np.clip(self.keratin, 0, 1)[:, :, None]
        return skin + (_KERATIN * np.exp(-0.25 * absorbed) - skin) * white + _SURFACE

    def shading(self, direction: float, strength: float) -> Field:
        """Returns the factor by which relief brightens and darkens, lit from one side."""
        slope_down, slope_right = np.gradient(self.height)
        lit = -slope_right * np.cos(direction) - slope_down * np.sin(direction)
        return np.exp(np.clip(strength * lit, -0.8, 0.5))
