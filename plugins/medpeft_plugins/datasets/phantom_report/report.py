"""The sentences of a report: what is drawn, and nothing else."""

from __future__ import annotations

import numpy as np

from medpeft_plugins.datasets.phantom_chest.findings import Effusion, Findings, Opacity

_NOTHING = (
    "No acute abnormality of heart or lungs.",
    "Heart and lungs are unremarkable.",
    "Clear lungs and a heart of normal size.",
)
_CAUSES = ("likely pneumonia", "suspicious for pneumonia", "which may represent pneumonia")
_ABSENT = {
    "opacities": "No focal consolidation.",
    "effusions": "No pleural effusion.",
    "heart": "Heart size is normal.",
}
"""What is said of findings that are looked for and not there."""


def write_report(findings: Findings, rng: np.random.Generator) -> str:
    """Writes the impression of a study.

    Args:
        findings: What its films show.
        rng: Chooses among wordings, and which absent findings are mentioned.
    """
    sentences = [
        *(_opacity(opacity, rng) for opacity in findings.opacities),
        *_effusions(findings.effusions),
        *(f"{n.side} {n.zone} lung nodule" for n in findings.nodules),
        *(f"{band.side} basilar atelectasis" for band in findings.bands),
    ]
    if findings.heart:
        sentences.append(f"{_degree(findings.heart, 0.8, 1.1)} cardiomegaly")
    if findings.congestion:
        sentences.append(f"{_degree(findings.congestion, 0.65, 0.95)} pulmonary edema")
    if findings.emphysema:
        sentences.append("hyperinflated lungs, consistent with emphysema")
    if not sentences:
        return str(rng.choice(_NOTHING))
    absent = [
        text
        for name, text in _ABSENT.items()
        if not getattr(findings, name) and rng.uniform() < 0.35
    ]
    return " ".join([*(f"{s[0].upper()}{s[1:]}." for s in dict.fromkeys(sentences)), *absent])


def _opacity(opacity: Opacity, rng: np.random.Generator) -> str:
    kind = "faint opacity" if opacity.density < 0.2 else "patchy opacity"
    if opacity.density > 0.36:
        kind = "dense consolidation"
    return f"{kind} in the {opacity.side} {opacity.zone} lung, {rng.choice(_CAUSES)}"


def _effusions(effusions: tuple[Effusion, ...]) -> list[str]:
    return [
        f"{_degree(fluid.height, 0.25, 0.5, most='large', least='small')} {fluid.side} pleural "
        "effusion"
        for fluid in effusions
    ]


def _degree(
    value: float, moderate: float, severe: float, *, least: str = "mild", most: str = "severe"
) -> str:
    return least if value < moderate else "moderate" if value < severe else most
