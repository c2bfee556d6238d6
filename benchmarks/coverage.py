"""Every method on the smallest network of each of timm's model families.

    python -m benchmarks.coverage --json coverage.json

Random weights, one forward and one backward pass. A pair passes if all that the method added gets
a finite gradient, and something that it trains does besides the classifier. It is refused if the
method says why it cannot act on the network, and it fails otherwise. Pairs that the method's spec
does not cover (``-``) do not count: it does not name the network's family, or the network has none
of the sites that it needs.
"""

from __future__ import annotations

import argparse
import copy
import gc
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import timm
import torch
from rich.console import Console
from rich.progress import track
from torch import nn

from medpeft_sdk.adaptation import Adapted, Method, adapt
from medpeft_sdk.anatomy import family_of, find_head, find_sites
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.registry import load_registry

CLASSES = 7
SIGNS = {"pass": "+", "refused": "r", "fail": "F", "undeclared": "-"}


@dataclass(frozen=True)
class Outcome:
    """What became of a method on a network."""

    module: str
    network: str
    family: str
    method: str
    status: str
    reason: str = ""


def smallest(module: str) -> str:
    """Returns the name of a module's classifier with the fewest parameters."""

    def size(name: str) -> tuple[bool, int]:
        with torch.device("meta"):
            model = timm.create_model(name, num_classes=CLASSES)
        return not find_head(model), sum(p.numel() for p in model.parameters())

    names = [n for n in timm.list_models(module=module) if not n.startswith("test_")]
    return min(names, key=size)


def build(name: str) -> tuple[nn.Module, torch.Tensor]:
    """Returns a network and two images of the smallest size that it takes."""
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=CLASSES)
    size = model.pretrained_cfg["input_size"][-1]
    fixed = model.pretrained_cfg.get("fixed_input_size")
    for side in (size,) if fixed else (64, 128, size):
        images = torch.randn(2, 3, side, side)
        try:
            model(images)
        # Whatever the network has against this size, the next one is tried.
        except Exception:
            continue
        return model, images
    raise RuntimeError(f"{name} takes no image")


def attempt(model: nn.Module, images: torch.Tensor, method: Method) -> tuple[str, str]:
    """Returns the status of one pair, and the reason where it did not pass."""
    try:
        adapted = adapt(copy.deepcopy(model), method, {}, seed=0)
        return trained(adapted, images)
    except UnsupportedError as error:
        return "refused", error.what
    # Anything else is what this measurement looks for.
    except Exception as error:
        return "fail", f"{type(error).__name__}: {error}".splitlines()[0]


def trained(adapted: Adapted, images: torch.Tensor) -> tuple[str, str]:
    """Takes one step's gradients and judges them."""
    adapted.train_mode()
    output = adapted.model(images)
    sum(o.square().mean() for o in (output if isinstance(output, tuple) else (output,))).backward()
    head = {id(p) for p in adapted.head}
    body = {
        name: p
        for name, p in adapted.model.named_parameters()
        if p.requires_grad and id(p) not in head
    }
    reached = {name for name, p in body.items() if p.grad is not None}
    wrong = [n for n in reached if not body[n].grad.isfinite().all()]
    if wrong:
        return "fail", f"the gradient of {wrong[0]} is not finite"
    missed = sorted(adapted.added_names() & (body.keys() - reached))
    if missed:
        return "fail", f"{missed[0]} gets no gradient"
    if body and not reached:
        return "fail", "nothing but the classifier gets a gradient"
    return "pass", ""


def cover(module: str, methods: list[str]) -> list[Outcome]:
    """Tries all methods on one family of timm's."""
    torch.set_num_threads(1)
    registry = load_registry()
    name = smallest(module)
    model, images = build(name)
    sites = find_sites(model)
    family = family_of(sites)

    def outcomes() -> Iterator[Outcome]:
        for entry in map(registry.methods.get, methods):
            needs = entry.spec.needs
            lacks = needs and not any(getattr(sites, kind) for kind in needs)
            if lacks or family not in entry.spec.families:
                status, reason = "undeclared", ""
            else:
                status, reason = attempt(model, images, entry.load()(entry.spec))
                # Additions and layers refer to each other; the largest networks leave no room.
                gc.collect()
            yield Outcome(module, name, family, entry.spec.name, status, reason)

    return list(outcomes())


def main() -> None:
    """Prints the matrix, the reasons, and the share that passed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--module", action="append", help="of timm; all if none is given")
    parser.add_argument("--method", action="append", help="all if none is given")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, help="where every outcome goes")
    options = parser.parse_args()
    methods = options.method or load_registry().methods.names
    modules = options.module or [m for m in timm.list_modules() if timm.list_models(module=m)]
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(cover, module, methods) for module in modules]
        found = [
            o for f in track(futures, "families", console=Console(stderr=True)) for o in f.result()
        ]
    if options.json:
        options.json.write_text(json.dumps([asdict(o) for o in found], indent=1))
    report(found, methods)


def report(found: list[Outcome], methods: list[str]) -> None:
    """Prints the matrix, the reasons, and the share that passed."""
    for at, method in enumerate(methods):
        print(f"{' ' * 44}{'| ' * at}{method}")
    for module in dict.fromkeys(o.module for o in found):
        row = [o for o in found if o.module == module]
        signs = " ".join(SIGNS[o.status] for o in row)
        print(f"{row[0].network[:30]:31}{row[0].family:13}{signs}")
    for status in ("fail", "refused"):
        print(f"\n{status}:")
        reasons: dict[str, list[str]] = {}
        for o in found:
            if o.status == status:
                reasons.setdefault(f"{o.network}: {o.reason}", []).append(o.method)
        for reason, names in sorted(reasons.items()):
            print(f"  {reason} ({', '.join(names)})")
    declared = [o for o in found if o.status != "undeclared"]
    count = {status: sum(o.status == status for o in declared) for status in SIGNS}
    share = 100 * count["pass"] / len(declared)
    print(
        f"\n{count['pass']} of {len(declared)} declared pairs pass ({share:.1f} %), "
        f"{count['refused']} are refused, {count['fail']} fail"
    )


if __name__ == "__main__":
    main()
