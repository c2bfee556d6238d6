"""Protocols from files, and what they take from those that they extend."""

from collections.abc import Callable
from pathlib import Path

import pytest

from medpeft_sdk.errors import SpecError, UnknownNameError
from medpeft_sdk.planning import find_protocol, protocol_hash
from medpeft_sdk.registry import load_registry
from medpeft_sdk.specs import ProtocolSpec

OWN = 'name = "mine"\nversion = 1\ntitle = "Mine"\n'
Write = Callable[..., ProtocolSpec]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files and reads the first as a protocol."""

    def write(**texts: str) -> ProtocolSpec:
        for name, text in texts.items():
            (tmp_path / f"{name}.toml").write_text(text)
        return find_protocol(str(tmp_path / f"{next(iter(texts))}.toml"), load_registry())

    return write


def test_what_is_not_said_is_taken_from_the_other(write: Write) -> None:
    quick = find_protocol("quick", load_registry())
    mine = write(mine=f'{OWN}extends = "quick"\nseeds = [7]\n[recipe]\nepochs = 3\n')
    changes = {"seeds": (7,), "recipe": quick.recipe.model_copy(update={"epochs": 3})}
    own = {"name": "mine", "version": 1, "title": "Mine", "description": ""}
    assert mine == quick.model_copy(update=own | changes)
    assert protocol_hash(mine) != protocol_hash(quick)


def test_a_file_extends_a_file_beside_it(write: Write) -> None:
    third = "name = 'third'\nversion = 2\ntitle = 'Third'\nextends = 'quick'\nsubsets = ['1shot']"
    mine = write(mine=f"{OWN}extends = 'third.toml'", third=third)
    assert [str(subset) for subset in mine.subsets] == ["1shot"]
    assert mine.name == "mine" and mine.version == 1


def test_it_says_itself_what_it_is(write: Write) -> None:
    with pytest.raises(SpecError, match="not a valid protocol") as raised:
        write(mine='extends = "quick"')
    for field in ("name", "version", "title"):
        assert f"{field}: Field required" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('extends = "quik"', "did you mean quick"),
        ('extends = ["quick", "quick"]', "the name of one protocol"),
        ('extends = "mine.toml"', "extends itself"),
        ('extends = "none.toml"', "cannot be read"),
        ('extends = "quick"\nseed = [1]', "seed"),
        ('extends = "quick"\nsubsets = []', "subsets"),
        ('extends = "quick"\nsubsets = ["10%", "0.1"]', "twice"),
        ('extends = "quick"\nsubsets = ["110%"]', "less than or equal to 1"),
        ('extends = "quick"\n[recipe]\nepoch = 1', "recipe.epoch"),
        ('extends = "quick"\nreference = "loRra"', "did you mean lora"),
        ('extends = "quick"\nmethods = ["ssf", "dora"]', 'add "linear" to its methods'),
        ('extends = "quick"\nreference = "ssf"', "the reference of the protocol"),
    ],
)
def test_what_cannot_be_a_protocol(text: str, said: str, write: Write) -> None:
    with pytest.raises((SpecError, UnknownNameError)) as raised:
        write(mine=OWN + text)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "entry", list(load_registry().protocols), ids=lambda entry: entry.spec.name
)
def test_what_built_in_protocols_name_exists(entry) -> None:
    registry, protocol = load_registry(), entry.spec
    for name in (*protocol.methods, protocol.reference):
        registry.methods.get(name)
    for catalogue, names in (
        (registry.datasets, protocol.datasets),
        (registry.backbones, protocol.backbones),
        (registry.metrics, protocol.metrics),
    ):
        # A default tag of today may be another one tomorrow: names are written out.
        assert [catalogue.get(name).spec.name for name in names] == list(names)
