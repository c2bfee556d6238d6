"""Finding attentions and their projections."""

from __future__ import annotations

from torch import nn

from medpeft_sdk.anatomy.layers import children, is_pointwise, widths
from medpeft_sdk.anatomy.sites import AttentionSite, Pointwise, Projection, Site

# Query, key and value have the same shape; only their names tell them apart.
_ROLES = {
    "query": ("q", "q_proj", "to_q", "query"),
    "key": ("k", "k_proj", "to_k", "key"),
    "value": ("v", "v_proj", "to_v", "value"),
}


def find_attention(path: str, module: nn.Module) -> AttentionSite | None:
    """Reads a module as an attention.

    An attention has a number of heads and, as its own layers, either one layer whose output is
    three times as wide as the output projection's input, or three layers in the roles of query,
    key and value whose values the output projection takes in.
    """
    if not isinstance(getattr(module, "num_heads", getattr(module, "heads", None)), int):
        return None
    layers = {
        name: Site(f"{path}.{name}" if path else name, child)
        for name, child in children(module)
        if is_pointwise(child)
    }
    return _separate(path, module, layers) or _fused(path, module, layers)


def _fused(
    path: str, module: nn.Module, layers: dict[str, Site[Pointwise]]
) -> AttentionSite | None:
    for qkv in layers.values():
        for output in layers.values():
            width = widths(output.module)[0]
            if output is not qkv and widths(qkv.module)[1] == 3 * width:
                query, key, value = (
                    Projection(qkv.path, qkv.module, channels=range(i * width, (i + 1) * width))
                    for i in range(3)
                )
                return AttentionSite(path, module, query=query, key=key, value=value, output=output)
    return None


def _separate(
    path: str, module: nn.Module, layers: dict[str, Site[Pointwise]]
) -> AttentionSite | None:
    roles = {
        role: next((layers[name] for name in names if name in layers), None)
        for role, names in _ROLES.items()
    }
    query, key, value = roles["query"], roles["key"], roles["value"]
    if query is None or key is None or value is None:
        return None
    projections = {query.path, key.path, value.path}
    for output in layers.values():
        if output.path not in projections and (
            widths(output.module)[0] == widths(value.module)[1]
            and widths(query.module)[1] == widths(key.module)[1]
        ):
            return AttentionSite(
                path,
                module,
                query=Projection(query.path, query.module),
                key=Projection(key.path, key.module),
                value=Projection(value.path, value.module),
                output=output,
            )
    return None
