"""The commands that give the same numbers again."""

from __future__ import annotations

import shlex

import tomli_w

from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Commands, Part, Section, Text
from medpeft_sdk.specs import ProtocolSpec, Scalar

PROTOCOL_FILE = "protocol.toml"


def section(evidence: Evidence) -> Section:
    """Shows the command, and the protocol as the file that it takes."""
    parts: list[Part] = [
        Text("With the versions and the plugins named above, and the protocol below as a file:"),
        Commands(_command(evidence)),
        *map(Text, _whereabouts(evidence)),
        Text(
            "Where the environment above says nothing else, the same machine gives the same "
            "numbers bit for bit. Every number here leads back to a folder with the result, the "
            "prediction of every test image and the adapter."
        ),
        Commands(protocol_toml(evidence)),
    ]
    return Section("How to reproduce", tuple(parts))


def _whereabouts(evidence: Evidence) -> list[str]:
    """Says where the command finds data, as far as that is not the same everywhere."""
    told = []
    if _with_root(evidence):
        told.append("DATA is a folder that holds one folder a dataset, named as the dataset.")
    if own := [name for name in evidence.scores.datasets if ":" in name]:
        told.append(
            f"{formats.listed(own)}: looked for by that name where the command runs; where it lies "
            f"elsewhere, add --data {shlex.quote(f'{own[0]}=PATH')}."
        )
    return told


def _with_root(evidence: Evidence) -> bool:
    synthetic = {r.cell.dataset.name for r in evidence.results if r.synthetic}
    return any(":" not in name and name not in synthetic for name in evidence.scores.datasets)


def protocol_toml(evidence: Evidence) -> str:
    """Writes the protocol as ``medpeft evaluate --protocol`` reads it."""
    data = _protocol(evidence).model_dump(mode="json", exclude_none=True)
    return tomli_w.dumps(data, multiline_strings=True)


def _protocol(evidence: Evidence) -> ProtocolSpec:
    """Changes the protocol so that the options of the command make it what it is again."""
    name = evidence.protocol.name
    if _changed(evidence):
        name = name.removesuffix("_custom")
    methods = () if _by_name(evidence) else evidence.protocol.methods
    return evidence.protocol.model_copy(update={"name": name, "methods": methods})


def _by_name(evidence: Evidence) -> tuple[str, ...]:
    """Returns the methods that the command has to name: without its reference no file is valid."""
    methods = evidence.protocol.methods
    return () if evidence.protocol.reference in methods else methods


def _changed(evidence: Evidence) -> dict[str, Scalar]:
    """Finds the hyperparameters that were set by hand, as ``--set`` takes them."""
    if evidence.protocol.ruleset != "fixed":
        return {}
    return {
        f"{method.name}.{declared.name}": value
        for cell in (result.cell for result in evidence.results)
        if (method := evidence.specs.get(cell.method))
        for declared in method.hyperparameters
        if (value := cell.hyperparameters.get(declared.name, declared.default)) != declared.default
    }


def _command(evidence: Evidence) -> str:
    words = ["medpeft", "evaluate", "--protocol", PROTOCOL_FILE]
    for method in _by_name(evidence):
        words += ["--method", method]
    if _with_root(evidence):
        words += ["--data-root", "DATA"]
    if any(r.cell.dataset.skipped for r in evidence.results):
        words += ["--corrupt", "skip"]
    for name, value in sorted(_changed(evidence).items()):
        words += ["--set", f"{name}={value}"]
    report = ["medpeft", "report", "results", "-o", "report.html"]
    report += ["--metric", evidence.metric.name, "--reference", evidence.reference]
    return f"{shlex.join(words)}\n{shlex.join(report)}"
