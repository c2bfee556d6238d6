"""Measure how well ``vit_1m`` transfers to few-shot classification of images in class folders.

    python -m medpeft_plugins.backbones.embedded.transfer --data BUSI --weights vit_1m.safetensors

Every draw takes ``--shots`` images a class for training and scores all the others: macro
one-vs-rest AUROC. Files with ``_mask`` in their name are left out.
"""

import argparse
import statistics
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from sklearn.metrics import roc_auc_score
from timm.layers.config import set_fused_attn
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torch.nn import functional

from medpeft_plugins.backbones.embedded.vit_1m import build

RATES = {"linear": 1e-2, "bias": 5e-3, "lora": 2e-3, "full": 3e-4, "scratch": 1e-3}
HEAD_RATE = 1e-2  # of the classifier where the network below it is pretrained


class LowRank(nn.Module):
    """A linear layer plus a trainable product of two thin matrices (Hu et al., 2022, LoRA)."""

    def __init__(self, frozen: nn.Linear, rank: int = 4) -> None:
        super().__init__()
        self.frozen = frozen.requires_grad_(False)
        self.down = nn.Linear(frozen.in_features, rank, bias=False)
        self.up = nn.Linear(rank, frozen.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (..., in_features) to (..., out_features)."""
        return self.frozen(inputs) + self.up(self.down(inputs))


def prepare(method: str, classes: int, weights: Path) -> VisionTransformer:
    """Build the network and mark the parameters that ``method`` trains."""
    network = build(num_classes=classes)
    if method != "scratch":
        pretrained = {k: v.float() for k, v in load_file(weights).items()}
        network.load_state_dict(pretrained, strict=False)
    if method in ("full", "scratch"):
        return network
    for name, parameter in network.named_parameters():
        biased = method == "bias" and name.endswith("bias")
        parameter.requires_grad = biased or name.startswith("head.")
    if method == "lora":
        for name, layer in list(network.named_modules()):
            if isinstance(layer, nn.Linear) and name.endswith(("attn.qkv", "attn.proj")):
                network.set_submodule(name, LowRank(layer))
    return network


def fit(
    network: VisionTransformer,
    images: Tensor,
    labels: Tensor,
    rate: float,
    head_rate: float,
    steps: int,
    generator: torch.Generator,
) -> None:
    """Train on all images (N, 3, 64, 64) at every step, mirrored and shifted at random."""
    head = set(network.head.parameters())
    body = [p for p in network.parameters() if p.requires_grad and p not in head]
    optimiser = torch.optim.AdamW(
        [{"params": list(head), "lr": head_rate}, {"params": body, "lr": rate}], weight_decay=0.01
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    network.train()
    for _ in range(steps):
        mirrored = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
        view = torch.where(mirrored, images.flip(3), images)
        dy, dx = torch.randint(0, 9, (2,), generator=generator).tolist()
        view = functional.pad(view, (4, 4, 4, 4), mode="reflect")[:, :, dy : dy + 64, dx : dx + 64]
        with torch.autocast("cpu", torch.bfloat16):
            loss = functional.cross_entropy(network(view), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    network.eval()


def auroc(network: VisionTransformer, images: Tensor, labels: Tensor) -> float:
    """Score images (N, 3, 64, 64): macro one-vs-rest area under the ROC curve."""
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        logits = torch.cat([network(part) for part in images.split(256)]).float()
    chances = logits.softmax(1).double().numpy()
    chances /= chances.sum(1, keepdims=True)
    if chances.shape[1] == 2:
        return float(roc_auc_score(labels, chances[:, 1]))
    return float(roc_auc_score(labels, chances, multi_class="ovr", average="macro"))


def load(folder: Path, most: int) -> tuple[Tensor, Tensor]:
    """Load up to ``most`` images a class as (N, 3, 64, 64), normalised, and labels (N,)."""
    images, labels = [], []
    names = sorted(p.name for p in folder.iterdir() if p.is_dir())
    for label, name in enumerate(names):
        files = [p for p in sorted((folder / name).iterdir()) if "_mask" not in p.name]
        for number in np.random.default_rng(0).permutation(len(files))[:most]:
            picture = Image.open(files[number]).convert("RGB")
            images.append(np.asarray(picture.resize((64, 64), Image.Resampling.BICUBIC)))
            labels.append(label)
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 127.5 - 1.0
    return pixels, torch.tensor(labels)


def draw(labels: Tensor, shots: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Split positions into ``shots`` of every class for training and all others for the test."""
    order = torch.randperm(len(labels), generator=generator)
    chosen = [order[labels[order] == label][:shots] for label in labels.unique()]
    training = torch.cat(chosen)
    rest = torch.ones(len(labels), dtype=torch.bool)
    rest[training] = False
    return training, torch.where(rest)[0]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Measure the few-shot transfer of vit_1m.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of classes")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--methods", nargs="+", default=list(RATES), choices=list(RATES))
    parser.add_argument("--shots", type=int, default=16)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--first-draw", type=int, default=0)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--most", type=int, default=700, help="images a class at most")
    parser.add_argument("--rate", type=float, help="learning rate instead of the method's own")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    set_fused_attn(False)
    for folder in arguments.data:
        images, labels = load(folder, arguments.most)
        for method in arguments.methods:
            results = []
            for number in range(arguments.first_draw, arguments.first_draw + arguments.draws):
                generator = torch.Generator().manual_seed(number)
                torch.manual_seed(number)
                training, rest = draw(labels, arguments.shots, generator)
                network = prepare(method, len(labels.unique()), arguments.weights)
                rate = arguments.rate or RATES[method]
                head_rate = rate if method in ("linear", "scratch") else HEAD_RATE
                fit(
                    network, images[training], labels[training], rate, head_rate,
                    arguments.steps, generator,
                )  # fmt: skip
                results.append(auroc(network, images[rest], labels[rest]))
            mean, spread = statistics.mean(results), statistics.stdev(results)
            print(f"{folder.name} {method} n={len(results)} {mean:.3f} sd {spread:.3f}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
