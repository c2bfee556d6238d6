"""Options that several commands share, and names that look like markup."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from medpeft_sdk.cli.console import out, print_table
from medpeft_sdk.cli.options import folder, folders
from medpeft_sdk.errors import DataError, SpecError, UnknownNameError
from medpeft_sdk.execution import find_datasets
from medpeft_sdk.registry import load_registry
from medpeft_sdk.specs import split_options
from tests.plugins.datasets.trees import ham10000, paint


def test_a_folder_needs_no_name_where_there_is_one_dataset() -> None:
    assert folders(["/x"], ["ham10000,split=image"]) == {"ham10000,split=image": "/x"}
    assert folders(["busi=/x", "smdg=/y"], ["busi", "smdg"]) == {"busi": "/x", "smdg": "/y"}
    assert folders(None, []) == {}


def test_options_may_stand_before_one_of_several_folders() -> None:
    typed = ["ham10000,split=image=/x=1", "busi=/y"]
    assert folders(typed, ["ham10000,split=image", "busi"]) == {"ham10000": "/x=1", "busi": "/y"}


@pytest.mark.parametrize(
    ("datasets", "mend"),
    [
        ([], "write --data 'NAME=/x y'"),
        (["busi", "smdg"], "write --data 'busi=/x y'"),
        (["phantom_chest", "busi"], "write --data 'busi=/x y'"),
        (["ham10000,split=image", "busi"], "write --data 'ham10000=/x y'"),
        (["csv:t.csv,group=fold", "folder:f", "medmnist:mine.npz", "busi"],
         "write --data 'busi=/x y'"),
        (["csv:t.csv,group=fold", "folder:f"],
         "leave --data out: none of these datasets needs it"),
    ],
)  # fmt: skip
def test_a_folder_without_a_name_is_refused_where_it_could_be_anyones(
    datasets: list[str], mend: str
) -> None:
    with pytest.raises(SpecError) as error:
        folders(["/x y"], datasets)
    assert error.value.mend == mend
    if datasets and "--data out" not in mend:
        (typed,) = shlex.split(mend.removeprefix("write --data "))
        assert set(folders([typed], datasets)) <= {split_options(name)[0] for name in datasets}


def test_what_is_suggested_can_be_pasted(tmp_path: Path) -> None:
    root = ham10000(tmp_path / "the ham")
    images = [paint(tmp_path / "set" / name / f"{i}.png") for name in "ab" for i in range(2)]
    lines = [f"{file},{file.parent.name}" for file in images]
    (tmp_path / "t.csv").write_text("\n".join(("file,label", *lines)))
    names = [f"csv:{tmp_path}/t.csv,path=file", f"folder:{tmp_path}/set", "ham10000,split=image"]

    def found(data: str | Path, datasets: list[str] = names) -> dict[str, str]:
        given, registry = folders([str(data)], datasets), load_registry()
        return find_datasets(datasets, registry, given, None, subsets=(), where="")[1]

    with pytest.raises(SpecError) as error:
        found(root)
    assert error.value.mend is not None
    (typed,) = shlex.split(error.value.mend.removeprefix("write --data "))
    assert found(typed)["ham10000,split=image"] == str(root)
    next(root.rglob("*.jpg")).unlink()
    with pytest.raises(DataError) as incomplete:
        found(root, names[2:])
    assert incomplete.value.mend is not None
    name = incomplete.value.mend.rpartition("--dataset ")[2]
    assert found(root, [name]) == {"ham10000,missing=drop,split=image": str(root)}


@pytest.mark.parametrize(
    ("typed", "dataset", "mend"),
    [
        ("csv:t.csv,group=fold", "csv:t.csv,group=fold", "did you mean csv:t.csv?"),
        ("folder:g=/x", "folder:f", "did you mean folder:f?"),
        ("ham1000,split=image=/x", "ham10000,split=image", "did you mean ham10000?"),
        ("/a=b", "ham10000,split=image", "write --data ham10000=PATH"),
        ("/a=b", "csv:t.csv,group=g", "leave --data out: none of these datasets needs it"),
    ],
)
def test_a_folder_is_given_for_a_name_without_options(typed: str, dataset: str, mend: str) -> None:
    with pytest.raises(UnknownNameError) as error:
        find_datasets(
            [dataset], load_registry(), folders([typed], [dataset]), None, subsets=(), where=""
        )
    assert error.value.mend == mend


def test_a_title_is_broken_between_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "_width", 80)
    name = (
        "csv:a_table_of_images.csv,attributes=sex+age,group=patient,label=diagnosis,path=file_name"
    )
    with out.capture() as capture:
        print_table("busi,twins=keep: 780 samples", ("class", ">samples"), [["benign", "437"]])
        print_table(f"{name}: 24 samples of {'two ' * 20}classes", ("class",), [["benign"]])
    lines = capture.get().splitlines()
    assert lines[0] == "busi,twins=keep: 780 samples"
    assert f"{name}:" in lines
    words = {word for line in lines for word in line.split()}
    assert words >= {"samples", "two", "classes"} and not words & {"tw", "clas", "o"}


@pytest.mark.parametrize("typed", ["/x", "ham10000=/x", "ham10000,split=image=/x"])
def test_the_name_may_stand_before_the_folder_of_the_only_dataset(typed: str) -> None:
    assert folder(Path(typed), "ham10000,split=image") == Path("/x")
    assert folder(Path("other=/x"), "ham10000") == Path("other=/x")


def test_names_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("folder:ok", ("data",), [["folder:[red]x"], [":zero:"]])
    out.print("root [bold]x :ok:")
    printed = capsys.readouterr().out
    for name in ("folder:ok", "folder:[red]x", ":zero:", "root [bold]x :ok:"):
        assert name in printed
