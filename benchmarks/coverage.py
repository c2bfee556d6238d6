"""Every method on the smallest network of each of timm's model families.

    python -m benchmarks.coverage --json coverage.json

Random weights, one forward and one backward pass. A pair passes if all that the method added gets
a finite gradient, and something that it trains does besides the classifier. It is refused if the
method says why it cannot act on the network, and it fails otherwise. Pairs that the method's spec
does not cover (``-``) do not count: it does not name the network's family, or the network has none
of the sites that it needs.

A family is a module of timm; its smallest network is the classifier with the fewest parameters.
Small networks come first, those above 60 million parameters last and one at a time.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import gc
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import timm
import torch
from torch import nn

from benchmarks.smallest import CLASSES, Network, smallest
from medpeft_sdk.adaptation import Adapted, Method, adapt
from medpeft_sdk.anatomy import family_of, find_sites
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.execution.allocator import keep_freed_memory
from medpeft_sdk.registry import load_registry
from medpeft_sdk.results.atomic import write_text

LARGE = 60_000_000
"""Parameters above which a network has the machine to itself."""
BATCH = 16
"""Families after which processes start anew: what they allocated does not all go back."""
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


def build(name: str) -> tuple[nn.Module, torch.Tensor]:
    """Returns a network and two images of the smallest size, of a few, that it takes."""
    fixed = timm.get_pretrained_cfg(name).fixed_input_size
    size = timm.get_pretrained_cfg(name).input_size[-1]
    model = None
    for side in (*((112, 128) if fixed else (64, 112, 128)), size):
        torch.manual_seed(0)
        images = torch.randn(2, 3, side, side)
        # Whatever the network has against this size, the next one is tried.
        with contextlib.suppress(Exception):
            if fixed:
                model = timm.create_model(name, num_classes=CLASSES, img_size=side)
            elif model is None:
                model = timm.create_model(name, num_classes=CLASSES)
            with torch.no_grad():
                model(images)
            return model, images
    raise RuntimeError(f"{name} takes no image")


def borrowed(model: nn.Module) -> nn.Module:
    """Copies a network, all but its weights: nothing here is trained, and they fill the memory."""
    weights: dict[int, Any] = {id(p): nn.Parameter(p.detach()) for p in model.parameters()}
    return copy.deepcopy(model, weights)


def attempt(model: nn.Module, images: torch.Tensor, method: Method) -> tuple[str, str]:
    """Returns the status of one pair, and the reason where it did not pass."""
    try:
        adapted = adapt(borrowed(model), method, {}, seed=0)
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
    if not body and adapted.spec.kind != "baseline":
        return "fail", "nothing but the classifier is trained"
    if wrong:
        return "fail", f"the gradient of {wrong[0]} is not finite"
    missed = sorted(adapted.added_names() & (body.keys() - reached))
    if missed:
        return "fail", f"{missed[0]} gets no gradient"
    if body and not reached:
        return "fail", "nothing but the classifier gets a gradient"
    return "pass", ""


def cover(network: Network, methods: list[str]) -> list[Outcome]:
    """Tries all methods on one network."""
    torch.set_num_threads(1)
    if network.parameters <= LARGE:
        keep_freed_memory()
    registry = load_registry()
    model, images = build(network.name)
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
            yield Outcome(network.module, network.name, family, entry.spec.name, status, reason)

    return list(outcomes())


def cover_all(networks: list[Network], methods: list[str], workers: int) -> Iterator[list[Outcome]]:
    """Tries all methods on all networks, and yields what was found on each as it ends.

    Processes are started afresh now and then, because the largest networks leave no room.
    """
    for first in range(0, len(networks), BATCH):
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            batch = networks[first : first + BATCH]
            futures = {pool.submit(cover, network, methods): network for network in batch}
            for future in as_completed(futures):
                network, error = futures[future], future.exception()
                if error is None:
                    yield future.result()
                else:
                    reason = f"{type(error).__name__}: {error}"
                    yield [
                        Outcome(network.module, network.name, "", m, "fail", reason)
                        for m in methods
                    ]


def main() -> None:
    """Prints the matrix, the reasons, and the share that passed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--module", action="append", help="of timm; all if none is given")
    parser.add_argument("--method", action="append", help="all if none is given")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, help="where every outcome goes, family by family")
    options = parser.parse_args()
    methods = options.method or load_registry().methods.names
    modules = options.module or [m for m in timm.list_modules() if timm.list_models(module=m)]
    networks = sorted(map(smallest, modules), key=lambda network: network.parameters)
    light = [n for n in networks if n.parameters <= LARGE]
    found: list[Outcome] = []
    for at, method in enumerate(methods):
        print(f"{' ' * 44}{'| ' * at}{method}")
    for group, workers in ((light, options.workers), (networks[len(light) :], 1)):
        for row in cover_all(group, methods, workers):
            signs = " ".join(SIGNS[o.status] for o in row)
            print(f"{row[0].network[:30]:31}{row[0].family:13}{signs}", flush=True)
            found += row
            if options.json:
                write_text(options.json, json.dumps([asdict(o) for o in found], indent=1))
    report(found)


def report(found: list[Outcome]) -> None:
    """Prints the reasons, and the share that passed."""
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
