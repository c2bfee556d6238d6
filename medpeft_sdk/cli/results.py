"""``medpeft results``: look at results that were made before, and take them elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from medpeft_sdk.cli.console import err, out, print_json, warn
from medpeft_sdk.cli.options import Json, OfBackbone, OfFraction, OfProtocol
from medpeft_sdk.cli.output import check_output

if TYPE_CHECKING:
    from medpeft_sdk.analysis import Scores
    from medpeft_sdk.errors import StoreError
    from medpeft_sdk.results import ResultStore
    from medpeft_sdk.specs import ResultSpec

app = typer.Typer(help="Show and export results.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="A results folder.")]

_PREDICTIONS = "predictions.parquet"
_DETAILS = ("training", "subgroups")
"""Fields that statistics over methods have no use for."""


class Format(StrEnum):
    """File formats of an export."""

    CSV = "csv"
    JSON = "json"
    LATEX = "latex"


_SUFFIXES = {
    Format.CSV: (".csv",),
    Format.JSON: (".json",),
    Format.LATEX: (".tex", ".latex"),
}


@app.command()
def show(folder: Folder = Path("results"), protocol: OfProtocol = None, json: Json = False) -> None:
    """Show the results of a folder, summarised over seeds."""
    from medpeft_sdk.cli.ranking import gap_lines
    from medpeft_sdk.cli.subgroups import print_subgroups
    from medpeft_sdk.cli.summary import absent, print_summary
    from medpeft_sdk.registry import load_registry
    from medpeft_sdk.results import row

    store = _store(folder)
    with _shown(store, protocol) as (results, damaged):
        gaps, unread = absent(results, store)
        with _complaining(unread):
            if json:
                rows, missing = [row(r) for r in results], [asdict(gap) for gap in gaps]
                damaged += map(str, unread)
                print_json({"results": rows, "missing": missing, "damaged": damaged})
                return
            registry = load_registry()
            print_summary(results, folder, registry)
            for line in gap_lines(gaps):
                out.print(f" {line}", soft_wrap=True)
            print_subgroups(results, registry)


@app.command()
def export(
    folder: Folder = Path("results"),
    format_: Annotated[Format, typer.Option("--format", help="File format.")] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; standard output if none.")
    ] = None,
    protocol: OfProtocol = None,
) -> None:
    """Write the results as CSV or JSON (a row a cell), or LaTeX (a row a method)."""
    from medpeft_sdk.cli.summary import metric_ranges
    from medpeft_sdk.registry import load_registry
    from medpeft_sdk.results import export_text, write_output

    if output is not None:
        check_output(output, format_, _SUFFIXES)
    with _shown(_store(folder), protocol) as (results, _):
        text = export_text(results, format_.value, ranges=metric_ranges(load_registry()))
        if output is None:
            typer.echo(text, nl=False)
        else:
            write_output(output, text)
            err.print(f"wrote {output}")


@app.command()
def compare(
    a: Annotated[str, typer.Argument(help="A method.")],
    b: Annotated[str, typer.Argument(help="The method it is compared with.")],
    folder: Folder = Path("results"),
    metric: Annotated[str, typer.Option(help="The metric that is compared.")] = "auroc",
    protocol: OfProtocol = None,
    json: Json = False,
) -> None:
    """Say whether A differs from B: the paired difference, from the stored predictions."""
    from medpeft_sdk.analysis import UNSCORED, collect, of_protocol
    from medpeft_sdk.analysis import compare as compare_methods
    from medpeft_sdk.analysis.scores import difference_range
    from medpeft_sdk.cli.comparison import Told, comparison_data, print_comparisons
    from medpeft_sdk.errors import SpecError
    from medpeft_sdk.registry import load_registry

    if a == b:
        raise SpecError(
            f"{a} is compared with itself",
            where="medpeft results compare",
            expected="two methods",
        )
    entry = load_registry().metrics.get(metric, where="--metric")
    store = _store(folder)
    results, damaged = _read_with_predictions(store, {a, b}, UNSCORED, metric)
    with _complaining(damaged):
        results = of_protocol(results, store, protocol)
        comparisons = compare_methods(store, a, b, entry.load()(entry.spec), results=results)
        run = store.read_protocol(results[0].protocol.hash)
        of_both = [r for r in results if r.cell.method in (a, b)]
        gaps = collect(of_both, entry.spec, protocol=run).only([a, b]).gaps
        told = Told(difference_range(entry.spec.range), several=len(run.seeds) > 1)
        if json:
            rows = [comparison_data(c, told) for c in comparisons]
            missing, problems = [asdict(gap) for gap in gaps], [str(error) for error in damaged]
            data = {"metric": metric, "comparisons": rows, "missing": missing}
            print_json(data | {"damaged": problems})
            return
        print_comparisons(comparisons, f"{metric} of {a} minus {b} [95 %]", told, gaps)


@app.command()
def rank(
    folder: Folder = Path("results"),
    metric: Annotated[str, typer.Option(help="The metric that is ranked.")] = "auroc",
    reference: Annotated[
        str | None,
        typer.Option(
            help="The method that others are compared with; the protocol's if none, and the "
            "smallest where that was not run."
        ),
    ] = None,
    method: Annotated[
        list[str] | None, typer.Option(help="A method to rank; all if none. May be repeated.")
    ] = None,
    backbone: OfBackbone = None,
    fraction: OfFraction = None,
    protocol: OfProtocol = None,
    json: Json = False,
) -> None:
    """Rank methods, and say which of them the results cannot tell apart."""
    from medpeft_sdk.analysis import UNSCORED
    from medpeft_sdk.analysis.reference import choose_reference, reference_caution
    from medpeft_sdk.cli.ranking import print_ranking, ranking_data
    from medpeft_sdk.specs import rules_text

    store = _store(folder)
    part = _Part(method or [], backbone, fraction)
    with _scoring(store, metric, part, protocol, UNSCORED) as (scores, results, damaged):
        run = store.read_protocol(results[0].protocol.hash)
        compared = choose_reference(scores, results, run, reference)
        if reference is None and (caution := reference_caution(compared, run)):
            warn(caution)
        data, rules = ranking_data(scores, compared), rules_text(run.tuning)
        if json:
            print_json(data | {"rules": rules, "damaged": damaged})
            return
        print_ranking(data, scores.gaps)
        if run.tuning:
            out.print(f" hyperparameters: {rules}", soft_wrap=True)


@app.command()
def pareto(
    folder: Folder = Path("results"),
    cost: Annotated[
        str,
        typer.Option(
            help="What methods cost: trainable, stored, training_time, peak_memory, "
            "flops, inference_flops, latency or latency_merged."
        ),
    ] = "trainable",
    metric: Annotated[str, typer.Option(help="The metric that cost is set against.")] = "auroc",
    method: Annotated[
        list[str] | None, typer.Option(help="A method to look at; all if none. May be repeated.")
    ] = None,
    backbone: OfBackbone = None,
    fraction: OfFraction = None,
    protocol: OfProtocol = None,
    json: Json = False,
) -> None:
    """Set scores against a cost, and say which methods no other beats."""
    from medpeft_sdk.analysis import pareto as weigh
    from medpeft_sdk.cli.pareto import pareto_data, print_pareto

    part = _Part(method or [], backbone, fraction)
    with _scoring(_store(folder), metric, part, protocol, _DETAILS) as (scores, results, damaged):
        found = weigh(scores, results, cost)
        if json:
            print_json(pareto_data(found) | {"damaged": damaged})
        else:
            print_pareto(found)


@app.command()
def search(folder: Folder = Path("results"), json: Json = False) -> None:
    """Show the searches of a folder: what the defaults scored, and what was found and chosen."""
    from medpeft_sdk.analysis import sound_searches
    from medpeft_sdk.cli.searches import print_searches, search_data
    from medpeft_sdk.registry import load_registry

    store = _store(folder)
    results, damaged = _read(store, _DETAILS)
    found, unread = sound_searches(store, results)
    higher = {entry.spec.name: entry.spec.higher_is_better for entry in load_registry().metrics}
    with _complaining([*damaged, *unread]):
        if json:
            problems = [str(error) for error in (*damaged, *unread)]
            print_json(search_data(found, higher) | {"damaged": problems})
        else:
            print_searches(found, higher)


def _store(folder: Path) -> ResultStore:
    from medpeft_sdk.planning import IDENTITY_VERSION
    from medpeft_sdk.results import ResultStore

    return ResultStore(folder, IDENTITY_VERSION)


def _read(
    store: ResultStore, without: Collection[str] = (), metrics: Collection[str] | None = None
) -> tuple[list[ResultSpec], list[StoreError]]:
    from medpeft_sdk.cli.progress import Counts
    from medpeft_sdk.results import no_results

    with Counts() as counts:
        found, damaged = store.sound_and_damaged(
            without=without,
            metrics=metrics,
            on_read=lambda done, of: counts("reading results", done, of),
        )
    if not found:
        raise no_results(store.folder, damaged)
    return found, damaged


def _read_with_predictions(
    store: ResultStore, methods: Collection[str], without: Collection[str], metric: str
) -> tuple[list[ResultSpec], list[StoreError]]:
    """Leaves out also the results of methods, all if none, whose predictions were altered."""
    results, damaged = _read(store, without, [metric])
    used = (r for r in results if not methods or r.cell.method in methods)
    altered = store.altered(used, _PREDICTIONS)
    return [r for r in results if r.cell_id not in altered], [*damaged, *altered.values()]


class _Part(NamedTuple):
    """The part of the results that is meant, as `read_scores` takes it."""

    methods: Sequence[str]
    backbone: str | None
    fraction: str | None


@contextmanager
def _shown(
    store: ResultStore, protocol: str | None
) -> Generator[tuple[list[ResultSpec], list[str]]]:
    """Gives all results, or those of one protocol, and what is wrong with others."""
    from medpeft_sdk.analysis import of_protocol
    from medpeft_sdk.cli.summary import metric_ranges
    from medpeft_sdk.registry import load_registry
    from medpeft_sdk.results import no_results

    results, damaged = _read(store, without=("training",))
    ranges = metric_ranges(load_registry())
    impossible = {r.cell_id: e for r in results if (e := store.impossible(r, ranges))}
    results = [r for r in results if r.cell_id not in impossible]
    damaged += impossible.values()
    if not results:
        raise no_results(store.folder, damaged)
    with _complaining(damaged):
        if protocol is not None:
            results = of_protocol(results, store, protocol)
        yield results, [str(error) for error in damaged]


@contextmanager
def _scoring(
    store: ResultStore,
    metric: str,
    part: _Part,
    protocol: str | None,
    without: Collection[str],
) -> Generator[tuple[Scores, list[ResultSpec], list[str]]]:
    """Gives scores, the results that they are of, and what had to be left out, which it names."""
    from medpeft_sdk.analysis import of_protocol, read_scores
    from medpeft_sdk.registry import load_registry

    entry = load_registry().metrics.get(metric, where="--metric")
    results, damaged = _read_with_predictions(store, part.methods, without, metric)
    with _complaining(damaged):
        results = of_protocol(results, store, protocol)
        computed = entry.load()(entry.spec)
        scores = read_scores(store, computed, results=results, **part._asdict())
        yield scores, results, [str(error) for error in damaged]


@contextmanager
def _complaining(damaged: Sequence[StoreError]) -> Generator[None]:
    """Names at the end what was left out, and fails: the table is not the whole truth."""
    try:
        yield
    finally:
        for error in damaged:
            err.print(f"error: {error}", style="red", soft_wrap=True)
    if damaged:
        raise typer.Exit(2)
