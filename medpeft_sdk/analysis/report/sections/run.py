"""What was run, on what, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Facts, Section
from medpeft_sdk.analysis.report.table import Table, text_column
from medpeft_sdk.specs import ResultSpec, rules_text
from medpeft_sdk.units import counted


def section(evidence: Evidence) -> Section:
    """Names protocol, grid, environment, and the settings of each method."""
    return Section("What was run", (Facts(_facts(evidence)), _settings(evidence)))


def _facts(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    results, protocol, scores = evidence.results, evidence.protocol, evidence.scores
    recipe = protocol.recipe.model_dump(mode="json", exclude_none=True)
    statuses = Counter(result.status for result in results)
    days = sorted(result.created[:10] for result in results)
    facts = (
        ("protocol", f"{protocol.name}, version {protocol.version}: {protocol.title}"),
        ("digest", results[0].protocol.hash),
        ("ruleset", rules_text(protocol.tuning)),
        ("datasets", "; ".join(_datasets(evidence))),
        ("backbones", "; ".join(_backbones(evidence))),
        ("data", ", ".join(dict.fromkeys(c.fraction for c in scores.conditions))),
        ("seeds", ", ".join(map(str, scores.seeds))),
        ("methods", f"{len(scores.methods)}: {', '.join(scores.methods)}"),
        ("cells", ", ".join(f"{n:,} {status}" for status, n in sorted(statuses.items()))),
        ("intervals", _intervals(evidence)),
        ("recipe", ", ".join(f"{name} {value}" for name, value in recipe.items())),
        ("days", " to ".join(dict.fromkeys((days[0], days[-1])))),
        *_environment(results),
    )
    return tuple((name, value) for name, value in facts if value)


def _datasets(evidence: Evidence) -> list[str]:
    synthetic = {r.cell.dataset.name for r in evidence.results if r.synthetic}
    images = {
        r.cell.dataset.name: max((e.n for e in r.metrics.values()), default=0)
        for r in evidence.results
        if r.metrics
    }
    units = dict(zip(evidence.scores.datasets, evidence.scores.units, strict=False))
    told: list[str] = []
    for name in evidence.scores.datasets:
        about = [
            *(["synthetic images"] if name in synthetic else []),
            *([counted(images[name], "test image")] if name in images else []),
            *([counted(units[name], "patient")] if _grouped(units, images, name) else []),
        ]
        told.append(f"{name} ({', '.join(about)})" if about else name)
    return told


def _grouped(units: dict[str, int], images: dict[str, int], name: str) -> bool:
    """Returns whether several test images may be of one patient."""
    return 0 < units.get(name, 0) < images.get(name, 0)


def _backbones(evidence: Evidence) -> list[str]:
    weights = {r.cell.backbone.name: r.cell.backbone.weights for r in evidence.results}
    sizes = evidence.scores.sizes
    told: list[str] = []
    for name in dict.fromkeys(c.backbone for c in evidence.scores.conditions):
        about = [f"{formats.scaled(sizes[name])} parameters"] if name in sizes else []
        about += [f"weights {found:.23}"] if (found := weights.get(name)) else []
        told.append(f"{name} ({', '.join(about)})" if about else name)
    return told


def _intervals(evidence: Evidence) -> str:
    seeds = any("seeds" in mean.covers for mean in evidence.overall.pooled)
    if evidence.resamples:
        of = "seeds and of patients" if seeds else "patients"
        return (
            f"{formats.PERCENT}, of {of}, by {evidence.resamples:,} bootstrap resamples of the "
            "predictions"
        )
    if not seeds:
        return "none: there is one seed, and the predictions were not read"
    return f"{formats.PERCENT}, of seeds alone: the predictions were not read"


def _environment(results: Sequence[ResultSpec]) -> tuple[tuple[str, str], ...]:
    """Names each place where cells ran; a table over several devices is told."""
    places = Counter(
        f"{e.device}, {e.precision}, {counted(e.threads, 'thread')}, Python {e.python}, "
        f"{e.platform}{'' if e.deterministic else ', not deterministic'}"
        for e in (r.environment for r in results if r.status != "unsupported")
    )
    versions = sorted({v for r in results for v in r.environment.versions.items()})
    plugins = sorted({(o.distribution, o.version) for r in results for o in r.provenance})
    return (
        ("environment", "; ".join(f"{place} ({n:,} cells)" for place, n in places.items())),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions)),
        ("plugins", ", ".join(f"{name} {version}" for name, version in plugins)),
    )


def _settings(evidence: Evidence) -> Table:
    """Shows what each method ran with; several lines where that differs between settings."""
    rows = {
        (
            result.cell.method,
            f"{result.cell.recipe.learning_rate or 0:g}",
            ", ".join(f"{name} = {value}" for name, value in result.cell.hyperparameters.items()),
        )
        for result in evidence.results
    }
    return Table(
        name="settings",
        caption="Learning rate and hyperparameters of each method.",
        columns=(
            text_column("method"),
            text_column("learning rate"),
            text_column("hyperparameters", long=True),
        ),
        rows=tuple(sorted(rows)),
        folded=True,
    )
