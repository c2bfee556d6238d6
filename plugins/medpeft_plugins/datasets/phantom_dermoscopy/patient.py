"""Who bears a lesion and where, and the lesion's shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medpeft_plugins.datasets.phantom_dermoscopy.look import Look, draw_look
from medpeft_plugins.datasets.phantoms.outline import Outline, draw_outline


@dataclass(frozen=True)
class Bearer:
    """How a kind of lesion is spread over people.

    Attributes:
        male: Share of men.
        age: Mean age, in years.
        sites: Where on the body, and how often.
    """

    male: float
    age: float
    sites: dict[str, float]


BEARERS = {
    "akiec": Bearer(0.68, 66, {"face": 0.45, "lower extremity": 0.3, "upper extremity": 0.25}),
    "bcc": Bearer(0.62, 67, {"back": 0.5, "face": 0.3, "lower extremity": 0.2}),
    "bkl": Bearer(0.57, 64, {"face": 0.4, "back": 0.35, "lower extremity": 0.25}),
    "df": Bearer(0.55, 53, {"lower extremity": 0.75, "upper extremity": 0.25}),
    "nv": Bearer(0.51, 46, {"lower extremity": 0.3, "back": 0.45, "abdomen": 0.25}),
    "mel": Bearer(0.62, 61, {"back": 0.5, "upper extremity": 0.35, "face": 0.15}),
    "vasc": Bearer(0.49, 51, {"abdomen": 0.5, "lower extremity": 0.3, "back": 0.2}),
}

SOURCES = {"contact": 0.6, "polarised": 0.4}
"""Two dermatoscopes: through a fluid with a round tube, and with crossed polarisers."""


@dataclass(frozen=True)
class Case:
    """A lesion on a person.

    Attributes:
        melanin: Pigment of the skin around it.
        sun: Freckles and other damage by light.
        hairs: Hairs that are to be expected over the field of view.
        look: Which signs the lesion shows.
        outline: Its border.
        aspect: Ratio of its axes.
        pattern: Seed of everything that is the same in all its images.
    """

    sex: str
    age: int
    site: str
    source: str
    melanin: float
    sun: float
    hairs: float
    look: Look
    outline: Outline
    aspect: float
    pattern: int


def draw_case(kind: str, rng: np.random.Generator) -> Case:
    """Draws a lesion of a kind, and who bears it."""
    bearer = BEARERS[kind]
    sex = "male" if rng.uniform() < bearer.male else "female"
    age = int(np.clip(5 * np.round(rng.normal(bearer.age, 14) / 5), 15, 85))
    site = str(rng.choice(list(bearer.sites), p=list(bearer.sites.values())))
    look = draw_look(kind, rng)
    return Case(
        sex=sex,
        age=age,
        site=site,
        source=str(rng.choice(list(SOURCES), p=list(SOURCES.values()))),
        melanin=float(np.exp(rng.normal(np.log(0.12), 0.4))),
        sun=float(np.clip(rng.normal((age - 35) / 50, 0.25), 0, 1)) * (site != "abdomen"),
        hairs=rng.exponential(3.0 if sex == "male" else 1.5) * (site != "face"),
        look=look,
        outline=draw_outline(rng, uneven=look.uneven, ragged=look.ragged),
        aspect=float(np.exp(rng.normal(0, 0.12))),
        pattern=int(rng.integers(2**32)),
    )
