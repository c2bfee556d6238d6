from __future__ import annotations

import shlex
import zipfile

import numpy as np
import pytest

from medpeft_plugins.datasets.medmnist import archive
from medpeft_sdk.api import open_dataset_at
from medpeft_sdk.data.verify import verify
from medpeft_sdk.errors import DataError, StoreError, UnknownNameError
from medpeft_sdk.registry import load_registry
from tests.plugins.datasets.trees import medmnist


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MEDPEFT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 3), (224, 224, 3)])
def test_images_of_any_size_grey_or_in_colour(tmp_path, shape):
    dataset = open_dataset_at(f"medmnist:{medmnist(tmp_path / 'mine.npz', shape=shape)}")
    table = dataset.index()
    assert (len(table), table.classes) == (24, ("0", "1"))
    assert table.splits == ("train",) * 12 + ("val",) * 6 + ("test",) * 6
    image = dataset.read("val/5")
    assert image.shape == (*shape[:2], 3)
    assert (image == 5).all()
    assert image.flags["C_CONTIGUOUS"]


def test_a_set_by_name_and_size(tmp_path):
    medmnist(tmp_path / "breastmnist.npz")
    medmnist(tmp_path / "breastmnist_64.npz", shape=(64, 64))
    small = open_dataset_at("medmnist:breastmnist", tmp_path)
    large = open_dataset_at("medmnist:breastmnist,size=64", tmp_path)
    assert small.index().classes == ("malignant", "normal, benign")
    assert large.read("test/0").shape == (64, 64, 3)
    assert small.index().fingerprint != large.index().fingerprint
    with pytest.raises(DataError, match=r"breastmnist_128\.npz is missing") as error:
        open_dataset_at("medmnist:breastmnist,size=128", tmp_path).index()
    assert "medpeft datasets prepare medmnist:breastmnist,size=128" in str(error.value)


def test_only_the_file_of_the_chosen_size_is_to_be_fetched():
    def files(name):
        return [d.file for d in load_registry().datasets.get(name).spec.needed_downloads()]

    assert files("medmnist:pathmnist") == ["pathmnist.npz"]
    assert files("medmnist:pathmnist,size=224") == ["pathmnist_224.npz"]


def test_labels_that_do_not_exclude_each_other(tmp_path):
    file = medmnist(tmp_path / "chestmnist.npz", labels=14)
    dataset = open_dataset_at("medmnist:chestmnist", tmp_path)
    assert dataset.spec.labels == "any"
    table = dataset.index()
    assert table.labels.shape == (24, 14)
    assert table.labels[3, :3].tolist() == [1, 1, 0]
    assert file.is_file()


def test_unpacked_images_end_with_the_dataset(tmp_path, cache):
    dataset = open_dataset_at(f"medmnist:{medmnist(tmp_path / 'mine.npz')}")
    dataset.index()
    assert not cache.exists()
    dataset.read("test/0")
    assert [path.name for path in cache.rglob("*.npy")] == ["test_images.npy"]
    del dataset
    assert not list(cache.iterdir())


def test_a_full_disk(tmp_path, monkeypatch):
    dataset = open_dataset_at(f"medmnist:{medmnist(tmp_path / 'mine.npz')}")

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.shutil, "copyfileobj", full)
    with pytest.raises(StoreError, match="No space left"):
        dataset.read("test/0")


def test_bad_files(tmp_path):
    def error(file):
        with pytest.raises(DataError) as caught:
            dataset = open_dataset_at(f"medmnist:{file}")
            dataset.read(dataset.index().ids[-1])
        assert str(file) in str(caught.value)
        return str(caught.value)

    assert "does not exist" in error(tmp_path / "absent.npz")
    file = tmp_path / "x.npz"
    file.write_bytes(b"no archive")
    assert "cannot be read" in error(file)
    whole = medmnist(tmp_path / "whole.npz").read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert "cannot be read" in error(file)
    damaged = bytearray(whole)
    damaged[len(whole) // 2 : len(whole) // 2 + 9] = b"\xff" * 9
    file.write_bytes(damaged)
    error(file)
    assert "shape (12, 28, 28, 28)" in error(medmnist(file, shape=(28, 28, 28)))
    np.savez(file, train_images=np.zeros((2, 4, 4), dtype=np.uint8))
    assert "no train_labels" in error(file)
    np.savez(file, train_labels=np.array([None]))
    assert "cannot be read" in error(file)
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("train_labels.npy", b"")
    assert "cannot be read" in error(file)
    medmnist(tmp_path / "retinamnist.npz", labels=6)
    with pytest.raises(DataError, match="its labels go from 0 to 1"):
        open_dataset_at("medmnist:retinamnist", tmp_path).index()


def test_unknown_names():
    with pytest.raises(
        UnknownNameError, match="no set of MedMNIST is called 'brestmnist'"
    ) as error:
        load_registry().datasets.get("medmnist:brestmnist")
    assert "breastmnist" in str(error.value)
    with pytest.raises(UnknownNameError, match=r"is called 'scans\.csv'") as error:
        load_registry().datasets.get("medmnist:scans.csv")
    assert "a file that ends in .npz" in str(error.value)


def test_a_path_is_no_name_of_a_set():
    with pytest.raises(UnknownNameError, match="is called '/data/breastmnist'") as error:
        load_registry().datasets.get("medmnist:/data/breastmnist")
    assert "did you mean breastmnist" in error.value.mend


def test_the_command_that_fetches_a_set_can_be_pasted(tmp_path):
    (tmp_path / "a b").mkdir()
    with pytest.raises(DataError, match=r"breastmnist\.npz is missing") as error:
        open_dataset_at("medmnist:breastmnist", tmp_path / "a b").index()
    assert shlex.split(error.value.mend)[3:] == [
        "medmnist:breastmnist", "--data", str(tmp_path / "a b"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_labels": 0, "val_labels": 0, "test_labels": 0}, "there is one class only: '0'"),
        ({"val_images": np.zeros((6, 20, 28), dtype=np.uint8)}, r"\(20, 28\) in val"),
        ({"val_labels": np.eye(6, dtype=np.uint8)}, r"labels have one shape .*\(6,\) in val"),
        ({"val_labels": np.nan}, "6 labels in val are no whole numbers, such as nan"),
        ({"test_labels": 0.5}, "6 labels in test are no whole numbers, such as 0.5"),
        ({"test_labels": np.array([["a"]] * 6)}, "test_labels has shape .* type <U1"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_files_that_cannot_be_meant_so(tmp_path, changes, message):
    file = medmnist(tmp_path / "x.npz")
    arrays = dict(np.load(file))
    for name, value in changes.items():
        array = isinstance(value, np.ndarray)
        arrays[name] = value if array else np.full(arrays[name].shape, value)
    np.savez(file, **arrays)
    with pytest.raises(DataError, match=message) as error:
        open_dataset_at(f"medmnist:{file}").index()
    assert str(file) in str(error.value)


@pytest.mark.parametrize("name", ["breastmnist", "breastmnist_64"])
def test_a_file_called_as_a_set_is_compared_with_it(tmp_path, name):
    file = medmnist(tmp_path / f"{name}.npz")
    size = ",size=64" if name.endswith("64") else ""
    for typed, data in ((f"medmnist:{file}", None), (f"medmnist:breastmnist{size}", tmp_path)):
        assert (
            "this is not the complete set: train split 12 of 546, val split 6 of 78, "
            "test split 6 of 156"
        ) in verify(open_dataset_at(typed, data)).problems
    assert not any(
        "complete" in problem
        for problem in verify(open_dataset_at(f"medmnist:{medmnist(tmp_path / 'x.npz')}")).problems
    )
