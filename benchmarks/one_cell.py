"""What a user would do instead: one process a training run, JPEGs decoded by a DataLoader.

    python -m benchmarks.one_cell FOLDER --method linear --seed 0

A plain script in the usual style: torchvision's ImageFolder, two workers, timm, AdamW, cosine,
four looks at the validation split, the best one tested. It does what a cell of the SDK does, by
methods that need no library.
"""

from __future__ import annotations

import argparse
import copy
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch.utils.data import DataLoader, Subset
from torchmetrics.functional.classification import multiclass_auroc
from torchvision import transforms
from torchvision.datasets import ImageFolder

SHOTS, STEPS, LOOKS, SIZE = 16, 60, 4, 64
NORMALISE = transforms.Normalize((0.5,) * 3, (0.5,) * 3)
TRAIN = transforms.Compose(
    [
        transforms.RandomResizedCrop(SIZE, scale=(0.6, 1.0), ratio=(0.8, 1.25)),
        transforms.RandomHorizontalFlip(),
        transforms.ColorJitter(0.2, 0.2),
        transforms.ToTensor(),
        NORMALISE,
    ]
)
TEST = transforms.Compose([transforms.Resize((SIZE, SIZE)), transforms.ToTensor(), NORMALISE])


def few_shots(dataset: ImageFolder, seed: int) -> Subset[object]:
    """Draws some images of each class."""
    chosen: list[int] = []
    for label in range(len(dataset.classes)):
        rows = [i for i, target in enumerate(dataset.targets) if target == label]
        chosen += random.Random(seed).sample(rows, SHOTS)
    return Subset(dataset, chosen)


@torch.inference_mode()
def score(model: torch.nn.Module, loader: DataLoader[object]) -> float:
    """Returns macro AUROC."""
    model.eval()
    outputs, labels = zip(*[(model(x), y) for x, y in loader], strict=True)
    return multiclass_auroc(torch.cat(outputs).softmax(1), torch.cat(labels), 3).item()


def main() -> None:
    """Trains and tests once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--method", choices=["linear", "bitfit", "norm", "full"], required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    torch.manual_seed(options.seed)

    from medpeft_plugins.backbones.embedded.architectures import build

    model = build("vit_1m")
    model.load_state_dict({k: v.float() for k, v in load_file(options.weights).items()})
    model.reset_classifier(3)
    wanted = {"linear": "head", "bitfit": "bias", "norm": "norm", "full": ""}[options.method]
    for name, parameter in model.named_parameters():
        parameter.requires_grad = wanted in name or "head" in name

    train = few_shots(ImageFolder(str(options.folder / "train"), TRAIN), options.seed)
    held_out = [ImageFolder(str(options.folder / part), TEST) for part in ("val", "test")]
    loader = DataLoader(train, batch_size=32, shuffle=True, num_workers=2)
    val_loader, test_loader = (DataLoader(d, batch_size=64, num_workers=2) for d in held_out)

    trainable = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    best, best_state, step = -1.0, copy.deepcopy(model.state_dict()), 0
    while step < STEPS:
        for images, labels in loader:
            model.train()
            F.cross_entropy(model(images), labels).backward()
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()
            step += 1
            if step % (STEPS // LOOKS) == 0:
                value = score(model, val_loader)
                if value > best:
                    best, best_state = value, copy.deepcopy(model.state_dict())
            if step == STEPS:
                break
    model.load_state_dict(best_state)
    print(f"{options.method} seed {options.seed}: AUROC {score(model, test_loader):.3f}")


if __name__ == "__main__":
    main()
