"""Checks of what training may change, and of what must come of it."""

from __future__ import annotations

import torch

from medpeft_sdk.adaptation import Adapted
from medpeft_sdk.testing.networks import output
from medpeft_sdk.testing.report import NotApplicableError
from medpeft_sdk.testing.subject import Subject, same, tensors


def frozen_tensors_stay(subject: Subject) -> None:
    """Frozen parameters and buffers are bit-identical after adapting and training."""
    adapted = subject.adapted()
    adapted.check_frozen()
    before = tensors(adapted.model)
    optimiser = subject.optimiser(adapted)
    for number in range(3):
        subject.step(adapted, optimiser, number)
    kept = adapted.state().keys()
    changed = [n for n, t in tensors(adapted.model).items() if not torch.equal(t, before[n])]
    stray = [name for name in changed if name not in kept]
    assert not stray, f"{stray[0]} changed and is not among what is saved"
    assert changed, "nothing changed in three steps"


def starts_as_the_pretrained_network(subject: Subject) -> None:
    """A declared identity at initialisation holds, but for rounding."""
    if not subject.spec.identity_at_initialisation:
        raise NotApplicableError("the spec declares no identity at initialisation")
    before = subject.answers(subject.pretrained())
    after = subject.answers(subject.adapted().model)
    furthest = (before - after).abs().max().item()
    assert same(before, after, tolerance=1e-6), f"the answers differ by up to {furthest:.1e}"


def gradients_reach_what_is_trained(subject: Subject) -> None:
    """Every trainable parameter gets a finite gradient, and no other does."""
    adapted = subject.adapted()
    optimiser = subject.optimiser(adapted)
    for number in range(2):
        subject.step(adapted, optimiser, number)
    assert adapted.trainable_parameters(), "nothing is trainable"
    for name, parameter in adapted.model.named_parameters():
        gradient = parameter.grad
        if not parameter.requires_grad:
            assert gradient is None, f"{name} is frozen and gets a gradient"
            continue
        assert gradient is not None, f"{name} gets no gradient"
        assert gradient.isfinite().all(), f"the gradient of {name} is not finite"


def what_is_added_is_used(subject: Subject) -> None:
    """More than the classifier is trained, and every parameter that is added moves."""
    adapted = subject.adapted()
    if subject.spec.kind != "baseline":
        report = adapted.parameter_report()
        assert report.trainable > report.head, "nothing but the classifier is trainable"
    before = tensors(adapted.model)
    optimiser = subject.optimiser(adapted)
    for number in range(6):
        subject.step(adapted, optimiser, number)
    parameters = dict(adapted.model.named_parameters())
    for name in sorted(adapted.added_names()):
        if parameters[name].requires_grad:
            assert not torch.equal(parameters[name], before[name]), f"{name} never moves"


def resuming_changes_nothing(subject: Subject) -> None:
    """Stopped, saved and resumed training gives the same bits as training without a stop."""
    whole = subject.trained(4)
    first = subject.adapted()
    optimiser = subject.optimiser(first)
    for number in range(2):
        subject.step(first, optimiser, number)
    second = subject.adapted(seed=99)
    second.load_state(first.state())
    resumed = subject.optimiser(second)
    resumed.load_state_dict(optimiser.state_dict())
    for number in range(2, 4):
        subject.step(second, resumed, number)
    expected, found = whole.state(), second.state()
    differing = [name for name in expected if not torch.equal(expected[name], found[name])]
    assert not differing, f"{differing[0]} differs"


def a_seed_decides(subject: Subject) -> None:
    """The same seed gives the same start, another seed another; the global generator stays."""
    torch.manual_seed(7)
    ambient = torch.get_rng_state()
    one, again, other = (subject.adapted(seed=s).state() for s in (1, 1, 2))
    assert torch.equal(ambient, torch.get_rng_state()), "the global generator was used"
    differing = [name for name in one if not torch.equal(one[name], again[name])]
    assert not differing, f"{differing[0]} differs under the same seed"
    torch.manual_seed(8)
    loose = subject.adapted(seed=1).state()
    assert all(torch.equal(one[n], loose[n]) for n in one), "the global generator matters"
    drawn = any(not torch.equal(one[name], other[name]) for name in one)
    if not drawn:
        raise NotApplicableError("nothing is drawn: the start is the same under every seed")


def odd_sizes_and_single_images_work(subject: Subject) -> None:
    """Odd input sizes and batches of one work, in training and in evaluation."""
    sizes = {"one image": {"count": 1}}
    if subject.network.odd_size:
        sizes["an odd size"] = {"size": subject.network.odd_size}
    for name, options in sizes.items():
        adapted = subject.adapted()
        found = subject.answers(adapted.model, **options)
        assert found.isfinite().all(), f"the answers for {name} are not finite"
        if options.get("count") == 1 and subject.spec.updates_batchnorm_statistics:
            continue  # PyTorch refuses statistics of a single value
        subject.step(adapted, subject.optimiser(adapted), 0, **options)
        _assert_finite_gradients(adapted, f"for {name}")


def half_precision_works(subject: Subject) -> None:
    """Weights in bfloat16, and mixed precision, give finite answers and gradients."""
    halved = subject.adapted(model=subject.pretrained().to(torch.bfloat16))
    strange = [
        name
        for name, parameter in halved.model.named_parameters()
        if name in halved.added_names() and parameter.dtype == torch.float32
    ]
    inputs = tuple(
        x.to(torch.bfloat16) if x.is_floating_point() else x for x in subject.network.inputs()
    )
    with torch.autocast("cpu", torch.bfloat16, enabled=bool(strange)):
        subject.loss(halved.model, inputs).backward()
    mixed = subject.adapted()
    mixed.train_mode()
    with torch.autocast("cpu", torch.bfloat16):
        loss = subject.loss(mixed.model, subject.network.inputs())
    loss.backward()
    for adapted in (halved, mixed):
        _assert_finite_gradients(adapted, "in half precision")


def it_follows_to_another_device(subject: Subject) -> None:
    """Moved to another device it trains there, and on a GPU it answers as on the CPU."""
    adapted = subject.adapted()
    expected = subject.answers(adapted.model)
    # Without a GPU, PyTorch's meta device tells of a tensor that was left behind.
    device = torch.device("cuda" if torch.cuda.is_available() else "meta")
    adapted.model.to(device)
    inputs = tuple(x.to(device) for x in subject.network.inputs())
    with torch.no_grad():
        found = output(adapted.model.eval(), inputs)
    if device.type == "cuda":
        furthest = (expected - found.cpu()).abs().max().item()
        assert same(expected, found.cpu(), tolerance=1e-2), (
            f"the answers differ by up to {furthest:.1e}"
        )
    adapted.train_mode()
    subject.loss(adapted.model, inputs).backward()
    for name, parameter in adapted.model.named_parameters():
        assert parameter.device.type == device.type, f"{name} was left on {parameter.device}"


def _assert_finite_gradients(adapted: Adapted, case: str) -> None:
    for name, parameter in adapted.model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, f"{name} gets no gradient {case}"
            assert parameter.grad.isfinite().all(), f"the gradient of {name} is not finite {case}"
