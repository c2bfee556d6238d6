"""Checks of a method's spec and of its registration, which need no network."""

from __future__ import annotations

import subprocess
import sys

from medpeft_sdk.registry import Entry
from medpeft_sdk.specs import MethodSpec, resolve
from medpeft_sdk.testing.report import NotApplicableError

_MILLISECONDS = 50
_TIMES = 5
_SCRIPT = """
import sys, time, importlib
from importlib.metadata import entry_points
import medpeft_sdk.registry, medpeft_sdk.specs
from medpeft_sdk.registry import Registrar
from medpeft_sdk.specs import MethodSpec

names = [
    p.value.partition(":")[0]
    for p in entry_points(group="medpeft_sdk")
    if p.dist and p.dist.name == sys.argv[1]
]
started = time.process_time()
for name in names:
    module = importlib.import_module(name)
    hook = getattr(module, "medpeft_register_methods", None)
    if hook is not None:
        hook(Registrar("method", MethodSpec, "checked", "0"))
print(1000 * (time.process_time() - started))
print(*({"torch", "timm", "peft"} & set(sys.modules)))
"""


def the_spec_survives_json(entry: Entry[MethodSpec]) -> None:
    """The spec is the same after a trip through JSON, and its defaults are allowed."""
    spec = entry.spec
    assert MethodSpec.from_json(spec.to_json(), where="its own JSON") == spec
    resolve(spec.hyperparameters, {}, where=spec.name)


def the_spec_explains_itself(entry: Entry[MethodSpec]) -> None:
    """Everything that is not a baseline names its paper or says in its notes what it is."""
    spec = entry.spec
    assert spec.formula.strip(), "there is no formula"
    if spec.kind != "baseline":
        assert spec.paper is not None or spec.notes, "there is neither a paper nor a note"


def it_registers_quickly_and_without_torch(entry: Entry[MethodSpec]) -> None:
    """Its plugin is registered within 50 ms, and imports no tensor library for it."""
    distribution = entry.origin.distribution
    times: list[float] = []
    for _ in range(_TIMES):
        done = subprocess.run(  # noqa: S603 - the command is ours
            [sys.executable, "-c", _SCRIPT, distribution],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"it cannot be registered: {done.stderr.strip()[-200:]}")
        milliseconds, _, heavy = done.stdout.partition("\n")
        assert not heavy.strip(), f"registering {distribution} imports {heavy.strip()}"
        times.append(float(milliseconds))
    if not times:
        raise NotApplicableError("it is not installed as a distribution")
    assert min(times) < _MILLISECONDS, (
        f"registering {distribution} took {min(times):.0f} ms at best of {_TIMES}"
    )
