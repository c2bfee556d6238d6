from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from medpeft_sdk.adaptation import Adapted
from medpeft_sdk.data import ImageSource
from medpeft_sdk.errors import DivergedError
from medpeft_sdk.specs import Recipe
from medpeft_sdk.training import TrainingRun, finish, predict, train_classifier
from tests.training.small import CPU, adapted_network, recipe, train_on


def source(n: int = 40, seed: int = 0) -> ImageSource:
    """Dark and bright images: a task that any network learns."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    pixels = rng.integers(0, 128, (n, 16, 16, 3)) + 100 * labels[:, None, None, None]
    return ImageSource(
        pixels.astype(np.uint8), labels, np.arange(n), mean=(0.5,) * 3, std=(0.5,) * 3
    )


def accuracy(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
    return (probabilities.argmax(1) == labels).float().mean().item()


def train(adapted: Adapted, settings: Recipe, score: Any = accuracy, seed: int = 0) -> Any:
    return train_on(source(), source(seed=1), adapted, settings, score, seed)


def test_it_learns() -> None:
    adapted = adapted_network()
    trained = train(adapted, recipe())
    probabilities, loss = predict(adapted.model, source(seed=2), CPU)
    assert accuracy(probabilities, source(seed=2).labels) > 0.95
    assert loss < 0.5
    assert trained.steps == 30
    assert [look.step for look in trained.looks] == [10, 20, 30]


def test_the_same_seed_gives_the_same_numbers_bit_for_bit_and_another_one_others() -> None:
    def logits(seed: int) -> torch.Tensor:
        adapted = adapted_network()
        train(adapted, recipe(), seed=seed)
        return predict(adapted.model, source(), CPU)[0]

    assert torch.equal(logits(0), logits(0))
    assert not torch.equal(logits(0), logits(1))


def test_the_kept_parameters_are_those_of_the_step_that_validation_preferred() -> None:
    scores = iter([0.2, 0.9, 0.5])
    seen: list[torch.Tensor] = []

    def score(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        seen.append(probabilities)
        return next(scores)

    adapted = adapted_network()
    trained = train(adapted, recipe(), score)
    assert trained.best_step == 20
    assert torch.equal(predict(adapted.model, source(seed=1), CPU)[0], seen[1])


def test_training_stops_early_when_validation_no_longer_improves() -> None:
    scores = iter([0.9, 0.5, 0.5, 0.5, 0.5])
    trained = train(adapted_network(), recipe(validations=5, patience=2), lambda p, y: next(scores))
    assert trained.steps == 18
    assert trained.best_step == 6


def test_an_undefined_score_is_recorded_as_none_and_the_loss_decides() -> None:
    trained = train(adapted_network(), recipe(), lambda p, y: float("nan"))
    assert all(look.score is None for look in trained.looks)
    best = min(trained.looks, key=lambda look: look.validation_loss)
    assert trained.best_step == best.step


@pytest.mark.parametrize("weighted", [False, True])
def test_a_lack_of_memory_halves_the_micro_batch_and_changes_no_gradient(
    monkeypatch: pytest.MonkeyPatch, weighted: bool
) -> None:
    settings = recipe(augmentation="none", class_weights=weighted, min_steps=5)
    whole = adapted_network()
    train(whole, settings)

    split = adapted_network()
    forward = split.model.forward

    def limited(images: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled() and len(images) > 2:
            raise torch.OutOfMemoryError("out of memory, says the test")
        return forward(images)

    monkeypatch.setattr(split.model, "forward", limited)
    trained = train(split, settings)
    assert trained.micro_batch_size == 2
    for a, b in zip(whole.state().values(), split.state().values(), strict=True):
        torch.testing.assert_close(a, b, atol=2e-4, rtol=1e-3)


def test_one_image_that_does_not_fit_is_not_tried_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adapted = adapted_network()

    def full(images: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory, says the test")

    monkeypatch.setattr(adapted.model, "forward", full)
    with pytest.raises(torch.OutOfMemoryError):
        train(adapted, recipe())


def test_a_loss_that_is_not_finite_ends_the_training_with_its_step() -> None:
    with pytest.raises(DivergedError, match=r"at step \d+ \(learning rate 1e\+30\)"):
        train(adapted_network(), recipe(learning_rate=1e30, min_steps=60))


def test_the_classifier_has_its_own_rate_where_more_than_it_is_trained() -> None:
    from medpeft_sdk.training.classification import _parameter_groups

    settings = recipe(head_learning_rate=0.5, learning_rate=0.1, weight_decay=0.01)
    rates = {
        method: {
            (id(p) in map(id, adapted.head), p.ndim > 1): (group["lr"], group["weight_decay"])
            for group in _parameter_groups(adapted, settings)
            for p in group["params"]
        }
        for method in ("full", "linear")
        for adapted in [adapted_network(method)]
    }
    assert rates["full"] == {
        (True, True): (0.5, 0.01),
        (True, False): (0.5, 0.0),
        (False, True): (0.1, 0.01),
        (False, False): (0.1, 0.0),
    }
    assert rates["linear"] == {(True, True): (0.1, 0.01), (True, False): (0.1, 0.0)}


def test_class_weights_count_each_class_the_same() -> None:
    from medpeft_sdk.training.objective import _inverse_frequencies

    labels = torch.tensor([0] * 30 + [1] * 10)
    weights = _inverse_frequencies(labels)
    torch.testing.assert_close(weights * torch.bincount(labels), torch.tensor([20.0, 20.0]))
    assert weights[labels].mean() == pytest.approx(1)


def test_prediction_survives_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    adapted = adapted_network()
    expected, _ = predict(adapted.model, source(), CPU)
    forward = adapted.model.forward

    def limited(images: torch.Tensor) -> torch.Tensor:
        if len(images) > 8:
            raise torch.OutOfMemoryError("out of memory, says the test")
        return forward(images)

    monkeypatch.setattr(adapted.model, "forward", limited)
    torch.testing.assert_close(predict(adapted.model, source(), CPU)[0], expected)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_mixed_precision_trains_on_a_gpu() -> None:
    from medpeft_sdk.training import choose_precision

    device = torch.device("cuda")
    adapted = adapted_network()
    adapted.model.to(device)
    pixels, labels = np.zeros((16, 16, 16, 3), np.uint8), np.arange(16) % 2
    pixels[labels == 1] = 200
    images = ImageSource(
        pixels, labels, np.arange(16), mean=(0.5,) * 3, std=(0.5,) * 3, device=device
    )
    precision = choose_precision("auto", device)
    assert precision.dtype != torch.float32
    finish(
        train_classifier(
            adapted, images, images, recipe=recipe(), precision=precision, seed=0, score=accuracy
        )
    )
    assert accuracy(predict(adapted.model, images, precision)[0], images.labels.cpu()) > 0.9


def test_runs_that_take_turns_are_as_if_alone_even_where_they_drop_out() -> None:
    def training(adapted: Adapted) -> TrainingRun:
        images = source()
        return train_classifier(
            adapted, images, images, recipe=recipe(), precision=CPU, seed=0, score=accuracy
        )

    alone, one, other = (adapted_network("adaptformer") for _ in range(3))
    looks = list(training(alone))
    assert [*zip(training(one), training(other), strict=True)] == [(k, k) for k in looks]


def test_a_training_that_nobody_asks_further_has_stopped() -> None:
    steps: list[int] = []
    images = source()
    training = train_classifier(
        adapted_network(),
        images,
        images,
        recipe=recipe(),
        precision=CPU,
        seed=0,
        score=accuracy,
        on_step=lambda step, of: steps.append(step),
    )
    assert not steps
    assert next(training).step == 10
    training.close()
    assert steps == list(range(1, 11))
