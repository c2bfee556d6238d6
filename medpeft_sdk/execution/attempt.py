"""What a method does wrong becomes a status with a reason; the run goes on."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from medpeft_sdk.errors import DivergedError, MedpeftError, PluginError, UnsupportedError

T = TypeVar("T")


@dataclass(frozen=True)
class Failure:
    """Why there is no answer.

    Attributes:
        traceback: Of an error that nobody foresaw.
    """

    status: Literal["unsupported", "diverged", "failed"]
    reason: str
    traceback: str | None = None


def attempt(work: Callable[[], T]) -> T | Failure:
    """Does the work of one method.

    Raises:
        MedpeftError: Something that no other method would survive: data, weights or the store.
    """
    try:
        return work()
    except UnsupportedError as error:
        return Failure("unsupported", error.what)
    except DivergedError as error:
        return Failure("diverged", error.what)
    except PluginError as error:
        return Failure("failed", error.what)
    except MedpeftError:
        raise
    # A plugin may raise anything at all; the run goes on and the row says what happened.
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        return Failure("failed", reason, traceback.format_exc())
