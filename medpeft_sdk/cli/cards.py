"""``medpeft cards``: a page for each method, made from its spec."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medpeft_sdk.cli.console import err

if TYPE_CHECKING:
    from medpeft_sdk.registry import Entry
    from medpeft_sdk.specs import Hyperparameter, MethodSpec

_BACKBONES = {"ResNet-50": "timm/resnet50", "ViT-B/16": "timm/vit_base_patch16_224"}
_CLASSES = 7
_PROVENANCE = {
    "A": "A: confirmed by the authors' released models or by summaries of the paper",
    "B": "B: found in the authors' code of the same months",
    "C": "C: from the standard literature, filling the count",
    None: "not among the 17",
}


def cards(
    folder: Annotated[Path, typer.Argument(help="Where the pages go; made if it is not there.")],
    method: Annotated[
        list[str] | None, typer.Option(help="A method; all of them if none is given.")
    ] = None,
) -> None:
    """Write method cards in Markdown: formula, what is trained, defaults, parameter counts."""
    from medpeft_sdk.errors import StoreError
    from medpeft_sdk.registry import load_registry
    from medpeft_sdk.results import write_output

    registry = load_registry()
    entries = [registry.methods.get(n, where="--method") for n in method or registry.methods.names]
    pages = {f"{entry.spec.name}.md": card(entry) for entry in entries}
    if method is None:
        pages["index.md"] = index([entry.spec for entry in entries])
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"no folder can be made: {error.strerror}", where=str(folder)) from error
    for name, text in pages.items():
        write_output(folder / name, text)
    err.print(f"{len(pages)} pages are in {folder}")


def card(entry: Entry[MethodSpec]) -> str:
    """Returns a method's page."""
    spec = entry.spec
    parts = [
        f"# {spec.title}\n\n`{spec.name}`, {_article(spec.kind)} method"
        + (
            f", after [{spec.paper.title}]({spec.paper.url}), {spec.paper.year}"
            if spec.paper
            else ""
        )
        + f". From {entry.origin.distribution}.",
        f"```text\n{spec.formula}\n```",
    ]
    if spec.where:
        parts.append(f"**Where.** {_sentence(spec.where)}")
    parts.append(_facts(spec))
    parts.append("## Defaults\n\n" + _defaults(spec))
    parts.append(f"## Parameters\n\n{_counts(spec)}")
    if spec.notes:
        parts.append(f"## Notes\n\n{_sentence(spec.notes)}")
    return "\n\n".join(parts) + "\n"


def index(specs: list[MethodSpec]) -> str:
    """Returns the page that lists the methods."""
    lines = [
        "# Methods",
        "",
        "Made by `medpeft cards docs/methods` from the methods' specs. The benchmark's paper "
        "evaluates 17 algorithms; which 17 is a reconstruction, and the last column says how sure "
        f"each one is: {'; '.join(text for key, text in _PROVENANCE.items() if key)}. The rest go "
        "beyond it.",
        "",
        "| method | kind | families | identity at start | mergeable | of the 17 |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| [{s.title}]({s.name}.md) `{s.name}` | {s.kind} | {', '.join(s.families)} "
        f"| {_yes(s.identity_at_initialisation)} | {_yes(s.mergeable)} | {s.provenance or '—'} |"
        for s in specs
    ]
    return "\n".join(lines) + "\n"


def _facts(spec: MethodSpec) -> str:
    rows = {
        "families": ", ".join(spec.families),
        "needs": " or ".join(spec.needs).replace("_", " ") or "nothing in particular",
        "identity at the start": _yes(spec.identity_at_initialisation),
        "mergeable": _yes(spec.mergeable),
        "batch-norm statistics": "move" if spec.updates_batchnorm_statistics else "frozen",
        "provenance": _PROVENANCE[spec.provenance],
    }
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {text} |" for name, text in rows.items())


def _defaults(spec: MethodSpec) -> str:
    rows = [f"| learning rate (AdamW) | {spec.learning_rate:g} | | |"]
    rows += [
        f"| `{h.name}` | {h.default} | {_text(h)} | {h.source or 'ours'} |"
        for h in spec.hyperparameters
    ]
    return "| | default | what it is | source |\n|---|---|---|---|\n" + "\n".join(rows)


def _counts(spec: MethodSpec) -> str:
    from medpeft_sdk import count_parameters
    from medpeft_sdk.errors import UnsupportedError

    lines = [
        f"`medpeft parameters --method {spec.name} --backbone timm/resnet50 "
        f"--backbone timm/vit_base_patch16_224 --classes {_CLASSES}`, with the defaults:",
        "",
        "| backbone | trainable | of all | added | stored | classifier |",
        "|---|---|---|---|---|---|",
    ]
    for title, backbone in _BACKBONES.items():
        try:
            n = count_parameters(spec.name, backbone, num_classes=_CLASSES)
        except UnsupportedError as error:
            lines.append(f"| {title} | refused: {error.what} | | | | |")
            continue
        lines.append(
            f"| {title} | {n.trainable:,} | {100 * n.trainable / n.total:.3f} % "
            f"| {n.added:,} | {n.stored:,} | {n.head:,} |"
        )
    return "\n".join(lines)


def _text(hyperparameter: Hyperparameter) -> str:
    allowed = ", ".join(filter(None, (hyperparameter.domain, hyperparameter.searched)))
    return f"{hyperparameter.description} {_sentence(allowed)}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:].rstrip(".") + "."


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
