from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from medpeft_sdk.data import Dataset, cache, fit_image, open_cache
from medpeft_sdk.errors import DataError, PluginError, StoreError
from tests.data.samples import Files, write_files, write_image

ROOT = Path(__file__).parents[2]


@pytest.fixture
def files(tmp_path) -> Files:
    return write_files(tmp_path / "images")


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "cache"


def opened(files: Files, folder: Path, **options):
    return open_cache(files, files.index(), **{"image_size": 16, "folder": folder, **options})


def caches(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.npy"))


def test_rows_are_the_decoded_images_in_the_order_of_the_table(files, folder):
    progress = []
    pixels = opened(files, folder, on_progress=lambda done, total: progress.append((done, total)))
    table = files.index()
    expected = [fit_image(files.read(name), 16, "squash") for name in table.ids]
    assert pixels.dtype == np.uint8
    assert (np.asarray(pixels) == np.stack(expected)).all()
    assert not pixels.flags.writeable
    assert progress[-1] == (20, 20)
    assert not list(folder.glob("*.partial"))


def test_a_whole_cache_is_not_built_again(files, folder, monkeypatch):
    first = np.array(opened(files, folder))
    monkeypatch.setattr(Files, "read", lambda self, name: pytest.fail("decoded again"))
    assert (np.asarray(opened(files, folder)) == first).all()


def test_another_size_fit_or_content_is_another_cache(files, folder):
    opened(files, folder)
    opened(files, folder, image_size=8)
    opened(files, folder, fit="pad")
    assert len(caches(folder)) == 3
    path = write_image(files.need_root() / "0_000.png", seed=99)
    os.utime(path, ns=(1, 1))
    changed = opened(files, folder)
    assert len(caches(folder)) == 4
    assert (changed[0] == fit_image(files.read("0_000.png"), 16, "squash")).all()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-100],
        lambda data: data[:40],
        lambda data: b"",
        lambda data: data + b"more",
        lambda data: b"\x00" * len(data),
        lambda data: data.replace(b"(20, 16, 16, 3)", b"(20, 16, 48, 1)"),
    ],
)
def test_a_damaged_cache_is_built_again(files, folder, damage):
    expected = np.array(opened(files, folder))
    (file,) = caches(folder)
    file.write_bytes(damage(file.read_bytes()))
    assert (np.asarray(opened(files, folder)) == expected).all()


def test_a_bad_image_is_named_and_how_to_leave_it_out(files, folder):
    (files.need_root() / "1_003.png").write_bytes(b"no image")
    with pytest.raises(DataError, match="text that begins with 'no image'") as error:
        opened(files, folder)
    assert "1_003.png" in str(error.value)
    assert "--corrupt skip" in str(error.value)
    assert not caches(folder)


def test_a_file_that_is_missing_is_named(files, folder):
    table = files.index()
    (files.need_root() / "1_003.png").unlink()
    with pytest.raises(DataError, match="No such file") as error:
        open_cache(files, table, image_size=16, folder=folder)
    assert "1_003.png" in str(error.value)


def test_a_dataset_without_path_or_read_is_told_what_it_lacks(files, folder):
    class Neither(Files):
        path = Dataset.path

    with pytest.raises(PluginError) as raised:
        opened(Neither(files.spec, files.root), folder)
    assert "Neither" in str(raised.value) and "path" in str(raised.value.expected)


def test_a_full_disk_is_said_and_leaves_nothing(files, folder, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100))
    with pytest.raises(StoreError, match="No space left on device"):
        opened(files, folder)
    assert not caches(folder)


def test_a_disk_that_fills_up_meanwhile_is_said_and_leaves_nothing(files, folder):
    limited = """
        import resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
    """
    result = build(files, folder, before=limited, check=False)
    assert "StoreError: the image cache cannot be written" in result.stderr
    assert not caches(folder)
    assert not [*folder.glob("*.partial"), *folder.glob("*.journal")]


def test_a_folder_that_cannot_be_written_is_said(files, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="MEDPEFT_CACHE_DIR") as error:
        opened(files, tmp_path / "file" / "cache")
    assert "MEDPEFT_CACHE_DIR" in str(error.value)


def script(files: Files, folder: Path, before: str = "", pause: float = 0) -> list[str]:
    code = f"""
        import time
        from pathlib import Path
        from medpeft_sdk.data import open_cache
        from tests.data.samples import Files, spec
        {before.strip()}
        class Slow(Files):
            def read(self, name):
                time.sleep({pause})
                return super().read(name)
        files = Slow(spec(), Path({str(files.root)!r}))
        done = lambda n, of: print("built", flush=True)
        open_cache(files, files.index(), image_size=16, folder=Path({str(folder)!r}),
                   workers=1, on_progress=done)
    """
    return [sys.executable, "-c", textwrap.dedent(code)]


def build(files: Files, folder: Path, *, before: str = "", check: bool = True):
    lines = [" " * 8 + line.strip() for line in before.strip().splitlines()]
    return subprocess.run(
        script(files, folder, "\n".join(lines)),
        cwd=ROOT,
        check=check,
        capture_output=True,
        text=True,
    )


def test_a_killed_build_leaves_nothing_that_reads_as_whole(files, folder):
    process = subprocess.Popen(
        script(files, folder, pause=0.01), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not caches(folder)
    assert list(folder.glob("*.partial"))
    expected = [fit_image(files.read(name), 16, "squash") for name in files.index().ids]
    assert (np.asarray(opened(files, folder)) == np.stack(expected)).all()
    assert not list(folder.glob("*.partial"))


def test_of_two_builders_one_builds_and_both_end_with_the_whole_file(files, folder):
    processes = [
        subprocess.Popen(
            script(files, folder, pause=0.01), cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(len(output) for output in outputs)[0] == 0
    expected = [fit_image(files.read(name), 16, "squash") for name in files.index().ids]
    assert (np.asarray(opened(files, folder)) == np.stack(expected)).all()


def test_without_locks_two_builders_do_not_disturb_each_other(files, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    other = np.array(opened(files, folder))
    (file,) = caches(folder)
    file.unlink()
    assert (np.asarray(opened(files, folder)) == other).all()


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("MEDPEFT_CACHE_DIR", str(tmp_path))
    assert cache.default_cache_folder() == tmp_path
    monkeypatch.delenv("MEDPEFT_CACHE_DIR")
    assert cache.default_cache_folder().name == "medpeft"


def test_importing_data_imports_no_tensor_library():
    code = "import sys, medpeft_sdk.data.cache; print({'torch', 'timm'} & set(sys.modules))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert output.stdout.strip() == "set()"
