from __future__ import annotations

import stat
from pathlib import Path

import pytest

from medpeft_sdk.errors import StoreError
from medpeft_sdk.results import check_replaceable, write_text
from medpeft_sdk.results.atomic import new_folder


def test_text_replaces_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    write_text(file, "one\n")
    write_text(file, "zwölf\n")
    assert file.read_bytes() == "zwölf\n".encode()
    assert [f.name for f in tmp_path.iterdir()] == ["a.csv"]


def test_a_file_of_another_kind_is_not_in_the_place_of_an_output(tmp_path: Path) -> None:
    for name in ("old.csv", "OLD.CSV", "fold.toml"):
        (tmp_path / name).write_text("a")
    (tmp_path / "empty").write_text("")
    for name in ("old.csv", "OLD.CSV", "empty", "new.toml", "x" * 300):
        check_replaceable(tmp_path / name, ".csv")
    with pytest.raises(StoreError, match=r"does not end in \.tex or \.latex") as caught:
        check_replaceable(tmp_path / "fold.toml", ".tex", ".latex")
    assert "choose another file" in str(caught.value)


def test_a_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write_text(tmp_path / "ours", "")
    plain, ours = ((tmp_path / n).stat().st_mode for n in ("plain", "ours"))
    assert stat.S_IMODE(plain) == stat.S_IMODE(ours)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no device files")
def test_a_device_is_written_to_and_not_replaced() -> None:
    write_text(Path("/dev/null"), "text")
    assert not Path("/dev/null").is_file()


def test_a_file_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "none" / "a.csv", tmp_path / "file" / "a.csv", tmp_path):
        with pytest.raises(StoreError) as caught:
            write_text(path, "")
        assert str(path) in str(caught.value)


def test_a_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    target, temporary = tmp_path / "cell", tmp_path / "partial" / "x"
    with new_folder(target, temporary) as folder:
        (folder / "a").write_text("a")
        assert not target.exists()
    assert (target / "a").read_text() == "a"
    assert not temporary.exists()


def test_a_folder_replaces_another(tmp_path: Path) -> None:
    target = tmp_path / "cell"
    for name in "ab":
        with new_folder(target, tmp_path / "partial" / name) as folder:
            (folder / name).write_text(name)
    assert [f.name for f in target.iterdir()] == ["b"]
    assert not list((tmp_path / "partial").iterdir())


def test_an_error_leaves_nothing_behind_and_the_old_folder_alone(tmp_path: Path) -> None:
    target = tmp_path / "cell"
    target.mkdir()
    (target / "old").write_text("old")
    with (
        pytest.raises(KeyboardInterrupt),
        new_folder(target, tmp_path / "partial" / "x") as folder,
    ):
        (folder / "new").write_text("new")
        raise KeyboardInterrupt
    assert [f.name for f in target.iterdir()] == ["old"]
    assert not list((tmp_path / "partial").iterdir())
