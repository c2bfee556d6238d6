"""What checking came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["pass", "refused", "fail"]


class NotApplicableError(Exception):
    """A check that says nothing about this method or network; its message is the reason."""


@dataclass(frozen=True)
class Outcome:
    """What one check came to.

    Attributes:
        check: Its title.
        status: ``not checked`` where it does not apply.
        reason: What went wrong, or why it does not apply.
    """

    check: str
    status: Literal["pass", "fail", "not checked"]
    reason: str = ""


@dataclass(frozen=True)
class Report:
    """What the checks of a method came to, on one network or on none.

    Attributes:
        method: Name of the method.
        network: Name of the network; ``None`` for what concerns the method alone.
        outcomes: One for each check; none where the method refuses the network.
        refusal: Why it refuses the network.
    """

    method: str
    network: str | None
    outcomes: tuple[Outcome, ...] = ()
    refusal: str | None = None

    @property
    def status(self) -> Status:
        """``refused`` where the method says why it cannot act, ``fail`` where a check failed."""
        if self.refusal is not None:
            return "refused"
        return "fail" if self.failures else "pass"

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The checks that failed."""
        return tuple(o for o in self.outcomes if o.status == "fail")
