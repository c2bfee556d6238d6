from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medpeft_plugins.datasets.phantom_chest.body import draw_body
from medpeft_plugins.datasets.phantom_chest.film import take_film
from medpeft_plugins.datasets.phantom_chest.findings import (
    FINDINGS,
    SIDES,
    ZONES,
    Effusion,
    Findings,
    Opacity,
    draw_findings,
)
from medpeft_plugins.datasets.phantom_clinical.patient import MELANIN
from medpeft_plugins.datasets.phantom_report.patient import draw_patient
from medpeft_plugins.datasets.phantom_report.report import write_report
from medpeft_plugins.datasets.phantoms.cohort import SHARES, draw_cohort
from medpeft_plugins.datasets.phantoms.marks import arc, nearness, strokes
from medpeft_plugins.datasets.phantoms.outline import ANGLES, outward
from medpeft_plugins.datasets.phantoms.paint import plane
from medpeft_plugins.datasets.phantoms.skin import Skin
from medpeft_sdk.data import Dataset, SampleTable, make_splits, select_subset
from medpeft_sdk.registry import load_registry
from medpeft_sdk.specs import Subset

GOLDEN = Path(__file__).with_name("phantoms.json")
"""Of each set: the table's fingerprint, and a few images as means of 4 by 4 fields."""

SETS = {
    "phantom_chest": "rsna_pneumonia",
    "phantom_clinical": "fitzpatrick17k",
    "phantom_dermoscopy": "ham10000",
    "phantom_fundus": "smdg",
    "phantom_report": "mimic_cxr",
    "phantom_ultrasound": "busi",
}
"""The generated sets, and the real one that each stands for."""


def load(name: str) -> Dataset:
    entry = load_registry().datasets.get(name)
    return entry.load()(entry.spec, None)


@pytest.fixture(scope="module", params=SETS)
def phantom(request) -> Dataset:
    return load(request.param)


@pytest.fixture(scope="module")
def table(phantom) -> SampleTable:
    return phantom.index()


def coarse(pixels: np.ndarray) -> list[int]:
    side = pixels.shape[0] // 4
    return np.round(pixels.reshape(4, side, 4, side, 3).mean(axis=(1, 3, 4))).ravel().tolist()


class TestEverySet:
    def test_it_is_what_its_spec_says(self, phantom, table):
        spec = phantom.spec
        assert spec.synthetic
        assert "ynthetic" in spec.title
        assert spec.classes == table.classes
        counts = np.bincount(table.labels, minlength=len(table.classes)).tolist()
        assert dict(zip(table.classes, counts, strict=False)) == spec.counts
        assert 1500 <= len(table) <= 2500
        assert set(table.attributes) == set(spec.attributes)
        assert all(all(column) for column in table.attributes.values())
        assert (table.groups is not None) == (spec.group is not None)
        assert (table.texts is not None) == (spec.task == "text_to_image")

    def test_it_stands_for_a_real_set(self, phantom):
        spec = phantom.spec
        real = load_registry().datasets.get(SETS[spec.name]).spec
        assert (spec.classes, spec.modality, spec.task) == (
            real.classes,
            real.modality,
            real.task,
        )
        assert set(spec.attributes) <= set(real.attributes)

    def test_groups_are_whole_and_test_splits_are_large(self, table):
        splits = make_splits(table)
        assert len(splits.test) > 0.45 * len(table)
        sides = defaultdict(set)
        for group, side in zip(table.groups or table.ids, table.splits, strict=True):
            sides[group].add(side)
        assert all(len(found) == 1 for found in sides.values())

    def test_sixteen_shots_of_every_class(self, phantom, table):
        if phantom.spec.task != "classification":
            pytest.skip("shots are of a class")
        chosen = select_subset(table, make_splits(table).train, Subset(shots=16), 0)
        assert np.bincount(table.labels[chosen]).tolist() == [16] * len(table.classes)

    def test_images_and_table_stay_as_they_were(self, phantom, table):
        golden = json.loads(GOLDEN.read_text("utf-8"))[phantom.spec.name]
        assert table.fingerprint == golden["fingerprint"]
        for name, means in golden["images"].items():
            assert np.abs(np.subtract(coarse(phantom.read(name)), means)).max() <= 2, name

    def test_an_image_is_a_function_of_its_id(self, phantom, table):
        names = [table.ids[row] for row in (0, 1, 700)]
        first = [phantom.read(name) for name in names]
        again = [load(phantom.spec.name).read(name) for name in names[::-1]]
        for image, other in zip(first, again[::-1], strict=True):
            assert image.shape == (96, 96, 3)
            assert image.dtype == np.uint8
            assert (image == other).all()
        assert not (first[0] == first[1]).all()

    def test_images_are_well_exposed(self, phantom, table):
        images = np.stack([phantom.read(name) for name in table.ids[:: len(table) // 30]])
        low, middle, high = np.percentile(images, [2, 50, 99])
        assert low < 70
        assert 40 < middle < 190
        assert high > 150

    @pytest.mark.slow
    def test_mean_colours_do_not_tell_the_classes(self, phantom, table):
        if phantom.spec.task != "classification":
            pytest.skip("there are no classes")
        splits = make_splits(table)
        train, test = splits.train, splits.test[::2]
        colours = {row: phantom.read(table.ids[row]).mean(axis=(0, 1)) for row in [*train, *test]}
        probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        probe.fit([colours[row] for row in train], table.labels[train])
        scores = probe.predict_proba([colours[row] for row in test])
        scores = scores[:, 1] if len(table.classes) == 2 else scores
        assert roc_auc_score(table.labels[test], scores, multi_class="ovr") < 0.78


class TestCohort:
    def test_every_kind_has_its_share_of_each_split(self):
        cohort = draw_cohort(1, {"a": 100, "b": 40}, 3)
        assert [member.number for member in cohort] == list(range(140))
        for kind, count in {"a": 100, "b": 40}.items():
            alike = [member.split for member in cohort if member.kind == kind]
            assert {s: alike.count(s) / count for s in SHARES} == SHARES
        assert {member.views for member in cohort} == {1, 2, 3}


class TestFundus:
    def test_some_patients_have_glaucoma_in_one_eye_only(self):
        table = load("phantom_fundus").index()
        eyes, labels = defaultdict(list), defaultdict(set)
        rows = zip(table.groups, table.attributes["eye"], table.labels.tolist(), strict=True)
        for group, eye, label in rows:
            eyes[group].append(eye)
            labels[group].add(label)
        assert all(len(set(found)) == len(found) for found in eyes.values())
        assert 20 < sum(len(found) == 2 for found in labels.values()) < 100


class TestSkin:
    def test_redness_stands_out_less_on_dark_skin(self):
        contrasts = []
        for melanin in MELANIN:
            skin = Skin.plain(2, melanin=melanin, blood=0.15)
            skin.blood[0, 0] += 0.6
            colour = skin.colour()
            contrasts.append(np.abs(colour[0, 0] - colour[1, 1]).max())
        assert contrasts == sorted(contrasts, reverse=True)
        assert contrasts[-1] < contrasts[0] / 2


class TestReport:
    def test_texts_agree_with_what_is_drawn(self):
        rng = np.random.default_rng(0)
        seen = set()
        for _ in range(300):
            names = [name for name in FINDINGS if rng.uniform() < 0.3]
            findings = draw_findings(names, rng)
            text = write_report(findings, rng).lower()
            opacities = {(o.side, o.zone) for o in findings.opacities}
            found = re.findall(r"(?:opacity|consolidation) in the (\w+) (\w+) lung", text)
            assert set(found) == opacities
            assert set(re.findall(r"(\w+) pleural effusion", text)) - {"no"} == {
                effusion.side for effusion in findings.effusions
            }
            nodules = set(re.findall(r"(right|left) (\w+) lung nodule", text))
            assert nodules == {(n.side, n.zone) for n in findings.nodules}
            assert ("atelectasis" in text) == bool(findings.bands)
            assert ("cardiomegaly" in text) == bool(findings.heart)
            assert ("edema" in text) == bool(findings.congestion)
            assert ("emphysema" in text) == bool(findings.emphysema)
            assert not ("no focal consolidation" in text and opacities)
            assert not ("no pleural effusion" in text and findings.effusions)
            assert not ("heart size is normal" in text and findings.heart)
            seen |= opacities
        assert seen == {(side, zone) for side in SIDES for zone in ZONES}

    def test_the_films_of_a_study_share_its_report(self):
        table = load("phantom_report").index()
        texts, groups = defaultdict(set), defaultdict(set)
        rows = zip(table.groups, table.attributes["study"], table.texts, strict=True)
        for group, study, text in rows:
            texts[group, study].add(text)
            groups[group].add(study)
        assert all(len(found) == 1 for found in texts.values())
        assert {len(found) for found in groups.values()} == {1, 2}

    def test_what_lasts_is_on_both_studies(self):
        for seed in range(40):
            first, second = draw_patient(np.random.default_rng(seed)).studies
            assert first.findings.heart == second.findings.heart
            assert first.findings.nodules == second.findings.nodules


def change(findings: Findings) -> np.ndarray:
    """Returns what findings add to films, on the average of some bodies."""
    films = []
    for seed in range(6):
        body = draw_body(np.random.default_rng(seed), age=50)
        with_it, without = (
            take_film(body, what, "PA", np.random.default_rng(seed)).astype(float)
            for what in (findings, Findings())
        )
        films.append(with_it - without)
    return np.mean(films, axis=0)


class TestFilm:
    @pytest.mark.parametrize("side", SIDES)
    @pytest.mark.parametrize("zone", ZONES)
    def test_an_opacity_is_where_it_is_said_to_be(self, side, zone):
        opacity = Opacity(side, zone, (0, 0), 0.25, np.ones(ANGLES), 0.4, lobar=False)
        added = np.clip(change(Findings(opacities=(opacity,))), 12, None) - 12
        right, down = (np.sum(added * at) / added.sum() for at in plane(96))
        # The patient's right is on the left of the film.
        assert right < -0.2 if side == "right" else right > 0.2
        low, high = {"upper": (-0.8, -0.35), "mid": (-0.35, 0.05), "lower": (0.05, 0.5)}[zone]
        assert low < down < high

    @pytest.mark.parametrize("side", SIDES)
    def test_fluid_gathers_below(self, side):
        added = change(Findings(effusions=(Effusion(side, 0.5),)))
        there, other = np.split(added[58:76], 2, axis=1)[:: 1 if side == "right" else -1]
        assert there.mean() > 10 + abs(other.mean())

    def test_a_large_heart_is_wide(self):
        added = change(Findings(heart=1.0))
        assert added[50:64, 64:76].mean() > 15
        assert abs(added[20:30, 64:76].mean()) < 5


class TestMarks:
    def test_strokes_are_full_in_the_middle_and_absent_away(self):
        curve = np.array([[-0.9, 0.0], [0.9, 0.0]])
        drawn = strokes(64, [curve], 1.0)
        assert drawn[31:33, 10:54].min() > 0.7
        assert drawn[:26].max() < 0.01
        assert strokes(64, [], 1.0).max() == 0

    def test_strokes_may_leave_the_image(self):
        outside = arc(np.array([0.9, 0.9]), 0.3, 3.0, 0.2)
        assert strokes(64, [outside], 0.5).shape == (64, 64)

    def test_nearness_is_one_at_the_edge_of_the_nearest_spot(self):
        centres, radii = np.array([[0.0, 0.0], [0.5, 0.5]]), np.array([0.2, 0.1])
        right, down = plane(40)
        away = [np.hypot(right - x, down - y) / r for (x, y), r in zip(centres, radii, strict=True)]
        assert np.allclose(nearness(40, centres, radii), np.minimum(*away))
        assert nearness(40, centres[:0], radii[:0]).min() > 10

    def test_a_circle_is_its_own_outline(self):
        right, down = plane(40)
        assert np.allclose(outward(np.ones(ANGLES), right, down), np.hypot(right, down) - 1)
