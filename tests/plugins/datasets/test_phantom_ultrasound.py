from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medpeft_plugins.datasets.busi import SPEC as BUSI
from medpeft_plugins.datasets.busi.reader import Busi
from medpeft_plugins.datasets.folder.reader import ImageFolder, resolve
from medpeft_plugins.datasets.phantom_ultrasound import SPEC as PHANTOM_ULTRASOUND
from medpeft_plugins.datasets.phantom_ultrasound.reader import PhantomUltrasound
from medpeft_sdk.data import make_splits, open_cache
from medpeft_sdk.errors import DataError
from medpeft_sdk.registry import load_registry


def write(path: Path, value: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 8), (value, value, value)).save(path)
    return path


def folder(root: Path) -> ImageFolder:
    name = f"folder:{root}"
    return ImageFolder(resolve(name), ImageFolder.root_of(name))


def fill(root: Path, *classes: str, count: int = 3) -> Path:
    for name in classes:
        for i in range(count):
            write(root / name / f"{i}.png")
    return root


def test_the_datasets_are_registered(tmp_path):
    datasets = load_registry().datasets
    assert {"busi", "phantom_ultrasound"} <= set(datasets.names)
    assert datasets.get("busi").load() is Busi
    entry = datasets.get(f"folder:{tmp_path}")
    assert entry.load() is ImageFolder
    assert entry.spec.name == f"folder:{tmp_path.name}"


class TestBusi:
    @pytest.fixture
    def root(self, tmp_path):
        for name, count in {"benign": 4, "malignant": 3, "normal": 2}.items():
            for i in range(1, count + 1):
                file = write(tmp_path / "Dataset_BUSI_with_GT" / name / f"{name} ({i}).png")
                Image.new("1", (12, 8)).save(file.with_stem(file.stem + "_mask"))
        write(tmp_path / "Dataset_BUSI_with_GT" / "benign" / "benign (1)_mask_1.png")
        (tmp_path / "Dataset_BUSI_with_GT" / "benign" / "Thumbs.db").write_bytes(b"x")
        return tmp_path

    def test_masks_are_left_out_and_the_folder_names_the_class(self, root):
        table = Busi(BUSI, root).index()
        assert np.bincount(table.labels).tolist() == [4, 3, 2]
        assert table.ids[0] == "benign/benign (1).png"
        assert table.groups is None
        assert Busi(BUSI, root).read(table.ids[0]).shape == (8, 12, 3)

    def test_the_root_may_be_the_folder_or_its_parent(self, root):
        inner = Busi(BUSI, root / "Dataset_BUSI_with_GT").index()
        assert inner.fingerprint == Busi(BUSI, root).index().fingerprint

    def test_bad_roots(self, root, tmp_path):
        with pytest.raises(DataError, match="images of 'busi' were not found"):
            Busi(BUSI, None).index()
        with pytest.raises(DataError, match="does not exist"):
            Busi(BUSI, tmp_path / "absent").index()
        (tmp_path / "empty").mkdir()
        with pytest.raises(DataError, match="class folder 'benign' is missing"):
            Busi(BUSI, tmp_path / "empty").index()

    def test_bad_class_folders(self, root):
        normal = root / "Dataset_BUSI_with_GT" / "normal"
        (normal / "notes.txt").write_text("x")
        with pytest.raises(DataError, match=r"other things than images: notes\.txt"):
            Busi(BUSI, root).index()
        for file in normal.iterdir():
            file.unlink()
        with pytest.raises(DataError, match="'normal' is empty"):
            Busi(BUSI, root).index()

    def test_a_class_of_masks_alone_has_no_images(self, root):
        normal = root / "Dataset_BUSI_with_GT" / "normal"
        for file in normal.glob("*).png"):
            file.unlink()
        with pytest.raises(DataError, match="holds masks only"):
            Busi(BUSI, root).index()


class TestFolder:
    def test_one_folder_a_class(self, tmp_path):
        dataset = folder(fill(tmp_path, "cat", "dog"))
        (tmp_path / "README.md").write_text("about")
        table = dataset.index()
        assert table.classes == ("cat", "dog")
        assert table.ids[:2] == ("cat/0.png", "cat/1.png")
        assert table.splits is None
        assert dataset.read("dog/2.png").shape == (8, 12, 3)
        assert str(tmp_path) not in dataset.spec.name

    @pytest.mark.parametrize("parts", [("train", "test"), ("Train", "valid", "Test")])
    def test_splits_inside(self, tmp_path, parts):
        for part in parts:
            fill(tmp_path / part, "cat", "dog", count=12)
        table = folder(tmp_path).index()
        assert table.splits is not None
        assert set(table.splits) == {{"valid": "val"}.get(p.lower(), p.lower()) for p in parts}
        splits = make_splits(table)
        assert len(splits.test) == 24
        assert {table.ids[i].split("/")[0].lower() for i in splits.test} == {"test"}

    def test_a_mask_among_the_images_is_refused(self, tmp_path):
        fill(tmp_path, "cat", "dog")
        write(tmp_path / "dog" / "1_mask.png")
        with pytest.raises(DataError, match=r"1 masks lie among the images: 1_mask\.png"):
            folder(tmp_path).index()

    @pytest.mark.parametrize(
        ("classes", "message"),
        [
            ((), "no class folders"),
            (("cat",), "one class only: 'cat'"),
            (("images", "masks"), "'masks' would be read as a class"),
        ],
    )
    def test_bad_classes(self, tmp_path, classes, message):
        fill(tmp_path, *classes)
        with pytest.raises(DataError, match=message):
            folder(tmp_path).index()

    def test_bad_trees(self, tmp_path):
        with pytest.raises(DataError, match="does not exist"):
            folder(tmp_path / "absent").index()
        with pytest.raises(DataError, match="names no folder"):
            resolve("folder:")
        write(tmp_path / "flat" / "1.png")
        with pytest.raises(DataError, match=r"no class folders, but the files 1\.png"):
            folder(tmp_path / "flat").index()
        fill(tmp_path / "nested" / "inner", "cat", "dog")
        with pytest.raises(DataError) as error:
            folder(tmp_path / "nested").index()
        assert str(tmp_path / "nested" / "inner") in str(error.value)
        (fill(tmp_path / "empty", "cat", "dog") / "eel").mkdir()
        with pytest.raises(DataError, match="'eel' is empty"):
            folder(tmp_path / "empty").index()
        fill(tmp_path / "uneven" / "train", "cat", "dog")
        fill(tmp_path / "uneven" / "test", "cat")
        with pytest.raises(DataError, match="class 'dog' is missing in test"):
            folder(tmp_path / "uneven").index()
        fill(tmp_path / "deep" / "cat", "one")
        fill(tmp_path / "deep", "dog")
        with pytest.raises(DataError, match="'cat' holds other things than images: one"):
            folder(tmp_path / "deep").index()


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
