"""An author's test file of three lines."""

from medpeft_sdk.testing.pytest import MethodConformance


class TestBitFit(MethodConformance):
    name = "bitfit"
