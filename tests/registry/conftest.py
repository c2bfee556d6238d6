import importlib
import itertools
import sys
from textwrap import dedent

import pytest

from medpeft_sdk.registry.plugins import installed_entry_points

METHOD = """
from medpeft_sdk import hookimpl
from medpeft_sdk.specs import MethodSpec

SPEC = MethodSpec(
    name="{name}",
    title="A method",
    kind="additive",
    formula="x",
    families=("cnn",),
    learning_rate=1e-3,
    identity_at_initialisation=True,
)


@hookimpl
def medpeft_register_methods(register):
    register(SPEC, "{address}")
"""


def method_module(name, address="nowhere.at_all:Method"):
    """Source of a plugin module that registers one method."""
    return METHOD.format(name=name, address=address)


@pytest.fixture(autouse=True)
def config_dir(tmp_path, monkeypatch):
    folder = tmp_path / "config"
    monkeypatch.setenv("MEDPEFT_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a distribution as pip would: modules and metadata in a folder on the path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)
    unique = itertools.count()

    def install(source, *, name=None, version="1.0", requires=(), module=None, points=None):
        number = next(unique)
        name = name or f"fake-plugin-{number}"
        module = module or f"fake_plugin_{number}_{id(site)}"
        (site / f"{module}.py").write_text(dedent(source), encoding="utf-8")
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        metadata += [f"Requires-Dist: {r}" for r in requires]
        (info / "METADATA").write_text("\n".join(metadata) + "\n", encoding="utf-8")
        names = points or {name.replace("-", "_"): module}
        lines = [f"{key} = {value.format(module=module)}" for key, value in names.items()]
        (info / "entry_points.txt").write_text(
            "\n".join(["[medpeft_sdk]", *lines]) + "\n", encoding="utf-8"
        )
        importlib.invalidate_caches()
        return module

    yield install
    for module in set(sys.modules) - before:
        if module.startswith("fake_plugin"):
            del sys.modules[module]


@pytest.fixture
def ours():
    """The entry points of the fake distributions alone, found as all others are."""
    return lambda: [p for p in installed_entry_points() if p.dist.name.startswith("fake")]


@pytest.fixture
def method():
    return method_module
