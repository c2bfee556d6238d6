import numpy as np
import pytest
from medpeft_sdk_mydataset import MYDATASET
from medpeft_sdk_mydataset.dataset import MyDataset
from PIL import Image

from medpeft_sdk.data import make_splits
from medpeft_sdk.errors import DataError


@pytest.fixture
def root(tmp_path):
    """Two scans of each of 24 patients, every eighth of them blurred."""
    (tmp_path / "images").mkdir()
    lines = ["file,patient,finding,sex,quality"]
    for i in range(48):
        finding, quality = ("healthy", "ill")[i // 2 % 2], "blurred" if i % 8 == 7 else "good"
        lines.append(f"{i}.png,p{i // 2},{finding},{'FM'[i // 2 % 2]},{quality}")
        Image.new("L", (40, 30), 5 * i).save(tmp_path / "images" / f"{i}.png")
    (tmp_path / "scans.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_scans_are_listed_and_read(root):
    dataset = MyDataset(MYDATASET, root)
    table = dataset.index()
    assert np.bincount(table.labels).tolist() == [24, 18]
    assert dataset.read(table.ids[3]).shape == (30, 40, 3)
    assert len(MyDataset(MYDATASET.variant({"blurred": "keep"}), root).index()) == 48


def test_no_patient_is_parted(root):
    table = MyDataset(MYDATASET, root).index()
    splits = make_splits(table)
    patients = np.array(table.groups)
    assert not set(patients[splits.train]) & set(patients[splits.test])


def test_scans_of_unknown_patients_stand_alone(root):
    table = root / "scans.csv"
    table.write_text(table.read_text().replace("p3,", "nan,").replace("p5,", ","))
    groups = MyDataset(MYDATASET, root).index().groups or ()
    assert {"6.png", "10.png", "11.png"} <= set(groups) and not {"", "nan"} & set(groups)


def test_what_is_wrong_is_named(root):
    (root / "images" / "3.png").unlink()
    with pytest.raises(DataError, match=r"1 scans are missing, such as 3\.png"):
        MyDataset(MYDATASET, root).index()
    table = root / "scans.csv"
    table.write_text(table.read_text().replace("3.png,p1,ill", "2.png,p1,sick"))
    with pytest.raises(DataError, match="finding 'sick' is none of the classes"):
        MyDataset(MYDATASET, root).index()
