"""A figure as part of a page, and as files for a paper."""

from __future__ import annotations

import io
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from medpeft_sdk.drawing import palette

_RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.edgecolor": palette.INK,
    "axes.labelcolor": palette.INK,
    "text.color": palette.INK,
    "xtick.color": palette.INK,
    "ytick.color": palette.INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
}
_PROLOGUE = re.compile(r"^.*?(?=<svg)|<metadata>.*?</metadata>", re.DOTALL)
_ID = re.compile(r' id="([^"]+)"')


@dataclass(frozen=True)
class Picture:
    """A figure as it was drawn.

    Attributes:
        name: What its files are called.
        caption: What it shows, and what its bars and bands are.
        svg: For a page: text stays text, and colours follow the page's.
        png: Pixels, 300 to the inch.
        pdf: For print, with its fonts.
    """

    name: str
    caption: str
    svg: str
    png: bytes
    pdf: bytes
    kind: ClassVar[str] = "picture"


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure of a report, still to be drawn.

    Attributes:
        name: What its files are called.
        caption: What it shows, and what its bars and bands are.
        figure: The figure.
    """

    name: str
    caption: str
    figure: Figure

    def picture(self) -> Picture:
        """Draws the figure in all its formats."""
        return Picture(self.name, self.caption, self.svg(), self.png(), self.pdf())

    def svg(self) -> str:
        """Returns the figure for a page: text stays text, and colours follow the page's."""
        with rc_context({"svg.hashsalt": self.name}):
            text = self._saved("svg", transparent=True, metadata={"Date": None}).decode()
        text = _PROLOGUE.sub("", text)
        used = set(re.findall(r"#([\w-]+)[\")]", text))
        text = _ID.sub(lambda match: match[0] if match[1] in used else "", text)
        for at, colour in enumerate(palette.ALL):
            text = text.replace(colour, f"var(--figure-{at}, {colour})")
        return text

    def png(self) -> bytes:
        """Returns the figure as pixels, 300 to the inch."""
        return self._saved("png", dpi=300, metadata={"Software": None})

    def pdf(self) -> bytes:
        """Returns the figure for print, with its fonts."""
        return self._saved("pdf", metadata={"CreationDate": None})

    def _saved(self, format: Literal["svg", "png", "pdf"], **options: Any) -> bytes:
        file = io.BytesIO()
        with rc_context(_RC):
            self.figure.savefig(file, format=format, bbox_inches=self._area, **options)
        return file.getvalue()

    @cached_property
    def _area(self) -> Bbox:
        """What the figure covers, in inches; it is laid out once, and not for every format."""
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")
        return self.figure.get_tightbbox().padded(0.1)


def new_figure(width: float, height: float) -> Figure:
    """Returns an empty figure, in inches, that belongs to no window."""
    return Figure(figsize=(width, height), layout="constrained")


@contextmanager
def styled() -> Generator[None]:
    """Draws axes in the report's style, as a block or as the decorator of a function."""
    with rc_context(_RC):
        yield
