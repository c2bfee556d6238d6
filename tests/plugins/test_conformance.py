"""The conformance kit over every built-in method."""

import pytest

from medpeft_sdk.registry import load_registry
from medpeft_sdk.testing import NETWORKS, check_on
from medpeft_sdk.testing.kit import check_spec

METHODS = [e.spec.name for e in load_registry().methods if e.origin.distribution == "medpeft-sdk"]


@pytest.mark.parametrize("name", METHODS)
def test_its_spec_and_registration(name: str) -> None:
    report = check_spec(load_registry().methods.get(name))
    assert not report.failures, report.failures


@pytest.mark.parametrize("network", list(NETWORKS))
@pytest.mark.parametrize("name", METHODS)
def test_it_conforms(name: str, network: str) -> None:
    entry = load_registry().methods.get(name)
    report = check_on(entry.load()(entry.spec), NETWORKS[network])
    assert not report.failures, report.failures
    if report.refusal is not None:
        assert name in report.refusal or "cannot be added to" in report.refusal


def test_every_kind_of_network_is_served() -> None:
    """What the specs declare: a network that nearly all methods refuse would check nothing."""
    specs = [load_registry().methods.get(name).spec for name in METHODS]
    for family in ("cnn", "transformer", "hybrid", "unet"):
        assert sum(family in spec.families for spec in specs) >= len(specs) // 2, family
