"""Checks of what is counted, saved, loaded, merged and refused."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn.utils import parametrize

from medpeft_sdk.adaptation import load_onto, read_description
from medpeft_sdk.anatomy import find_head
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.testing.report import NotApplicableError
from medpeft_sdk.testing.subject import Subject, same


def saving_and_loading_keep_the_answers(subject: Subject) -> None:
    """What is saved and loaded onto a fresh network answers the same, classifier included."""
    adapted = subject.trained()
    expected = subject.answers(adapted.model)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "adapter"
        adapted.save(folder)
        loaded = load_onto(subject.pretrained(), subject.method, read_description(folder), folder)
    found = subject.answers(loaded.model)
    furthest = (expected - found).abs().max().item()
    assert same(expected, found), f"the answers differ by up to {furthest:.1e}"


def merging_keeps_the_answers(subject: Subject) -> None:
    """What is merged answers the same, has the pretrained structure, and leaves the adapted one."""
    adapted = subject.trained()
    if not subject.spec.mergeable:
        try:
            adapted.merge()
        except UnsupportedError:
            raise NotApplicableError("the spec declares that it cannot be merged") from None
        raise AssertionError("it can be merged, and its spec says that it cannot")
    expected = subject.answers(adapted.model)
    try:
        merged = adapted.merge()
    except UnsupportedError as error:
        raise NotApplicableError(error.what) from None
    assert not any(parametrize.is_parametrized(m) for m in merged.modules()), (
        "a weight is still parametrised"
    )
    structure = [(path, type(m)) for path, m in subject.pretrained().named_modules()]
    found = [(path, type(m)) for path, m in merged.named_modules()]
    assert found == structure, "the merged network has another structure"
    furthest = (expected - subject.answers(merged)).abs().max().item()
    assert same(expected, subject.answers(merged), tolerance=1e-4), (
        f"the answers differ by up to {furthest:.1e}"
    )
    assert same(expected, subject.answers(adapted.model)), "merging changed what was adapted"


def counts_are_right(subject: Subject) -> None:
    """The counts are those of the network and of the saved file."""
    before = sum(p.numel() for p in subject.pretrained().parameters())
    head = sum(
        p.numel() for site in find_head(subject.pretrained()) for p in site.module.parameters()
    )
    adapted = subject.adapted()
    report = adapted.parameter_report()
    parameters = list(adapted.model.parameters())
    with tempfile.TemporaryDirectory() as scratch:
        adapted.save_state(Path(scratch) / "state.safetensors")
        stored = load_file(Path(scratch) / "state.safetensors")
    counted = {
        "total": sum(p.numel() for p in parameters),
        "trainable": sum(p.numel() for p in parameters if p.requires_grad),
        "added": sum(p.numel() for p in parameters) - before,
        "stored": sum(t.numel() for t in stored.values()),
        "head": head,
    }
    assert report.model_dump() == counted, f"{report.model_dump()} is reported, {counted} found"


def copies_answer_the_same(subject: Subject) -> None:
    """A deep copy of the adapted network answers the same, and goes its own way."""
    adapted = subject.trained()
    expected = subject.answers(adapted.model)
    twin = copy.deepcopy(adapted.model)
    assert same(expected, subject.answers(twin)), "the copy answers otherwise"
    with torch.no_grad():
        for parameter in twin.parameters():
            if parameter.requires_grad:
                parameter.add_(1)
    assert same(expected, subject.answers(adapted.model)), "changing the copy changed the original"


def it_adapts_without_weights(subject: Subject) -> None:
    """On PyTorch's meta device it adapts, and counts as it does elsewhere."""
    expected = subject.adapted().parameter_report()
    with torch.device("meta"):
        found = subject.adapted(model=subject.pretrained().to("meta")).parameter_report()
    assert found == expected, f"{found} without weights, {expected} with them"


def it_adapts_a_network_once(subject: Subject) -> None:
    """Adapting twice, and a network without a classifier, are refused with a reason."""
    try:
        subject.adapted(model=subject.adapted().model)
    except UnsupportedError:
        pass
    else:
        raise AssertionError("a network was adapted twice")
    if subject.network.unet:
        return
    try:
        subject.adapted(model=subject.network.build(classes=0))
    except UnsupportedError:
        return
    raise AssertionError("a network without a classifier was adapted")


def every_allowed_value_works(subject: Subject) -> None:
    """At the ends of its bounds, and at each choice, a hyperparameter trains or is refused."""
    declared = subject.spec.hyperparameters
    if not declared:
        raise NotApplicableError("there are no hyperparameters")
    for h in declared:
        values = h.choices or ((True, False) if h.type == "bool" else (h.low, h.high))
        for value in values:
            if value is None:
                continue
            given = int(value) if h.type == "int" else value
            try:
                adapted = subject.adapted(seed=0, model=None, **{h.name: given})
            except UnsupportedError:
                continue
            subject.step(adapted, subject.optimiser(adapted), 0)
            found = subject.answers(adapted.model)
            assert found.isfinite().all(), f"{h.name} = {given}: the answers are not finite"
