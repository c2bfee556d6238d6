"""How numbers are written in a report."""

from __future__ import annotations

from medpeft_sdk.analysis.report.table import Interval
from medpeft_sdk.analysis.student import LEVEL

PERCENT = f"{LEVEL:.0%}".replace("%", " %")


def score(interval: Interval) -> str:
    """Writes ``0.812 [0.760, 0.861]``."""
    return _written(interval, ".3f")


def signed(interval: Interval) -> str:
    """Writes ``+0.021 [+0.011, +0.031]``."""
    return _written(interval, "+.3f")


def share(interval: Interval) -> str:
    """Writes ``+2.1 % [+1.1, +3.1]``."""
    ends = _ends(interval, "+.1f", 100)
    return minus(f"{interval.value * 100:+.1f} %{ends}")


def minus(text: str) -> str:
    """Sets minus signs in place of hyphens."""
    return text.replace("-", "−")


def p_value(p: float) -> str:
    """Writes a p-value, never as zero."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def p_equals(p: float) -> str:
    """Writes ``p = 0.021`` or ``p < 0.001``."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def probability(value: float) -> str:
    """Writes a probability, which is never quite 0 or 1."""
    return ">0.999" if value > 0.999 else p_value(value)


def count(number: float) -> str:
    """Writes ``1,026,051``."""
    return f"{number:,.0f}"


def scaled(number: float) -> str:
    """Writes ``1.03 M``: three digits and a prefix."""
    for prefix, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= 0.9995 * size:
            return f"{number / size:.3g} {prefix}"
    return f"{number:.3g}"


def joules(number: float) -> str:
    """Writes ``1.2 kJ``."""
    return f"{scaled(number)}J" if number >= 1000 else f"{number:.3g} J"


def listed(names: tuple[str, ...] | list[str], most: int = 6) -> str:
    """Writes ``a, b and c``; of many only the first."""
    shown = list(names[:most])
    rest = len(names) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _written(interval: Interval, form: str) -> str:
    return minus(format(interval.value, form) + _ends(interval, form))


def _ends(interval: Interval, form: str, scale: float = 1) -> str:
    if interval.ends is None:
        return ""
    low, high = interval.ends
    return f" [{low * scale:{form}}, {high * scale:{form}}]"
