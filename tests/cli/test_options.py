"""Options that several commands share, and names that look like markup."""

from __future__ import annotations

from pathlib import Path

import pytest

from medpeft_sdk.cli.console import out, print_table
from medpeft_sdk.cli.options import folder, folders
from medpeft_sdk.errors import SpecError


def test_a_folder_needs_no_name_where_there_is_one_dataset() -> None:
    assert folders(["/x"], ["ham10000,split=image"]) == {"ham10000,split=image": "/x"}
    assert folders(["busi=/x", "smdg=/y"], ["busi", "smdg"]) == {"busi": "/x", "smdg": "/y"}
    assert folders(None, []) == {}


def test_options_may_stand_before_one_of_several_folders() -> None:
    typed = ["ham10000,split=image=/x=1", "busi=/y"]
    assert folders(typed, ["ham10000,split=image", "busi"]) == {"ham10000": "/x=1", "busi": "/y"}


@pytest.mark.parametrize("datasets", [[], ["busi", "smdg"]])
def test_a_folder_without_a_name_is_refused_where_it_could_be_anyones(datasets: list[str]) -> None:
    with pytest.raises(SpecError) as error:
        folders(["/x"], datasets)
    assert error.value.mend == "write --data busi=/x"


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
