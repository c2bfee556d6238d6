"""Running the checks of a method, on every network that it does not refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from medpeft_sdk.adaptation import Method
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.registry import Entry, load_registry
from medpeft_sdk.specs import MethodSpec
from medpeft_sdk.testing import keeping_checks, spec_checks, training_checks
from medpeft_sdk.testing.networks import NETWORKS, Network
from medpeft_sdk.testing.report import NotApplicableError, Outcome, Report
from medpeft_sdk.testing.subject import Subject

T = TypeVar("T")

NETWORK_CHECKS: tuple[Callable[[Subject], None], ...] = (
    training_checks.starts_as_the_pretrained_network,
    training_checks.gradients_reach_what_is_trained,
    training_checks.what_is_added_is_used,
    training_checks.frozen_tensors_stay,
    training_checks.resuming_changes_nothing,
    training_checks.a_seed_decides,
    training_checks.odd_sizes_and_single_images_work,
    training_checks.half_precision_works,
    training_checks.it_follows_to_another_device,
    keeping_checks.saving_and_loading_keep_the_answers,
    keeping_checks.merging_keeps_the_answers,
    keeping_checks.counts_are_right,
    keeping_checks.copies_answer_the_same,
    keeping_checks.it_adapts_without_weights,
    keeping_checks.it_adapts_a_network_once,
    keeping_checks.every_allowed_value_works,
)
"""What is checked on each network; a check's title is the first line of its docstring."""

METHOD_CHECKS: tuple[Callable[[Entry[MethodSpec]], None], ...] = (
    spec_checks.the_spec_survives_json,
    spec_checks.the_spec_explains_itself,
    spec_checks.it_registers_quickly_and_without_torch,
)
"""What is checked once for each method."""


def check_method(name: str, networks: Iterable[str] = tuple(NETWORKS)) -> list[Report]:
    """Checks an installed method by its name, for itself and on networks.

    Raises:
        UnknownNameError: No method is called so.
    """
    entry = load_registry().methods.get(name)
    reports = [check_spec(entry)]
    for network in networks:
        reports.append(check_on(entry.load()(entry.spec), NETWORKS[network]))
    return reports


def check_spec(entry: Entry[MethodSpec]) -> Report:
    """Runs the checks that need no network."""
    outcomes = tuple(_run(check, entry) for check in METHOD_CHECKS)
    return Report(entry.spec.name, None, outcomes)


def check_on(method: Method, network: Network) -> Report:
    """Runs the checks of a method on one network."""
    name = method.spec.name
    try:
        subject = Subject(method, network)
        subject.adapted()
    except UnsupportedError as error:
        if not error.what.strip():
            fault = Outcome("a refusal gives its reason", "fail", "it gives none")
            return Report(name, network.name, (fault,))
        return Report(name, network.name, refusal=error.what)
    except NotApplicableError as error:
        return Report(
            name, network.name, (Outcome("the network is built", "not checked", str(error)),)
        )
    # A method may raise anything: that it does is what the report is for.
    except Exception as error:
        return Report(name, network.name, (Outcome("it adapts the network", "fail", _told(error)),))
    return Report(name, network.name, tuple(_run(check, subject) for check in NETWORK_CHECKS))


def title(check: Callable[..., None]) -> str:
    """Returns what a check is called."""
    return (check.__doc__ or check.__name__).partition("\n")[0].rstrip(".")


def _run(check: Callable[[T], None], subject: T) -> Outcome:
    try:
        check(subject)
    except NotApplicableError as error:
        return Outcome(title(check), "not checked", str(error))
    except AssertionError as error:
        return Outcome(title(check), "fail", str(error))
    except Exception as error:
        return Outcome(title(check), "fail", _told(error))
    return Outcome(title(check), "pass")


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
