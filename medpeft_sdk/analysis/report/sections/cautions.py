"""What a reader has to beware of before reading any number."""

from __future__ import annotations

from collections.abc import Iterator

from medpeft_sdk.analysis.common import several_seeds
from medpeft_sdk.analysis.reference import reference_caution
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.formats import listed
from medpeft_sdk.analysis.report.parts import Absent, Caution
from medpeft_sdk.units import counted


def cautions(evidence: Evidence) -> tuple[Caution, ...]:
    """Lists them, the gravest first."""
    return tuple(map(Caution, _cautions(evidence)))


def _cautions(evidence: Evidence) -> Iterator[str]:
    results, scores = evidence.results, evidence.scores
    synthetic = sorted({r.cell.dataset.name for r in results if r.synthetic})
    if synthetic:
        yield (
            f"{', '.join(synthetic)}: synthetic images, drawn by a program. They show that a "
            "comparison works, and say nothing about patients."
        )
    if evidence.damaged:
        count = counted(len(evidence.damaged), "stored result")
        yield f"{count} could not be read and had to be left out; see the missing cells."
    if evidence.unfinished:
        names = list(dict.fromkeys(search.spec.method for search in evidence.unfinished))
        yield f"Searches of {formats.listed(names)} lack trials; see the missing cells."
    if scores.gaps:
        yield (
            f"{len(scores.gaps):,} of {scores.values.size:,} cells have no number. None is filled "
            "in: means are over the runs that all methods have, differences over those that two "
            "have."
        )
    yield from _seeds(evidence)
    if few := scores.few_units:
        told = listed([f"{name} ({units})" for name, units in few.items()])
        yield f"Few test patients: {told}. A single one of them can move an AUROC by a tenth."
    if not evidence.resamples:
        yield (
            "The predictions were not read: intervals of differences cover seeds, and not the "
            "choice of test patients."
        )
    if other := reference_caution(evidence.reference, evidence.protocol):
        yield other
    devices = sorted({r.environment.device for r in results if r.status != "unsupported"})
    if len(devices) > 1:
        yield f"Cells ran on several devices ({', '.join(devices)}): compare no times between them."
    if evidence.searched_on:
        yield (
            f"Trials ran on {listed(evidence.searched_on)}, where no cell did: what was best there "
            "need not be best where the cells were trained."
        )


def _seeds(evidence: Evidence) -> Iterator[str]:
    """Says which intervals do not cover seeds, of the seeds that are behind the numbers."""
    overall = evidence.overall
    means = () if isinstance(overall.means, Absent) else tuple(overall.means.values())
    versus = {method: d.mean for method, d in overall.versus.items()}
    lacking = [method for method, mean in versus.items() if "seeds" in mean.cannot_cover]
    covering = [mean for mean in overall.pooled if "seeds" in mean.covers]
    told = ["the means"] if any("seeds" in mean.cannot_cover for mean in means) else []
    if lacking:
        ones = "difference" if len(lacking) == 1 else "differences"
        told.append(f"the {ones} of {listed(lacking)}")
    if told and not covering:
        lost = several_seeds(evidence.scores)
        yield (
            "One seed: intervals, p-values and groups do not cover the training, and hold for "
            "these trained networks alone. Three seeds are the least that is worth a claim."
            + (" Several were asked for, so no two methods are called different." if lost else "")
        )
    elif told:
        yield (
            f"One seed in common: the intervals of {' and '.join(told)} do not cover the training, "
            "and another run may leave them. Where several seeds were asked for, none of these "
            "is called different."
        )
    if covering and min(mean.seeds for mean in covering) == 2:
        yield "Two seeds: intervals are very wide. Three seeds are the least that is worth a claim."
