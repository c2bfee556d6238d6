"""``medpeft datasets``: what a set is, whether a copy of it is sound, and its table."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medpeft_sdk.cli.console import err, out, print_json, print_table
from medpeft_sdk.cli.options import Json
from medpeft_sdk.cli.progress import Count

if TYPE_CHECKING:
    from medpeft_sdk.data import SampleTable
    from medpeft_sdk.data.verify import Verification

app = typer.Typer(help="Look at datasets, fetch and check them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A dataset, with its options if any.")]
Data = Annotated[
    Path | None, typer.Option(metavar="PATH", help="The folder, or the file, with its images.")
]

_LISTED = 10
"""Clusters and files that are printed; --json has all."""


class Format(StrEnum):
    """File formats of a table."""

    CSV = "csv"
    PARQUET = "parquet"


@app.command()
def info(name: Name, json: Json = False) -> None:
    """Say what a dataset is, how to get it, and which options it has."""
    from medpeft_sdk.registry import load_registry

    spec = load_registry().datasets.get(name, where="medpeft datasets info").spec
    if json:
        print_json(spec.model_dump(mode="json"))
        return
    rows = [
        ("what", spec.title + (" (synthetic)" if spec.synthetic else "")),
        ("task", spec.task.replace("_", " ")),
        ("classes", ", ".join(spec.classes)),
        ("samples", f"{sum(spec.counts.values()):,}" if spec.counts else ""),
        ("kept together", spec.group or ""),
        ("attributes", ", ".join(spec.attributes)),
        ("licence", spec.licence),
        ("access", spec.access),
        ("citation", spec.citation),
        ("fetched by prepare", ", ".join(d.file for d in spec.downloads)),
    ]
    print_table(spec.name, ("", ""), [row for row in rows if row[1]])
    if spec.layout:
        out.print(" expected tree", style="bold")
        out.print("   " + spec.layout.replace("\n", "\n   "), markup=False)
    for defect in spec.defects:
        out.print(f" known defect: {defect}", markup=False, soft_wrap=True)
    if spec.options:
        print_table(
            f"options: --dataset {spec.base},name=value",
            ("name", "allowed", "value", "what it is"),
            [(o.name, o.domain, spec.option(o.name), o.description) for o in spec.options],
        )


@app.command()
def prepare(
    name: Name,
    data: Annotated[Path, typer.Option(metavar="PATH", help="The folder to be made ready.")],
    archive: Annotated[
        list[Path] | None, typer.Option(help="An archive of its distributor; several if there are.")
    ] = None,
) -> None:
    """Unpack archives and fetch what may be fetched, then say whether the set can be read."""
    from medpeft_sdk.api import open_dataset_at
    from medpeft_sdk.data.prepare import fetch, unpack_all
    from medpeft_sdk.registry import load_registry

    spec = load_registry().datasets.get(name, where="medpeft datasets prepare").spec
    with Count("unpacking") as count:
        unpack_all(archive or [], data, on_progress=count)
    with Count("fetching") as count:
        fetch(spec, data, on_progress=count)
    table = open_dataset_at(name, data).index()
    err.print(f"{spec.name}: {len(table):,} samples in {data}")
    err.print(f"next: medpeft datasets verify {name} --data {data}")


@app.command()
def verify(
    name: Name,
    data: Data = None,
    likeness: Annotated[
        float, typer.Option(min=0.5, max=1.0, help="From which two images count as one.")
    ] = 0.95,
    json: Json = False,
) -> None:
    """Read every image; look for wrong counts, damage, leaks and duplicates.

    Exit code 1 where something was found.
    """
    from medpeft_sdk.api import open_dataset_at
    from medpeft_sdk.data.verify import verify as look

    dataset = open_dataset_at(name, data)
    with Count("reading images") as count:
        found = look(dataset, alike=likeness, on_progress=count)
    if json:
        print_json(asdict(found) | {"problems": found.problems})
    else:
        _print(dataset.spec.name, found)
    if found.problems:
        raise typer.Exit(1)


@app.command()
def index(
    name: Name,
    data: Data = None,
    format_: Annotated[Format, typer.Option("--format", help="File format.")] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; standard output if none.")
    ] = None,
) -> None:
    """Write the table of samples: id, label, split, group, attributes, text."""
    from medpeft_sdk.api import open_dataset_at
    from medpeft_sdk.data.verify import columns
    from medpeft_sdk.errors import SpecError
    from medpeft_sdk.results import write_text

    table = open_dataset_at(name, data).index()
    if format_ is Format.PARQUET:
        if output is None:
            raise SpecError(
                "parquet is no text", where="--format parquet", mend="add --output FILE"
            )
        _write_parquet(table, output)
    else:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        found = columns(table)
        writer.writerow(found)
        writer.writerows(zip(*found.values(), strict=True))
        if output is None:
            typer.echo(text.getvalue(), nl=False)
            return
        write_text(output, text.getvalue())
    err.print(f"wrote {len(table):,} rows to {output}")


def _write_parquet(table: SampleTable, output: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from medpeft_sdk.data.verify import columns
    from medpeft_sdk.errors import StoreError

    try:
        pq.write_table(pa.table(columns(table)), output)
    except OSError as error:
        raise StoreError(
            f"the table cannot be written: {error.strerror or error}", where=str(output)
        ) from error


def _print(name: str, found: Verification) -> None:
    print_table(
        f"{name}: {found.samples:,} samples",
        ("class", ">samples", *(f">{side}" for side in found.splits)),
        [
            (label, f"{count:,}", *(f"{side[label]:,}" for side in found.splits.values()))
            for label, count in found.counts.items()
        ],
    )
    for name_, what in list(found.unreadable.items())[:_LISTED]:
        out.print(f" cannot be read: {name_}: {what}", markup=False, soft_wrap=True)
    for group in found.parted[:_LISTED]:
        out.print(f" in several splits: group {group}", markup=False, soft_wrap=True)
    for cluster in found.clusters[:_LISTED]:
        kind = "the same pixels" if cluster.exact else "nearly the same"
        where = f" in {' and '.join(cluster.splits)}" if len(cluster.splits) > 1 else ""
        classes = f", {' and '.join(cluster.classes)}" if len(cluster.classes) > 1 else ""
        ids = ", ".join(cluster.ids[:4])
        out.print(f" {kind}{where}{classes}: {ids}", markup=False, soft_wrap=True)
    if (more := len(found.clusters) - _LISTED) > 0:
        out.print(f" and {more:,} clusters more: --json lists all", markup=False)
    for note in found.notes:
        out.print(f" note: {note}", markup=False, soft_wrap=True)
    for problem in found.problems:
        out.print(f" problem: {problem}", markup=False, soft_wrap=True)
    if not found.problems:
        out.print(" no problem was found")
    out.print(f" fingerprint of the samples {found.fingerprint[:16]}", style="dim")
    if found.splits_fingerprint:
        out.print(f" fingerprint of the splits {found.splits_fingerprint[:16]}", style="dim")
