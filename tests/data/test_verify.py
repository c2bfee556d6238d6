from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medpeft_sdk.data import Dataset, SampleTable, make_splits
from medpeft_sdk.data.listing import columns, label_texts
from medpeft_sdk.data.verify import verify
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import Hyperparameter
from tests.data.samples import make_table, spec
from tests.data.test_duplicates import encoded, scene


class Set(Dataset):
    """Files of two classes, with whatever groups, splits and labels a test gives."""

    def __init__(self, root: Path, **columns) -> None:
        super().__init__(spec(), root)
        self.columns = columns

    def index(self) -> SampleTable:
        ids = tuple(sorted(p.name for p in self.need_root().iterdir()))
        labels = np.array([int(name[0]) for name in ids], dtype=np.int64)
        table = SampleTable(ids=ids, labels=labels, classes=("benign", "malignant"))
        return replace(table, **self.columns)

    def path(self, sample_id: str) -> Path:
        return self.need_root() / sample_id


@pytest.fixture
def root(tmp_path) -> Path:
    """Two classes of ten images."""
    for i in range(20):
        scene(i).save(tmp_path / f"{i % 2}_{i:02}.png")
    return tmp_path


def groups_of(root: Path, **others: str) -> tuple[str, ...]:
    """Every image is a patient of its own, but for those that are named."""
    names = sorted(p.name for p in root.iterdir())
    return tuple(others.get(name.partition(".")[0].replace("_", ""), name) for name in names)


def test_a_sound_set_has_no_problem(root):
    progress = []
    found = verify(Set(root), on_progress=lambda done, of: progress.append((done, of)))
    assert found.problems == ()
    assert found.counts == {"benign": 10, "malignant": 10}
    assert {side: sum(n.values()) for side, n in found.splits.items()} == {
        "train": 14,
        "val": 2,
        "test": 4,
    }
    table = Set(root).index()
    assert found.fingerprint == table.fingerprint
    assert found.splits_fingerprint == make_splits(table).fingerprint(table)
    assert progress[-1] == (20, 20)


def test_a_patient_on_both_sides_and_a_copy_encoded_again_are_both_named(root):
    table = Set(root).index()
    sides = make_splits(table).sides(20)
    ours = next(row for row, side in enumerate(sides) if side == "train")
    theirs = [row for row, side in enumerate(sides) if side == "test"]
    encoded(Image.open(root / table.ids[ours]), 60).resize((150, 120)).save(
        root / table.ids[theirs[1]]
    )
    groups = [f"patient {row}" for row in range(20)]
    groups[theirs[0]] = groups[ours]
    found = verify(Set(root, groups=tuple(groups), splits=tuple(sides)))
    assert found.parted == (f"patient {ours}",)
    (cluster,) = found.clusters
    assert cluster.ids == tuple(sorted((table.ids[ours], table.ids[theirs[1]])))
    assert cluster.splits == ("test", "train")
    assert not cluster.exact
    problems = "\n".join(found.problems)
    assert f"1 group is in several splits, such as patient {ours}" in problems
    assert f"of like images in several splits, such as {' and '.join(cluster.ids)}" in problems


def test_the_same_pixels_in_another_file_format_with_another_label(root):
    Image.open(root / "0_00.png").save(root / "1_99.bmp")
    found = verify(Set(root))
    (cluster,) = found.clusters
    assert cluster.exact
    assert cluster.ids == ("0_00.png", "1_99.bmp")
    assert cluster.labels == ("benign", "malignant")
    assert any("several labels" in problem for problem in found.problems)


def test_what_cannot_be_read_is_named_and_the_rest_is_checked(root):
    (root / "0_00.png").write_bytes((root / "0_00.png").read_bytes()[:500])
    (root / "1_01.png").write_bytes(b"text")
    Image.open(root / "0_02.png").save(root / "0_98.png")
    found = verify(Set(root))
    assert list(found.unreadable) == ["0_00.png", "1_01.png"]
    assert "cut short" in found.unreadable["0_00.png"]
    assert "2 images are unreadable, such as 0_00.png" in found.problems
    assert [cluster.ids for cluster in found.clusters] == [("0_02.png", "0_98.png")]


def test_counts_are_compared_with_those_of_the_complete_set(root):
    whole = Set(root)
    whole.spec = whole.spec.model_copy(update={"counts": {"benign": 10, "malignant": 12}})
    found = verify(whole)
    assert found.problems == ("this is not the complete set: malignant 10 of 12",)
    assert found.expected == {"benign": 10, "malignant": 12}


def test_a_set_that_cannot_be_split_is_said_and_still_checked(root):
    for file in root.glob("1_*.png"):
        if file.name != "1_01.png":
            file.unlink()
    Image.open(root / "0_02.png").save(root / "0_98.png")
    found = verify(Set(root))
    assert found.unsplit is not None and "'malignant' has fewer samples" in found.unsplit
    assert found.splits == {} and found.splits_fingerprint is None
    assert len(found.clusters) == 1
    assert found.clusters[0].splits == ()


def test_a_set_of_texts_has_no_classes(root):
    texts = tuple(f"report {i}" for i in range(20))
    found = verify(Set(root, labels=np.zeros(20, dtype=np.int64), classes=(), texts=texts))
    assert found.counts == {"all": 20}
    assert found.problems == ()


def test_the_table_has_the_splits_of_an_evaluation():
    table = replace(
        make_table([0, 1] * 10, [f"p{i // 2}" for i in range(20)]),
        attributes={"sex": ("f", "m") * 10},
        texts=("a", "b") * 10,
    )
    found = columns(table)
    assert list(found) == ["id", "label", "split", "group", "sex", "text"]
    assert found["label"][:2] == ["class 0", "class 1"]
    assert found["split"] == make_splits(table).sides(20)


def test_the_table_of_a_set_that_cannot_be_split_has_its_distributors():
    table = make_table([0, 1, 0, 1], splits=["train", "train", "test", "test"])
    assert columns(table)["split"] == ("train", "train", "test", "test")
    assert "split" not in columns(make_table([0, 1]))


def test_labels_without_classes_are_empty():
    table = make_table([0, 0])
    assert label_texts(replace(table, classes=())) == ["", ""]


OPTIONS = tuple(
    Hyperparameter(name=name, type="str", default="a", choices=("a", "b"), description="d")
    for name in ("classes", "where")
)


class Optional(Set):
    """Its option ``classes`` turns the classes about and forgets the groups."""

    def __init__(self, spec, root: Path) -> None:
        super().__init__(root)
        self.spec = spec

    def index(self) -> SampleTable:
        if self.spec.option("classes") == "b":
            return replace(super().index(), classes=("x", "y"))
        if not (self.root / "0_00.png").is_file():
            raise DataError("1 image is missing")
        return replace(super().index(), groups=groups_of(self.root, **dict.fromkeys(PAIR, "p")))


PAIR = ("000", "002", "004", "006", "008", "010", "012", "014")


@pytest.mark.parametrize("options", [{}, {"where": "b"}, {"classes": "b"}])
def test_no_option_hides_that_a_copy_is_incomplete(root, options):
    counts = {"benign": 10, "malignant": 12}
    plain = spec().model_copy(
        update={"options": OPTIONS, "redefining": ("classes",), "counts": counts}
    )
    found = verify(Optional(plain.variant(options), root))
    assert "this is not the complete set: malignant 10 of 12" in found.problems
    assert found.notes == (
        ("counts were compared as those of files",) if "classes" in options else ()
    )
    assert (found.parted == ("p",)) is ("classes" in options)
    if "classes" in options:
        (root / "0_00.png").unlink()
        found = verify(Optional(plain.variant(options), root))
        assert "this is not the complete set: 1 image is missing" in found.problems


def test_counts_that_nobody_knows_are_said_not_to_be_compared(root):
    published = Set(root)
    published.spec = published.spec.model_copy(update={"citation": "Somebody et al."})
    assert "counts were not compared" in verify(published).notes[0]
