"""Small trees in the exact layouts of distributors: their names, columns, nesting and quirks.

Pixels are noise.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.data.dicoms import write_dicom
from tests.plugins.datasets import contents


def paint(path: Path, *, mode: str = "RGB", size: tuple[int, int] = (12, 8)) -> Path:
    """Writes an image whose pixels depend on its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(list(path.name.encode()))
    pixels = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return path


def tabulate(
    path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]], *, delimiter: str = ","
) -> Path:
    """Writes a table; one whose name ends in ``.gz`` is packed."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    data = text.getvalue().encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def busi(root: Path, *, benign: int = 4, malignant: int = 3, normal: int = 2) -> Path:
    """Masks lie beside their images: of one bit, those of class normal in colour."""
    top = root / "Dataset_BUSI_with_GT"
    for name, count in {"benign": benign, "malignant": malignant, "normal": normal}.items():
        for i in range(1, count + 1):
            file = paint(top / name / f"{name} ({i}).png")
            paint(file.with_stem(f"{file.stem}_mask"), mode="RGB" if name == "normal" else "1")
    paint(top / "benign" / "benign (1)_mask_1.png", mode="1")
    (top / "benign" / "Thumbs.db").write_bytes(b"x")
    return root


def ham10000(root: Path, form: str = "kaggle") -> Path:
    """Two lesions of each class, the first of which is shown twice."""
    rows: list[dict[str, str]] = []
    for k, name in enumerate(contents.HAM_CLASSES):
        for lesion, shown in enumerate((2, 1)):
            for _ in range(shown):
                rows.append({
                    "lesion_id": f"HAM_{2 * k + lesion:07}",
                    "image_id": f"ISIC_{24306 + len(rows):07}",
                    "dx": name, "dx_type": "histo", "age": "80.0" if k else "",
                    "sex": "male" if lesion else "unknown", "localization": "scalp",
                })  # fmt: skip
    half = len(rows) // 2
    for at, row in enumerate(rows):
        folder = f"HAM10000_images_part_{1 if at < half else 2}"
        paint(root / ("combined" if form == "combined" else folder) / f"{row['image_id']}.jpg")
    if form == "dataverse":
        rows = [row | {"dataset": "vidir_molemax"} for row in rows]
        tabulate(
            root / "HAM10000_metadata", (*contents.HAM_COLUMNS, "dataset"), rows, delimiter="\t"
        )
        masks = root / "HAM10000_segmentations_lesion_tschandl"
        paint(masks / "ISIC_0024306_segmentation.png", mode="1")
        paint(root / "ISIC2018_Task3_Test_Images" / "ISIC_0034524.jpg")
        (root / "ISIC2018_Task3_Test_GroundTruth.csv").write_text("lesion_id,image_id\n")
    else:
        tabulate(root / "HAM10000_metadata.csv", contents.HAM_COLUMNS, rows)
        (root / "hmnist_28_28_L.csv").write_text("pixel0000,label\n0,0\n")
    return root


def fitzpatrick17k(root: Path, *, named: str = "md5hash") -> Path:
    """One row has no address; images are called by their digest, or by what was their address."""
    rows: list[dict[str, str]] = []
    for at, (skin, condition, nine, three, quality) in enumerate(contents.FITZPATRICK):
        rows.append({
            "md5hash": hashlib.md5(str(at).encode()).hexdigest(), "fitzpatrick_scale": skin,
            "fitzpatrick_centaur": skin, "label": condition, "nine_partition_label": nine,
            "three_partition_label": three, "qc": quality,
            "url": f"https://atlas.example/{at}.jpg" if at else "",
            "url_alphanum": f"httpsatlasexample{at}jpg.jpg",
        })  # fmt: skip
        stem = rows[-1][named].removesuffix(".jpg")
        paint(root / "data" / "finalfitz17k" / f"{stem}.jpg")
    tabulate(root / "fitzpatrick17k.csv", tuple(rows[0]), rows)
    return root


def smdg(root: Path, *, nested: bool = True) -> Path:
    """Kaggle puts each folder into another of its name; the table knows nothing of it."""
    rows: list[dict[str, str]] = []
    for name, kind, original, patient, sex, gender, age, eye in contents.SMDG:
        rows.append({
            "names": name, "types": kind, "original_name": original, "patient_id": patient,
            "fundus": f"/full-fundus/{name}.png", "sex": sex, "gender": gender, "age": age,
            "eye": eye, "isColor": "1",
        })  # fmt: skip
        for folder in ("full-fundus", "optic-disc", "optic-cup"):
            inner = root / folder / folder if nested else root / folder
            paint(inner / f"{name}.png", mode="RGB" if folder == "full-fundus" else "L")
    tabulate(root / "metadata - standardized.csv", contents.SMDG_HEADER.split(","), rows)
    return root


def rsna_pneumonia(root: Path, *, suffix: str = ".dcm") -> Path:
    """A row for each box, and one for each patient without; test images have no labels."""
    boxes: list[dict[str, str]] = []
    kinds: list[dict[str, str]] = []
    for patient, (kind, sex, age, count) in contents.RSNA.items():
        where = {"x": "264.0", "y": "152.0", "width": "213.0", "height": "379.0"} if count else {}
        target = str(int(count > 0))
        boxes += [{"patientId": patient, "Target": target, **where}] * max(1, count)
        kinds += [{"patientId": patient, "class": kind}] * max(1, count)
        _film(root / "stage_2_train_images" / f"{patient}{suffix}", sex, age)
    _film(root / "stage_2_test_images" / f"0000a175-0e68-4ca4-b1af-167204a7e0bc{suffix}", "M", "46")
    columns = ("patientId", "x", "y", "width", "height", "Target")
    tabulate(root / "stage_2_train_labels.csv", columns, boxes)
    tabulate(root / "stage_2_detailed_class_info.csv", ("patientId", "class"), kinds)
    (root / "stage_2_sample_submission.csv").write_text("patientId,PredictionString\n")
    return root


def mimic_cxr(root: Path, *, suffix: str = ".jpg", packed: bool = True, reports: str = "") -> Path:
    """Tables from MIMIC-CXR-JPG, reports from MIMIC-CXR, below the folder ``reports`` if any."""
    rows: list[dict[str, str]] = []
    for subject, study, views, split, text in contents.MIMIC:
        place = f"files/p{subject[:2]}/p{subject}/s{study}"
        for view in views:
            image = hashlib.sha1(f"{study}{view}{len(rows)}".encode()).hexdigest()
            rows.append({
                "dicom_id": image, "subject_id": subject, "study_id": study, "split": split,
                "ViewPosition": view, "Rows": "8", "Columns": "12", "StudyDate": "21800506",
            })  # fmt: skip
            _film(root / f"{place}/{image}{suffix}", "F", "52")
        report = root / reports / f"{place}.txt"
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(text, encoding="utf-8")
    columns = {
        "metadata": contents.MIMIC_HEADER.split(","),
        "split": ("dicom_id", "study_id", "subject_id", "split"),
    }
    for kind, names in columns.items():
        file = root / f"mimic-cxr-2.0.0-{kind}.csv{'.gz' if packed else ''}"
        tabulate(file, names, [{name: row.get(name, "") for name in names} for row in rows])
    return root


def medmnist(file: Path, *, shape: tuple[int, ...] = (28, 28), labels: int = 1) -> Path:
    """Three splits; each image of a split is as bright as its number."""
    arrays: dict[str, np.ndarray] = {}
    for split, count in {"train": 12, "val": 6, "test": 6}.items():
        levels = np.arange(count, dtype=np.uint8).reshape(count, *[1] * len(shape))
        arrays[f"{split}_images"] = np.broadcast_to(levels, (count, *shape))
        codes = np.arange(count)[:, None] >> np.arange(labels) & 1
        arrays[f"{split}_labels"] = codes.astype(np.uint8)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, **arrays)
    return file


def _film(path: Path, sex: str, age: str) -> Path:
    """Writes a radiograph, in the form that its ending tells."""
    if path.suffix != ".dcm":
        return paint(path, mode="L")
    rng = np.random.default_rng(list(path.name.encode()))
    pixels = rng.integers(0, 256, (8, 12), dtype=np.uint8)
    return write_dicom(
        path, pixels, PatientSex=sex, PatientAge=age, ViewPosition="PA", PatientID=path.stem
    )
