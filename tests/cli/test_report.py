from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from medpeft_sdk.cli.main import app
from medpeft_sdk.results import ResultStore
from tests.analysis.report.folder import make_folder


def report(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    return make_folder(
        tmp_path / "results", datasets=("busi",), fractions=("16shot",), seeds=(0, 1), images=40
    )


def test_the_page_and_its_folder_are_written_where_asked(
    store: ResultStore, tmp_path: Path
) -> None:
    found = report(store.folder, "-o", tmp_path / "my.html", "--resamples", 20)
    assert found.exit_code == 0, found.output
    assert "wrote" in found.stderr and found.stdout == ""
    assert (tmp_path / "my.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "my-files" / "methods.tex").is_file()


def test_a_damaged_result_is_named_on_the_page_and_by_the_exit_code(
    store: ResultStore, tmp_path: Path
) -> None:
    damaged = store.folder / "cells" / store.ids()[0]
    (damaged / "predictions.parquet").write_bytes(b"")
    found = report(
        store.folder, "-o", tmp_path / "r.html", "--assets", tmp_path / "a", "--resamples", 20
    )
    assert found.exit_code == 2 and damaged.name in found.stderr
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "1 stored result could not be read" in page and damaged.name in page


@pytest.mark.parametrize("content", ["[recipe]\nepochs = 1\n", "id,label\n1,a\n"])
def test_a_file_that_is_no_page_is_not_replaced(
    store: ResultStore, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "precious"
    file.write_text(content)
    refused = report(store.folder, "-o", file, "--resamples", 0)
    assert refused.exit_code != 0 and "no page" in str(refused.exception)
    assert file.read_text() == content
    assert not (tmp_path / "precious-files").exists()


def test_a_page_and_an_empty_file_are_replaced(store: ResultStore, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    for content in ("", "<!doctype HTML>\n<title>Old</title>"):
        file.write_text(content)
        assert report(store.folder, "-o", file, "--resamples", 0).exit_code == 0
        assert "Old" not in file.read_text("utf-8")[:200]


def test_the_page_may_lie_in_a_new_folder_with_its_files(
    store: ResultStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert report(store.folder, "-o", "new/my.html", "--resamples", 0).exit_code == 0
    assert (tmp_path / "new" / "my.html").is_file()
    elsewhere = report(store.folder, "-o", "other/my.html", "--assets", "new/files")
    assert "there is no such folder" in str(elsewhere.exception)


def test_a_report_that_fails_leaves_no_empty_folder(tmp_path: Path) -> None:
    assert report(tmp_path / "nowhere", "-o", tmp_path / "r.html").exit_code != 0
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_nothing_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = report(tmp_path / "nowhere", "-o", tmp_path / "r.html", "--assets", tmp_path / "file")
    assert "the report cannot be written" in str(found.exception)
