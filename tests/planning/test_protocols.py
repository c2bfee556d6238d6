"""Protocols from files, and what they take from those that they extend."""

from collections.abc import Callable
from pathlib import Path

import pytest

from medpeft_sdk.errors import SpecError, UnknownNameError
from medpeft_sdk.planning import find_protocol, protocol_hash, with_full_names
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


def test_a_fixed_protocol_takes_no_trials_from_a_tuned_one(write: Write) -> None:
    tuned = "name = 'tuned'\nversion = 1\ntitle = 'Tuned'\nextends = 'quick'\nruleset = 'tuned'\n"
    theirs = f"{tuned}trials = 4\npruning = 'halving'"
    mine = write(mine=f"{OWN}extends = 'tuned.toml'\nruleset = 'fixed'", tuned=theirs)
    assert mine.ruleset == "fixed" and mine.trials is None and mine.pruning == "none"
    still = write(still=f"{OWN}extends = 'tuned.toml'")
    assert still.trials == 4 and still.pruning == "halving"


def test_it_says_itself_what_it_is(write: Write) -> None:
    with pytest.raises(SpecError, match="not a valid protocol") as raised:
        write(mine='extends = "quick"')
    for field in ("name", "version", "title"):
        assert f"{field}: it is missing" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('extends = "quik"', "did you mean quick"),
        ('extends = ["quick", "quick"]', "the name of one protocol"),
        ('extends = "mine.toml"', "extends itself"),
        ('extends = "none.toml"', "cannot be read: No such file or directory"),
        ('extends = "none.toml"', "a name that medpeft list protocols tells"),
        ("extends = ,", "cannot be read: Invalid value (at line 4"),
        ("extends = ,", "medpeft show protocol quick tells where"),
        ('extends = "quick"\nseed = [1]', "seed"),
        ('extends = "quick"\nsubsets = []', "subsets"),
        ('extends = "quick"\nsubsets = ["10%", "0.1"]', "twice"),
        ('extends = "quick"\nsubsets = ["110%"]', "at most 1"),
        ('extends = "quick"\n[recipe]\nepoch = 1', "recipe.epoch"),
        ('extends = "quick"\nreference = "loRra"', "did you mean lora"),
        ('extends = "quick"\nmethods = ["ssf", "dora"]', 'add "linear" to its methods'),
        ('extends = "quick"\nreference = "ssf"', "the reference of the protocol"),
        ('extends = "quick"\ndatsets = ["busi"]', "did you mean datasets?"),
        ('extends = "quick"\n[recipe]\nbatchsize = 1', "did you mean batch_size?"),
        ('extends = "quick"\nbatchsize = 1', "did you mean recipe.batch_size?"),
    ],
)
def test_what_cannot_be_a_protocol(text: str, said: str, write: Write) -> None:
    with pytest.raises((SpecError, UnknownNameError)) as raised:
        write(mine=OWN + text)
    assert said in str(raised.value)


def test_a_mark_of_the_encoding_before_the_text_is_not_of_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'{OWN}extends = "quick"', "utf-8-sig")
    assert find_protocol(str(file), load_registry()).name == "mine"


def test_no_file_passes_for_a_registered_protocol(write: Write) -> None:
    own = 'name = "quick"\nversion = 1\ntitle = "Mine"\nextends = "quick"\n'
    assert write(same=own).name == "quick"
    with pytest.raises(SpecError, match="calls itself 'quick'"):
        write(other=f"{own}seeds = [7]")
    older = own.replace("version = 1", "version = 99")
    assert write(older=f"{older}seeds = [7]").seeds == (7,)


def test_names_are_those_that_results_carry(write: Write) -> None:
    mine = write(mine=f'{OWN}extends = "quick"\ndatasets = ["folder:/x/images"]')
    named = with_full_names(mine, load_registry())
    assert named.datasets == ("folder:images",)
    assert named.backbones == mine.backbones


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
