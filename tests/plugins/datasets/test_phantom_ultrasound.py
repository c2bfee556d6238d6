from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medpeft_plugins.datasets.phantom_ultrasound import SPEC as PHANTOM_ULTRASOUND
from medpeft_plugins.datasets.phantom_ultrasound.reader import PhantomUltrasound
from medpeft_sdk.data import make_splits, open_cache


@pytest.fixture
def phantom() -> PhantomUltrasound:
    return PhantomUltrasound(PHANTOM_ULTRASOUND, None)


class TestPhantomUltrasound:
    def test_it_is_what_its_spec_says(self, phantom):
        table = phantom.index()
        counts = np.bincount(table.labels).tolist()
        assert dict(zip(table.classes, counts, strict=True)) == PHANTOM_ULTRASOUND.counts
        assert PHANTOM_ULTRASOUND.synthetic
        assert "ynthetic" in PHANTOM_ULTRASOUND.title
        assert len(set(table.groups)) == 900
        labels = dict(zip(table.groups, table.labels.tolist(), strict=True))
        assert all(labels[g] == k for g, k in zip(table.groups, table.labels, strict=True))
        assert table.fingerprint == PhantomUltrasound(PHANTOM_ULTRASOUND, None).index().fingerprint

    def test_an_image_is_a_function_of_its_id(self, phantom):
        table = phantom.index()
        names = [table.ids[i] for i in (0, 1, 300)]
        first = [phantom.read(name) for name in names]
        again = [PhantomUltrasound(PHANTOM_ULTRASOUND, None).read(name) for name in names[::-1]]
        for image, other in zip(first, again[::-1], strict=True):
            assert image.shape == (96, 96, 3)
            assert image.dtype == np.uint8
            assert (image == other).all()
        assert not (first[0] == first[1]).all()

    def test_grey_values_fill_the_range(self, phantom):
        images = np.stack([phantom.read(name) for name in phantom.index().ids[::40]])
        low, middle, high = np.percentile(images, [2, 50, 99])
        assert low < 20
        assert 50 < middle < 130
        assert high > 150

    def test_a_linear_probe_of_coarse_pixels_finds_part_of_the_signal(self, phantom, tmp_path):
        table = phantom.index()
        pixels = open_cache(phantom, table, image_size=96, folder=tmp_path)
        features = np.asarray(pixels[:, ::12, ::12, 0]).reshape(len(table), -1)
        splits = make_splits(table)
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
        probe.fit(features[splits.train], table.labels[splits.train])
        scores = probe.predict_proba(features[splits.test])
        auroc = roc_auc_score(table.labels[splits.test], scores, multi_class="ovr")
        assert 0.65 < auroc < 0.95
