"""Lookup by name: exact, by namespace, with a suggestion where there is nothing."""

import pickle

import pytest

from medpeft_sdk.errors import MedpeftError, PluginError, UnknownNameError
from medpeft_sdk.registry import Catalogue, Entry, Registrar
from medpeft_sdk.specs import ExecutorSpec, Origin


def spec(name):
    return ExecutorSpec(name=name, title=name.title(), description="x")


def resolve_space(name):
    """The resolver of the namespaces below, which knows a planet."""
    if not name.endswith("mars"):
        raise UnknownNameError(f"no planet is called {name}")
    return spec(name.removeprefix("space/"))


def register(catalogue, *names, distribution="medpeft-sdk", prefixes=()):
    registrar = Registrar("executor", ExecutorSpec, distribution, "1.0")
    for name in names:
        registrar(spec(name), "json:JSONDecoder")
    for prefix in prefixes:
        registrar.namespace(
            prefix,
            resolver="space_resolver:resolve_space",
            address="json:JSONEncoder",
            description="All of them.",
            example=f"{prefix}one",
        )
    for item in registrar.items:
        catalogue.add(item)


@pytest.fixture
def catalogue(monkeypatch):
    import sys
    import types

    module = types.ModuleType("space_resolver")
    module.resolve_space = resolve_space
    monkeypatch.setitem(sys.modules, "space_resolver", module)
    catalogue = Catalogue("executor")
    register(catalogue, "serial", "local", prefixes=("space/",))
    return catalogue


def test_entries_are_listed_by_name(catalogue):
    assert catalogue.names == ("local", "serial")
    assert [entry.spec.title for entry in catalogue] == ["Local", "Serial"]
    assert [space.prefix for space in catalogue.namespaces] == ["space/"]


def test_an_entry_loads_its_implementation(catalogue):
    import json

    assert catalogue.get("local").load() is json.JSONDecoder


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("json:Nothing", "AttributeError"),
        ("no_such_module:X", "ModuleNotFoundError"),
        (":X", "ValueError"),
    ],
)
def test_an_implementation_that_cannot_be_loaded_names_its_distribution(address, error):
    origin = Origin(kind="executor", name="x", distribution="somebody", version="1.2")
    with pytest.raises(PluginError, match=error) as caught:
        Entry(spec("x"), address, origin).load()
    assert "somebody 1.2" in str(caught.value)
    assert address in str(caught.value)


def test_an_entry_without_an_implementation_says_so():
    origin = Origin(kind="protocol", name="x", distribution="somebody", version="1.2")
    with pytest.raises(PluginError, match="has no implementation"):
        Entry(spec("x"), None, origin).load()


def test_a_namespace_makes_the_spec_of_the_name_that_is_asked_for(catalogue):
    import json

    entry = catalogue.get("space/mars")
    assert entry.spec == spec("mars")
    assert entry.origin.name == "space/mars"
    assert entry.origin.distribution == "medpeft-sdk"
    assert entry.load() is json.JSONEncoder
    assert "space/mars" not in catalogue.names


def test_an_unknown_name_is_met_with_the_nearest_ones(catalogue):
    with pytest.raises(UnknownNameError) as caught:
        catalogue.get("seril", where="--executor")
    message = str(caught.value)
    assert "no executor is called 'seril'" in message
    assert "did you mean serial?" in message
    assert "--executor" in message
    assert "space/…" in message


def test_an_unknown_name_with_nothing_near_gets_the_list_alone(catalogue):
    with pytest.raises(UnknownNameError) as caught:
        catalogue.get("zzzzzzzz")
    assert "did you mean" not in str(caught.value)
    assert "local, serial" in str(caught.value)


def test_a_family_s_name_is_met_with_its_members():
    catalogue = Catalogue("method")
    register(catalogue, "lora", "vpt_deep", "vpt_shallow")
    with pytest.raises(UnknownNameError) as caught:
        catalogue.get("vpt")
    assert "vpt_deep" in str(caught.value.mend)


def test_a_name_without_its_library_is_met_with_it(catalogue):
    with pytest.raises(UnknownNameError) as caught:
        catalogue.get("mars")
    assert caught.value.mend == "did you mean mars?"


def test_capitals_do_not_hide_a_name(catalogue):
    with pytest.raises(UnknownNameError) as caught:
        catalogue.get("SERIAL")
    assert caught.value.mend == "did you mean serial?"


def test_a_long_list_is_counted_and_not_printed():
    catalogue = Catalogue("executor")
    register(catalogue, *(f"name{n}" for n in range(40)))
    with pytest.raises(UnknownNameError, match="no executor") as caught:
        catalogue.get("zzz")
    assert "one of 40 names, see medpeft list executors" in str(caught.value)


def test_an_empty_catalogue_says_that_it_is_empty():
    with pytest.raises(UnknownNameError) as caught:
        Catalogue("executor").get("x")
    assert "there is none" in str(caught.value)


def test_a_claimed_name_is_a_conflict_and_the_core_is_not_the_one_to_disable(catalogue):
    register(catalogue, "local", distribution="a-plugin")
    with pytest.raises(PluginError, match="claimed by") as caught:
        catalogue.get("local")
    assert "medpeft-sdk 1.0 and by a-plugin 1.0" in caught.value.what
    assert caught.value.mend == "medpeft plugins disable a-plugin"
    assert catalogue.names == ("serial",)
    assert [c.what for c in catalogue.conflicts] == [caught.value.what]


def test_a_name_registered_twice_by_one_plugin_is_a_conflict_too(catalogue):
    register(catalogue, "twice", "twice", distribution="a-plugin")
    with pytest.raises(PluginError, match="claimed by"):
        catalogue.get("twice")


def test_a_claimed_prefix_is_a_conflict(catalogue):
    register(catalogue, prefixes=("space/",), distribution="a-plugin")
    with pytest.raises(PluginError, match="'space/' is claimed by"):
        catalogue.get("space/mars")
    assert catalogue.namespaces == ()
    assert len(catalogue.conflicts) == 1


def test_a_namespace_with_a_bad_resolver_is_refused():
    registrar = Registrar("executor", ExecutorSpec, "somebody", "1.0")
    with pytest.raises(PluginError, match="registered with the address 'resolver'"):
        registrar.namespace("x/", resolver="resolver", address="a:B", description="", example="x/y")
    assert registrar.items == []


def test_errors_cross_process_boundaries(catalogue):
    with pytest.raises(MedpeftError) as caught:
        catalogue.get("seril", where="here")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is UnknownNameError
    assert str(again) == str(caught.value)
