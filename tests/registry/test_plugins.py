"""Whatever an installed plugin does, it is reported by name and everything else goes on."""

import json
import subprocess
import sys

import pytest

from medpeft_sdk import __version__
from medpeft_sdk.errors import PluginError, SpecError, StoreError, UnknownNameError
from medpeft_sdk.registry import Registry, find_plugin, find_plugins, set_disabled


def load(points):
    registry = Registry(points)
    return registry, {p.name: p for p in registry.plugins}


def test_a_plugin_is_found_by_its_metadata_and_loaded(install, ours, method):
    module = install(method("mine"), name="fake-mine", version="2.3")
    assert module not in sys.modules
    found = find_plugin("fake-mine")
    assert (found.name, found.version, found.status) == ("fake_mine", "2.3", "found")
    assert module not in sys.modules
    registry, plugins = load(ours())
    assert plugins["fake_mine"].status == "loaded"
    assert registry.problems == ()
    origin = registry.methods.get("mine").origin
    assert (origin.kind, origin.name) == ("method", "mine")
    assert (origin.distribution, origin.version) == ("fake-mine", "2.3")


FAILING = {
    "raises": ("raise RuntimeError('broken on\\npurpose')", "RuntimeError: broken on purpose"),
    "exits": ("import sys\nsys.exit('no licence')", "SystemExit: no licence"),
    "imports what is missing": ("import not_there_at_all", "ModuleNotFoundError: No module"),
    "is not Python": ("def", "SyntaxError"),
    "raises in its hook": (
        "from medpeft_sdk import hookimpl\n"
        "@hookimpl\ndef medpeft_register_methods(register):\n    raise KeyError('x')",
        "KeyError: 'x'",
    ),
    "exits in its hook": (
        "from medpeft_sdk import hookimpl\n"
        "@hookimpl\ndef medpeft_register_methods(register):\n    raise SystemExit(3)",
        "SystemExit: 3",
    ),
    "implements an unknown hook": (
        "from medpeft_sdk import hookimpl\n@hookimpl\ndef medpeft_paint_it_blue(colour): ...",
        f"the hook medpeft_paint_it_blue, which medpeft-sdk {__version__} does not have",
    ),
    "has another signature": (
        "from medpeft_sdk import hookimpl\n"
        "@hookimpl\ndef medpeft_register_methods(register, extra): ...",
        "'extra'",
    ),
    "registers another kind of spec": (
        "from medpeft_sdk import hookimpl\nfrom medpeft_sdk.specs import ExecutorSpec\n"
        "@hookimpl\ndef medpeft_register_methods(register):\n"
        "    register(ExecutorSpec(name='x', title='x', description='x'), 'a:B')",
        "register was handed a ExecutorSpec; expected a MethodSpec",
    ),
    "registers no spec": (
        "from medpeft_sdk import hookimpl\n"
        "@hookimpl\ndef medpeft_register_methods(register):\n    register('lora', 'a:B')",
        "register was handed a str",
    ),
    "makes a spec that is not valid": (
        "from medpeft_sdk.specs import ExecutorSpec\n"
        "ExecutorSpec(name='Not Plain', title='x', description='x')",
        "this is not a valid executor; expected name: ",
    ),
}


@pytest.mark.parametrize("what", FAILING)
def test_a_plugin_that_fails_is_kept_apart(install, ours, method, what):
    source, reason = FAILING[what]
    install(source, name="fake-bad", version="0.7")
    install(method("good"), name="fake-good")
    registry, plugins = load(ours())
    bad = plugins["fake_bad"]
    assert bad.status == "failed"
    assert reason in bad.reason
    assert "\n" not in bad.reason
    assert "Traceback" in bad.traceback or "Error" in bad.traceback
    assert plugins["fake_good"].status == "loaded"
    assert registry.methods.names == ("good",)
    (problem,) = registry.problems
    assert problem.startswith("plugin fake_bad (fake-bad 0.7) was not loaded: ")


def test_a_bad_address_is_refused_where_it_is_registered(install, ours, method):
    install(method("mine", address="module_without_class"), name="fake-mine")
    _, plugins = load(ours())
    assert '"package.module:Name"' in plugins["fake_mine"].reason


def test_nothing_of_a_plugin_that_fails_halfway_is_kept(install, ours, method):
    source = method("half") + "    raise RuntimeError('afterwards')\n"
    source += "@hookimpl\ndef medpeft_cell_started(cell):\n    raise AssertionError('was called')\n"
    install(source)
    registry, _ = load(ours())
    assert registry.methods.names == ()
    registry.cell_started(None)


def test_no_hook_of_a_plugin_with_one_bad_signature_is_called(install, ours):
    install("""
        from medpeft_sdk import hookimpl

        @hookimpl
        def medpeft_cell_finished(result):
            raise AssertionError("was called")

        @hookimpl
        def medpeft_cell_started(cell, extra):
            raise AssertionError("was called")
    """)
    registry, plugins = load(ours())
    assert [p.status for p in plugins.values()] == ["failed"]
    registry.cell_finished(None)
    registry.cell_started(None)


@pytest.mark.parametrize(
    "requirement",
    ["medpeft-sdk>=99", "medpeft-sdk (<0.0.1)", "Medpeft_SDK>=99", "medpeft-sdk[test]>=99,<100"],
)
def test_a_plugin_built_for_another_core_is_not_even_imported(install, ours, method, requirement):
    module = install(method("late"), name="fake-late", requires=["numpy", requirement])
    registry, plugins = load(ours())
    assert plugins["fake_late"].status == "failed"
    assert f"this is medpeft-sdk {__version__}" in plugins["fake_late"].reason
    assert module not in sys.modules
    assert registry.methods.names == ()


@pytest.mark.parametrize(
    "requirement",
    [
        f"medpeft-sdk=={__version__}",
        "medpeft-sdk>=0.1,<0.2",
        "medpeft-sdk",
        "medpeft-sdk>=99; extra == 'later'",
        "medpeft-sdk>=99; python_version < '3'",
        "medpeft-sdk-other>=99",
    ],
)
def test_a_plugin_whose_requirement_is_met_is_loaded(install, ours, method, requirement):
    install(method("fits"), name="fake-fits", requires=[requirement])
    _, plugins = load(ours())
    assert plugins["fake_fits"].status == "loaded"


def test_two_plugins_with_one_name_are_both_named_and_neither_wins(install, ours, method):
    install(method("taken"), name="fake-one", version="1.1")
    install(method("taken"), name="fake-two", version="2.2")
    install(method("free"), name="fake-three")
    registry, plugins = load(ours())
    assert {p.status for p in plugins.values()} == {"loaded"}
    with pytest.raises(PluginError) as caught:
        registry.methods.get("taken")
    message = str(caught.value)
    assert "fake-one 1.1" in message
    assert "fake-two 2.2" in message
    assert "medpeft plugins disable fake-two" in message
    assert registry.methods.names == ("free",)
    assert registry.problems == (caught.value.what,)


def test_disabling_one_of_two_plugins_frees_the_name(install, ours, method):
    install(method("taken"), name="fake-one")
    install(method("taken"), name="fake-two")
    set_disabled("fake-two", True)
    registry, _ = load(ours())
    assert registry.methods.get("taken").origin.distribution == "fake-one"


def test_one_module_may_be_named_by_one_entry_point_only(install, ours, method):
    install(method("mine"), name="fake-mine", points={"a": "{module}", "b": "{module}"})
    registry, plugins = load(ours())
    assert [plugins[n].status for n in "ab"] == ["loaded", "failed"]
    assert registry.methods.names == ("mine",)


def test_registration_imports_no_implementation(install, ours, method):
    module = install("raise RuntimeError('needs a GPU')\n", name="fake-impl", points={})
    install(method("heavy", address=f"{module}:Heavy"), name="fake-heavy")
    registry = Registry([p for p in ours() if p.name == "fake_heavy"])
    entry = registry.methods.get("heavy")
    assert module not in sys.modules
    with pytest.raises(PluginError, match="RuntimeError: needs a GPU") as caught:
        entry.load()
    assert "fake-heavy 1.0" in str(caught.value)


def test_a_hook_may_have_another_name_in_its_module(install, ours, method):
    source = method("mine").replace("@hookimpl", "@hookimpl(specname='medpeft_register_methods')")
    install(source.replace("def medpeft_register_methods", "def add_mine"))
    registry, _ = load(ours())
    assert registry.methods.names == ("mine",)


def test_trackers_hear_of_every_cell(install, ours):
    module = install("""
        from medpeft_sdk import hookimpl

        heard = []

        @hookimpl
        def medpeft_cell_started(cell):
            heard.append(("started", cell))

        @hookimpl
        def medpeft_cell_finished(result):
            heard.append(("finished", result))
    """)
    registry, _ = load(ours())
    registry.cell_started("cell")
    registry.cell_finished("result")
    assert sys.modules[module].heard == [("started", "cell"), ("finished", "result")]


def test_a_tracker_that_raises_loses_neither_the_cell_nor_the_other_trackers(install, ours):
    install("""
        from medpeft_sdk import hookimpl

        @hookimpl
        def medpeft_cell_started(cell):
            raise ConnectionError("no server")
    """)
    module = install("""
        from medpeft_sdk import hookimpl

        heard = []

        @hookimpl
        def medpeft_cell_started(cell):
            heard.append(cell)
    """)
    registry, _ = load(ours())
    with pytest.warns(UserWarning, match="fake_plugin_0: ConnectionError: no server"):
        registry.cell_started("cell")
    assert sys.modules[module].heard == ["cell"]


def test_metadata_without_a_name_does_not_stop_the_rest(install, tmp_path, method):
    install(method("mine"), name="fake-mine")
    info = tmp_path / "site" / "nameless-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[medpeft_sdk]\nnameless = nameless\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\n")
    assert "fake_mine" in {p.name for p in find_plugins()}


# Disabling


@pytest.mark.parametrize("by", ["fake_mine", "fake-mine"])
def test_a_disabled_plugin_is_not_imported(install, ours, method, by):
    module = install(method("mine"), name="fake-mine")
    set_disabled(by, True)
    registry, plugins = load(ours())
    assert plugins["fake_mine"].status == "disabled"
    assert module not in sys.modules
    assert registry.problems == ()
    with pytest.raises(UnknownNameError):
        registry.methods.get("mine")
    set_disabled(by, False)
    registry, _ = load(ours())
    assert registry.methods.names == ("mine",)


def test_the_settings_file_is_small_and_readable(config_dir):
    set_disabled("b", True)
    set_disabled("a", True)
    set_disabled("a", True)
    set_disabled("c", False)
    assert json.loads((config_dir / "plugins.json").read_text()) == {"disabled": ["a", "b"]}
    assert [f.name for f in config_dir.iterdir()] == ["plugins.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"off": []}', '{"disabled": "lora"}', "\xff"])
def test_settings_that_cannot_be_read_say_where_they_are(config_dir, text):
    config_dir.mkdir()
    (config_dir / "plugins.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(SpecError, match="plugin settings") as caught:
        find_plugins()
    assert str(config_dir) in str(caught.value)


def test_settings_that_cannot_be_written(config_dir):
    config_dir.write_text("a file, not a folder")
    with pytest.raises(StoreError, match="cannot be written") as caught:
        set_disabled("x", True)
    assert "MEDPEFT_CONFIG_DIR" in str(caught.value)


def test_find_plugin_suggests_the_nearest_name(install, method):
    install(method("mine"), name="fake-mine")
    with pytest.raises(UnknownNameError, match="no plugin is called 'fake-mien'") as caught:
        find_plugin("fake-mien")
    assert "fake-mine" in str(caught.value)


# The installed built-ins


def test_the_built_in_plugins_load_and_import_no_tensor_library():
    code = (
        "import sys\n"
        "from medpeft_sdk.registry import load_registry\n"
        "registry = load_registry()\n"
        "ours = [p for p in registry.plugins if p.distribution == 'medpeft-sdk']\n"
        "assert ours and all(p.status == 'loaded' for p in ours), ours\n"
        "assert not {'torch', 'timm', 'peft', 'torchmetrics'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
