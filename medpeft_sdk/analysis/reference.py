"""The method that differences are to, where the protocol's may not have been run."""

from __future__ import annotations

from collections.abc import Sequence

from medpeft_sdk.analysis.scores import Scores
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import ProtocolSpec, ResultSpec


def choose_reference(
    scores: Scores, results: Sequence[ResultSpec], protocol: ProtocolSpec, wanted: str | None
) -> str:
    """Takes the one asked for or the protocol's; where that was not run, the smallest method.

    Args:
        scores: The table, which has the method.
        results: What the table was made of, which tell how much each method trains.
        protocol: Names the usual reference.
        wanted: The method asked for, if any.

    Raises:
        UnknownNameError: The one asked for has no results.
        DataError: It has, but is not in the table.
    """
    if wanted is not None:
        if wanted not in scores.methods and wanted in {r.cell.method for r in results}:
            raise DataError(
                f"{wanted} is not among the methods that are compared",
                where="--reference",
                expected=", ".join(scores.methods),
                mend=f"add --method {wanted}",
            )
        return scores.methods[scores.at(wanted, where="--reference")]
    if protocol.reference in scores.methods:
        return protocol.reference
    trained = [
        (r.parameters.trainable, r.cell.method)
        for r in results
        if r.parameters and r.cell.method in scores.methods
    ]
    return min(trained)[1] if trained else scores.methods[0]


def reference_caution(reference: str, protocol: ProtocolSpec) -> str | None:
    """Says that differences are not to the protocol's reference; ``None`` where they are."""
    if reference == protocol.reference:
        return None
    return (
        f"Differences are to {reference}, and not to the protocol's reference, "
        f"{protocol.reference}."
    )
