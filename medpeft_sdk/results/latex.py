"""A table for a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from medpeft_sdk.errors import unknown_name
from medpeft_sdk.results.summary import Summary
from medpeft_sdk.specs import Estimate
from medpeft_sdk.units import counted

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
}
_SPECIAL = re.compile("|".join(map(re.escape, _ESCAPES)))


def escape(text: str) -> str:
    """Escapes the characters that mean something to LaTeX."""
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], text)


def to_latex(summaries: Sequence[Summary], *, metric: str | None = None) -> str:
    r"""Writes a booktabs table: a row a method, a column a dataset, subset and backbone.

    An entry is the mean over seeds with its 95 % interval; ``--`` stands where there is none, and
    a superscript is the number of seeds where others have more. Notes below the rows say so, and
    how many seeds and test images there are. A method with several settings in one column has a
    row for each, which names what differs. Needs ``\usepackage{booktabs}``.

    Args:
        summaries: From `summarise`.
        metric: Name of the metric; the first one if ``None``.

    Raises:
        UnknownNameError: No result has that metric.
    """
    known = list(dict.fromkeys(name for s in summaries for name in s.metrics))
    if metric is not None and metric not in known:
        raise unknown_name("metric of these results", metric, known)
    metric = metric or (known[0] if known else "no metric")
    columns = list(dict.fromkeys(map(_column, summaries)))
    most = max((len(s.seeds) for s in summaries), default=0)
    entries: dict[str, dict[tuple[str, ...], str]] = {}
    for summary, label in zip(summaries, _labels(summaries), strict=True):
        entries.setdefault(label, {})[_column(summary)] = _entry(summary, metric, most)
    heads = [[escape(column[i]) for column in columns] for i in range(3)]
    images = {_column(s)[0]: s.metrics[metric].n for s in summaries if metric in s.metrics}
    fewer = any(0 < len(s.seeds) < most for s in summaries)
    told = ", ".join(f"{dataset} {n:,}" for dataset, n in images.items())
    notes = [
        f"{metric}: mean over {counted(most, 'seed')} [95 % interval]",
        *(["superscripts: the number of seeds, where it is less"] if fewer else []),
        *([f"test images: {told}"] if told else []),
    ]
    lines = [
        rf"\begin{{tabular}}{{l{'c' * len(columns)}}}",
        r"\toprule",
        *(" & ".join(["", *head]) + r" \\" for head in heads),
        r"\midrule",
        *(
            " & ".join([escape(label), *(row.get(c, "--") for c in columns)]) + r" \\"
            for label, row in sorted(entries.items())
        ),
        r"\bottomrule",
        *(
            rf"\multicolumn{{{len(columns) + 1}}}{{l}}{{\footnotesize {escape(note)}}} \\"
            for note in notes
        ),
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _column(summary: Summary) -> tuple[str, str, str]:
    dataset = f"{summary.dataset} (synthetic)" if summary.synthetic else summary.dataset
    return dataset, summary.fraction, summary.backbone


def _labels(summaries: Sequence[Summary]) -> list[str]:
    """Names each summary by its method, and by the settings that part it from its like."""
    labels: list[str] = []
    for summary in summaries:
        like = [
            s for s in summaries if (s.method, *_column(s)) == (summary.method, *_column(summary))
        ]
        differing = [
            f"{name.removeprefix('recipe.')}={value!s:.12}"
            for name, value in summary.settings.items()
            if any(s.settings.get(name) != value for s in like)
        ]
        labels.append(f"{summary.method} ({', '.join(differing)})" if differing else summary.method)
    return labels


def _entry(summary: Summary, metric: str, most: int) -> str:
    estimate: Estimate | None = summary.metrics.get(metric)
    if estimate is None or estimate.value is None:
        return "--"
    seeds = len(summary.seeds)
    few = rf"\textsuperscript{{{seeds}}}" if seeds < most else ""
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}{few}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]{few}"
