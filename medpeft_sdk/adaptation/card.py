"""The card that lies beside a saved adapter."""

from __future__ import annotations

from medpeft_sdk.specs import AdapterSpec, MethodSpec

_TEMPLATE = """---
library_name: medpeft-sdk
tags:
- parameter-efficient-fine-tuning
- {method}
{base}---

# {title} for {architecture}

{formula}.

| | |
|---|---|
| method | `{method}`{paper} |
| hyperparameters | {hyperparameters} |
| network | `{pretrained}` |
| trained parameters | {trainable:,} of {total:,} ({head:,} of them in the classifier) |
| added parameters | {added:,} |
| numbers stored here | {stored:,} |
| made with | {versions} |

This folder holds only what differs from the network that was adapted: load it onto that network,
with the same weights and as many classes as the adapter was trained for.

```python
import medpeft_sdk
{build}
adapted = medpeft_sdk.load_adapter(model, "path/to/this/folder")
```

What it was trained on, and how well it does, is for its author to add here.
"""


def model_card(method: MethodSpec, spec: AdapterSpec) -> str:
    """Returns a card in Markdown, with the metadata that the Hugging Face Hub reads."""
    values = ", ".join(f"{name} = {value}" for name, value in spec.hyperparameters.items())
    base = spec.pretrained
    build = (
        f'import timm\n\nmodel = timm.create_model("{base.removeprefix("timm/")}", ' if base else ""
    )
    return _TEMPLATE.format(
        method=method.name,
        title=method.title,
        formula=method.formula[0].upper() + method.formula[1:],
        paper=f" ([{method.paper.title}, {method.paper.year}]({method.paper.url}))"
        if method.paper
        else "",
        architecture=spec.architecture,
        pretrained=base or spec.architecture,
        base=f"base_model: {base}\n" if base else "",
        hyperparameters=values or "none",
        versions=", ".join(f"{name} {version}" for name, version in spec.versions.items()),
        build=f"{build}pretrained=True, num_classes=...)"
        if base
        else f"\nmodel = ...  # {spec.architecture}, with the weights that were adapted",
        **spec.parameters.model_dump(),
    )
