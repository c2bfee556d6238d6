"""The one way to say that a hyperparameter cannot fit a network."""

from __future__ import annotations

from torch import nn

from medpeft_sdk.anatomy import Site
from medpeft_sdk.errors import UnsupportedError


def check_at_most(
    limit: int, value: int, *, method: str, hyperparameter: str, site: Site[nn.Module], what: str
) -> None:
    """Refuses a hyperparameter that is too large for a layer.

    Args:
        limit: The largest value that fits.
        value: The one that was given.
        method: Name of the method.
        hyperparameter: Its name.
        site: The layer.
        what: What of the layer sets the limit, such as ``the smaller side``.

    Raises:
        UnsupportedError: The value is above the limit.
    """
    if value > limit:
        raise _unfit(
            f"{method}: {hyperparameter} {value} is above {what} of {site.path}",
            site,
            f"{hyperparameter} at most {limit}",
            f"give {hyperparameter}={limit} (--set {hyperparameter}={limit})",
        )


def check_divides(
    value: int, width: int, *, method: str, hyperparameter: str, site: Site[nn.Module], what: str
) -> None:
    """Refuses a hyperparameter that does not divide a layer's width; arguments as above.

    Raises:
        UnsupportedError: The width is no multiple of the value.
    """
    if width % value:
        fitting = next(n for n in range(min(value, width), 0, -1) if width % n == 0)
        raise _unfit(
            f"{method}: {hyperparameter} {value} does not divide {what} of {site.path}",
            site,
            f"a divisor of {width}",
            f"give {hyperparameter}={fitting} (--set {hyperparameter}={fitting})",
        )


def _unfit(what: str, site: Site[nn.Module], expected: str, mend: str) -> UnsupportedError:
    weight = getattr(site.module, "weight", None)
    shape = f" of {tuple(weight.shape)}" if weight is not None else ""
    where = f"{site.path}, a {type(site.module).__name__}{shape}"
    return UnsupportedError(what, where=where, expected=expected, mend=mend)
