"""What each kind of lesion looks like under a dermatoscope.

The signs are those that dermatologists name; each kind shows some of them plainly, others hardly.
No kind is pure: a lesion lies somewhere between its own kind and one that mimics it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medpeft_plugins.datasets.phantoms.signs import Signs, draw_signs


@dataclass(frozen=True)
class Look(Signs):
    """How plainly a lesion shows each sign: 0 for not at all, about 1 for plainly.

    Attributes:
        size: Half its width, where the field of view reaches from -1 to 1.
        uneven: Asymmetry of its shape.
        ragged: Notches of its border.
        fade: Width of its border, as a share of its radius.
        pigment: Melanin.
        mottle: Patches of lighter and darker pigment.
        network: Honeycomb of pigment.
        irregular: How much the meshes of the network vary.
        globules: Dark dots and globules.
        veil: Blue-white veil, blue-grey nests.
        scar: White in the middle: scar, regression.
        redness: Dilated small vessels, pink background.
        vessels: Single vessels, branching or not.
        scale: White scale of the surface.
        cysts: Milia-like cysts: small white spots.
        openings: Comedo-like openings: brown plugs.
        lacunae: Red or purple lagoons of blood.
    """

    size: float = 0.5
    uneven: float = 0.1
    ragged: float = 0.05
    fade: float = 0.15
    pigment: float = 0.0
    mottle: float = 0.1
    network: float = 0.0
    irregular: float = 0.2
    globules: float = 0.0
    veil: float = 0.0
    scar: float = 0.0
    redness: float = 0.0
    vessels: float = 0.0
    scale: float = 0.0
    cysts: float = 0.0
    openings: float = 0.0
    lacunae: float = 0.0


LOOKS = {
    "akiec": Look(
        size=0.55,
        uneven=0.22,
        ragged=0.12,
        fade=0.4,
        pigment=0.16,
        mottle=0.35,
        redness=0.55,
        vessels=0.3,
        scale=0.8,
        openings=0.2,
    ),
    "bcc": Look(
        size=0.45,
        uneven=0.2,
        ragged=0.1,
        fade=0.25,
        pigment=0.1,
        mottle=0.3,
        globules=0.2,
        veil=0.55,
        scar=0.25,
        redness=0.4,
        vessels=1.0,
        scale=0.2,
    ),
    "bkl": Look(
        size=0.55,
        uneven=0.18,
        ragged=0.16,
        fade=0.09,
        pigment=0.45,
        mottle=0.4,
        network=0.2,
        globules=0.1,
        cysts=0.9,
        openings=0.9,
        scale=0.25,
    ),
    "df": Look(
        size=0.45,
        uneven=0.08,
        ragged=0.05,
        fade=0.4,
        pigment=0.32,
        mottle=0.15,
        network=0.6,
        scar=1.0,
        redness=0.25,
    ),
    "nv": Look(
        size=0.5,
        uneven=0.1,
        ragged=0.04,
        fade=0.22,
        pigment=0.5,
        mottle=0.15,
        network=0.8,
        irregular=0.2,
        globules=0.4,
        redness=0.1,
    ),
    "mel": Look(
        size=0.62,
        uneven=0.32,
        ragged=0.18,
        fade=0.12,
        pigment=0.75,
        mottle=0.7,
        network=0.7,
        irregular=1.0,
        globules=0.9,
        veil=0.7,
        scar=0.4,
        redness=0.25,
        vessels=0.15,
    ),
    "vasc": Look(
        size=0.38,
        uneven=0.12,
        ragged=0.06,
        fade=0.08,
        pigment=0.05,
        mottle=0.2,
        veil=0.1,
        redness=0.8,
        lacunae=1.0,
    ),
}

MIMICS = {
    "akiec": ("bkl", "bcc"),
    "bcc": ("akiec", "nv"),
    "bkl": ("nv", "mel", "akiec"),
    "df": ("nv", "bcc"),
    "nv": ("mel", "bkl", "df", "bcc"),
    "mel": ("nv", "bkl"),
    "vasc": ("bcc", "nv"),
}
"""What each kind is taken for."""


def draw_look(kind: str, rng: np.random.Generator) -> Look:
    """Draws the look of a lesion of a kind."""
    mimic = str(rng.choice(MIMICS[kind]))
    return draw_signs(LOOKS[kind], LOOKS[mimic], rng, likeness=0.33)
