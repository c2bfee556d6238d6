"""What skin conditions look like to the naked eye.

Tumours are mostly single, bounded and raised; inflammation comes in several patches, red, scaly and
without a sharp border. What sets malignant tumours apart is irregularity: of shape, of border, of
colour, of surface. Every rule has its exceptions, and some conditions here are such.
"""

from __future__ import annotations

from dataclasses import dataclass

from medpeft_plugins.datasets.phantoms.signs import Signs


@dataclass(frozen=True)
class Look(Signs):
    """How plainly a condition shows each sign: 0 for not at all, about 1 for plainly.

    Attributes:
        size: Radius of a lesion, where the photograph reaches from -1 to 1.
        others: Lesions that are to be expected beside the first.
        uneven: Asymmetry of its shape.
        ragged: Notches of its border.
        fade: Width of its border, as a share of its radius.
        raised: How far it stands out of the skin.
        warty: Roughness of its surface.
        ring: Whether it heals in the middle.
        pigment: Melanin beyond the skin's.
        loss: Share of the skin's melanin that is lost.
        mottle: Patches of lighter and darker pigment.
        redness: Blood.
        violet: Blood or pigment that lies deep.
        scale: White scale.
        crust: Dried blood and serum.
        ulcer: Loss of the surface in the middle.
        gloss: Pearly or waxy shine.
    """

    size: float = 0.3
    others: float = 0.2
    uneven: float = 0.08
    ragged: float = 0.04
    fade: float = 0.15
    raised: float = 0.3
    warty: float = 0.0
    ring: float = 0.0
    pigment: float = 0.0
    loss: float = 0.0
    mottle: float = 0.15
    redness: float = 0.0
    violet: float = 0.0
    scale: float = 0.0
    crust: float = 0.0
    ulcer: float = 0.0
    gloss: float = 0.0


CONDITIONS = {
    "benign": {
        "nevocytic nevus": Look(size=0.24, pigment=0.7, raised=0.5, fade=0.12),
        "seborrheic keratosis": Look(
            size=0.36, others=0.8, ragged=0.08, fade=0.08, raised=0.9, warty=1.0, pigment=0.5
        ),
        "dermatofibroma": Look(size=0.22, fade=0.35, raised=0.5, pigment=0.3, redness=0.25),
        "pyogenic granuloma": Look(
            size=0.22, fade=0.08, raised=1.3, redness=1.2, gloss=0.7, crust=0.2
        ),
        "pilar cyst": Look(size=0.34, fade=0.35, raised=1.6, redness=0.12, gloss=0.2),
        "porokeratosis actinic": Look(
            size=0.25, others=2.5, ring=0.8, redness=0.25, pigment=0.15, scale=0.3
        ),
    },
    "malignant": {
        "basal cell carcinoma": Look(
            size=0.32, uneven=0.15, raised=0.9, redness=0.35, crust=0.3, ulcer=0.7, gloss=1.0
        ),
        "squamous cell carcinoma": Look(
            size=0.38,
            uneven=0.22,
            ragged=0.14,
            raised=1.0,
            warty=0.8,
            redness=0.55,
            scale=0.4,
            crust=0.7,
            ulcer=0.7,
        ),
        "melanoma": Look(
            size=0.38,
            uneven=0.32,
            ragged=0.16,
            fade=0.1,
            raised=0.4,
            pigment=1.0,
            mottle=0.8,
            violet=0.4,
            ulcer=0.15,
        ),
        "actinic keratosis": Look(
            size=0.28,
            others=1.2,
            uneven=0.15,
            ragged=0.1,
            fade=0.4,
            warty=0.5,
            redness=0.4,
            scale=0.7,
            crust=0.25,
        ),
        "mycosis fungoides": Look(
            size=0.42,
            others=2.0,
            uneven=0.2,
            fade=0.25,
            redness=0.45,
            scale=0.35,
            pigment=0.1,
            mottle=0.4,
        ),
        "kaposi sarcoma": Look(
            size=0.28, others=2.0, uneven=0.15, raised=0.6, redness=0.6, violet=0.6, mottle=0.4
        ),
    },
    "non-neoplastic": {
        "psoriasis": Look(
            size=0.38, others=4.0, ragged=0.08, fade=0.08, raised=0.5, redness=0.65, scale=0.9
        ),
        "allergic contact dermatitis": Look(
            size=0.7,
            others=2.0,
            uneven=0.25,
            fade=0.6,
            warty=0.3,
            redness=0.55,
            mottle=0.5,
            crust=0.15,
            scale=0.15,
        ),
        "acne vulgaris": Look(size=0.09, others=14.0, raised=0.7, fade=0.4, redness=0.7),
        "lichen planus": Look(
            size=0.15, others=9.0, raised=0.5, redness=0.4, violet=0.3, gloss=0.4, scale=0.15
        ),
        "lupus erythematosus": Look(
            size=0.5,
            others=1.2,
            uneven=0.2,
            fade=0.2,
            redness=0.55,
            scale=0.35,
            loss=0.25,
            mottle=0.3,
            crust=0.15,
        ),
        "granuloma annulare": Look(size=0.45, others=0.8, ring=1.0, raised=0.7, redness=0.4),
        "vitiligo": Look(
            size=0.5, others=2.0, uneven=0.2, ragged=0.1, fade=0.06, raised=0.0, loss=0.85
        ),
        "urticaria": Look(
            size=0.35, others=4.0, uneven=0.2, fade=0.15, raised=0.7, redness=0.4, gloss=0.1
        ),
    },
}
"""The conditions of each class; within a class they are equally frequent."""
