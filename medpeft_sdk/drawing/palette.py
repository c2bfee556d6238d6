"""The colours of the figures: Okabe and Ito's, which most colour-blind readers can tell apart.

Each stands for a variable of the page, whose value differs between light and dark.
"""

from __future__ import annotations

INK = "#1b1f24"
QUIET = "#8a9099"
FAINT = "#d3d7dc"
FIRST = "#0072b2"
SECOND = "#d55e00"
THIRD = "#009e73"

ALL = (INK, QUIET, FAINT, FIRST, SECOND, THIRD)
DARK = ("#e6e8eb", "#8f969f", "#40464d", "#56b4e9", "#f0914a", "#3fc79f")
"""The same on a dark page."""
