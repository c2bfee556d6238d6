"""``medpeft datasets``: what a set is, whether a copy of it is sound, and its table."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medpeft_sdk.cli.console import err, out, print_json, print_table, warn
from medpeft_sdk.cli.options import Json, folder
from medpeft_sdk.cli.output import check_output

if TYPE_CHECKING:
    from medpeft_sdk.data.verification import Cluster, Verification

app = typer.Typer(help="Look at datasets, make them ready, check them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A dataset, with its options if any.")]
Data = Annotated[
    Path | None, typer.Option(metavar="PATH", help="The folder, or the file, with its images.")
]

_LISTED = 10
"""Files, groups and sets of like images that are printed; --json has all."""


class Format(StrEnum):
    """File formats of a table."""

    CSV = "csv"
    PARQUET = "parquet"


_SUFFIXES = {form: (f".{form.value}",) for form in Format}


@app.command()
def info(name: Name, json: Json = False) -> None:
    """Say what a dataset is, how to get it, and which options it has."""
    from medpeft_sdk.errors import DataError
    from medpeft_sdk.registry import load_registry
    from medpeft_sdk.specs import split_options

    entry = load_registry().datasets.get(name, where="medpeft datasets info")
    spec, stated = entry.spec, entry.load().root_of(split_options(name)[0])
    if stated is not None and not stated.exists():
        raise DataError(
            f"there is nothing at the path that '{spec.base}' names",
            where=str(stated),
            expected="its files",
            mend="correct the path",
        )
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
        ("fetched by prepare", ", ".join(d.file for d in spec.needed_downloads())),
    ]
    print_table(spec.name, ("", ""), [row for row in rows if row[1]])
    if spec.layout:
        out.print(" expected tree", style="bold")
        out.print("   " + spec.layout.replace("\n", "\n   "))
    for defect in spec.defects:
        out.print(f" known defect: {defect}", soft_wrap=True)
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
    """Unpack archives and fetch what may be fetched, then say whether the set can be read.

    What is there already is left alone, so that the same command goes on where it stopped.
    """
    from medpeft_sdk.api import open_dataset_at
    from medpeft_sdk.cli.progress import Counts
    from medpeft_sdk.data.fetch import fetch
    from medpeft_sdk.data.prepare import packed_in, unpack_all
    from medpeft_sdk.errors import DataError
    from medpeft_sdk.registry import load_registry

    spec = load_registry().datasets.get(name, where="medpeft datasets prepare").spec
    data = folder(data, name)
    with Counts() as counts:
        packed = unpack_all(archive or [], data, on_progress=counts)
        fetch(spec, data, on_progress=counts)
    for file in dict.fromkeys((*packed, *packed_in(data))):
        warn(f"{file} is not unpacked; --archive does so")
    try:
        count = len(open_dataset_at(name, data).index())
    except DataError as error:
        if not archive and not (data.is_dir() and any(data.iterdir())):
            error.mend = f"give what its distributor ships: --archive FILE ({spec.access})"
        raise
    used = data.exists() and not spec.synthetic
    where = f" in {data}" if used else f", none of them in {data}"
    why = ": they are generated" if spec.synthetic else ""
    err.print(f"{spec.name}: {count:,} samples{where}{why}", soft_wrap=True)
    command = ("medpeft", "datasets", "verify", name, *(("--data", str(data)) if used else ()))
    err.print(f"next: {shlex.join(command)}", soft_wrap=True)


@app.command()
def verify(
    name: Name,
    data: Data = None,
    likeness: Annotated[
        float, typer.Option(min=0.5, max=1.0, help="From which two images count as one.")
    ] = 0.85,
    json: Json = False,
) -> None:
    """Read every image; look for wrong counts, damage, leaks and duplicates.

    Exit code 1 where something was found that stands in the way of honest numbers.
    """
    from medpeft_sdk.api import open_dataset_at
    from medpeft_sdk.cli.progress import Counts
    from medpeft_sdk.data.verify import verify as look

    dataset = open_dataset_at(name, data and folder(data, name))
    with Counts() as counts:
        found = look(
            dataset, alike=likeness, on_progress=lambda at, of: counts("reading images", at, of)
        )
    if json:
        print_json({"dataset": dataset.spec.name, "problems": found.problems} | asdict(found))
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
    json: Json = False,
) -> None:
    """Write the table of samples: id, label, split, group, attributes, text."""
    from medpeft_sdk.api import open_dataset_at
    from medpeft_sdk.data.listing import check_apart, columns, to_csv, write_parquet
    from medpeft_sdk.errors import SpecError
    from medpeft_sdk.results import write_output

    if output is not None and json:
        raise SpecError("JSON is printed", where="--json", mend="leave --output out, or --json")
    if output is not None:
        check_output(output, format_, _SUFFIXES)
    dataset = open_dataset_at(name, data and folder(data, name))
    if output is not None:
        check_apart(output, dataset)
    found = columns(dataset.index(), on_unsplit=lambda why: warn(f"there is no split: {why}"))
    if json:
        rows = zip(*found.values(), strict=True)
        print_json([dict(zip(found, row, strict=True)) for row in rows])
    elif output is None:
        if format_ is not Format.CSV:
            raise SpecError(f"{format_} is no text", where="--format", mend="add --output FILE")
        typer.echo(to_csv(found), nl=False)
    else:
        if format_ is Format.CSV:
            write_output(output, to_csv(found))
        else:
            write_parquet(found, output)
        err.print(f"wrote {len(found['id']):,} rows to {output}", soft_wrap=True)


def _print(name: str, found: Verification) -> None:
    print_table(
        f"{name}: {found.samples:,} samples",
        ("class", ">samples", *(f">{side}" for side in found.splits)),
        [
            (label, f"{count:,}", *(f"{side[label]:,}" for side in found.splits.values()))
            for label, count in found.counts.items()
        ],
    )
    _print_some([f"cannot be read: {at}: {what}" for at, what in found.unreadable.items()])
    _print_some([f"in several splits: group {group}" for group in found.parted])
    _print_some([_described(cluster) for cluster in found.clusters])
    for note in found.notes:
        out.print(f" note: {note}", soft_wrap=True)
    for problem in found.problems or ("none was found",):
        out.print(f" problem: {problem}", soft_wrap=True)
    out.print(f" fingerprint of the samples {found.fingerprint}", style="dim", soft_wrap=True)
    if found.splits_fingerprint:
        out.print(
            f" fingerprint of the splits  {found.splits_fingerprint}", style="dim", soft_wrap=True
        )


def _described(cluster: Cluster) -> str:
    kind = "the same pixels" if cluster.exact else "nearly the same"
    where = f" in {' and '.join(cluster.splits)}" if len(cluster.splits) > 1 else ""
    labels = f", labels {' and '.join(cluster.labels)}" if len(cluster.labels) > 1 else ""
    more = f" and {len(cluster.ids) - 4} more" if len(cluster.ids) > 4 else ""
    return f"{kind}{where}{labels}: {', '.join(cluster.ids[:4])}{more}"


def _print_some(lines: list[str]) -> None:
    for line in lines[:_LISTED]:
        out.print(f" {line}", soft_wrap=True)
    if len(lines) > _LISTED:
        out.print(f" and {len(lines) - _LISTED:,} more: --json lists all")
