"""Figures as they are drawn, by whichever process: nothing here knows what they show."""

from medpeft_sdk.drawing.figure import Drawing, Picture, new_figure, styled

__all__ = ["Drawing", "Picture", "new_figure", "styled"]
