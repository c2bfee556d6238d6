"""A dataset whose images are drawn by a program."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantoms.cohort import Member, draw_cohort
from medpeft_sdk.data import Dataset, SampleTable

Patient = TypeVar("Patient")


@dataclass(frozen=True)
class Description:
    """What the table says of one image.

    Attributes:
        label: Its class; empty where the set has none.
        attributes: Value of each of the set's attributes.
        text: What is written about it, where the set has texts.
    """

    label: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""


class Phantom(Dataset, Generic[Patient]):
    """Base of the generated sets: an image is a function of version, patient and view alone.

    Attributes:
        seed: Start of every random number of the set.
        patients: Number of patients of each kind.
        most_views: A patient has from one to so many views.
    """

    seed: ClassVar[int]
    patients: ClassVar[Mapping[str, int]]
    most_views: ClassVar[int]

    @abstractmethod
    def patient(self, kind: str, rng: np.random.Generator) -> Patient:
        """Draws what all views of a patient have in common."""

    @abstractmethod
    def image(self, patient: Patient, view: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        """Draws one view, RGB or grey, shape ``(side, side, 3)`` or ``(side, side)``."""

    def describe(self, kind: str, patient: Patient, view: int) -> Description:
        """Returns what the table says of a view; by default, the patient's kind is its class."""
        del patient, view
        return Description(label=kind)

    def index(self) -> SampleTable:
        """Lists the views of all patients."""
        samples = [
            (member, view, self.describe(member.kind, patient, view))
            for member in self._members
            for patient in (self._patient(member),)
            for view in range(member.views)
        ]
        told = [description for _, _, description in samples]
        classes = self.spec.classes
        return SampleTable(
            ids=tuple(
                f"{self.spec.version}/{said.label or member.kind}/{member.number:04}/{view}"
                for member, view, said in samples
            ),
            labels=np.array([classes.index(s.label) if classes else 0 for s in told], np.int64),
            classes=classes,
            groups=tuple(f"{member.number:04}" for member, _, _ in samples)
            if self.spec.group
            else None,
            splits=tuple(member.split for member, _, _ in samples),
            attributes={
                name: tuple(said.attributes[name] for said in told) for name in self.spec.attributes
            },
            texts=None if self.spec.task == "classification" else tuple(s.text for s in told),
        )

    def read(self, sample_id: str) -> npt.NDArray[np.uint8]:
        """Draws one image, shape ``(side, side, 3)``, ``uint8``."""
        _, _, number, view = sample_id.split("/")
        member = self._members[int(number)]
        rng = np.random.default_rng([self.seed, member.number, 1 + int(view)])
        pixels = self.image(self._patient(member), int(view), rng)
        return np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels

    def _patient(self, member: Member) -> Patient:
        return self.patient(member.kind, np.random.default_rng([self.seed, member.number]))

    @cached_property
    def _members(self) -> tuple[Member, ...]:
        return draw_cohort(self.seed, self.patients, self.most_views)
