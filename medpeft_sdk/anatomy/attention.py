"""Finding attentions and their projections."""

from __future__ import annotations

import re
from collections.abc import Sequence

from torch import nn

from medpeft_sdk.anatomy.layers import children, last_pointwise, lone_pointwise, widths
from medpeft_sdk.anatomy.sites import AttentionSite, Projection, Site

# Query, key and value have the same shapes; only the names of their layers tell them apart.
_ROLE = re.compile(r"(?:to_|w)?(qkv|qk|kv|q|k|v|query|key|value)s?(?:_proj)?", re.IGNORECASE)
_LETTERS = {"query": "q", "key": "k", "value": "v"}


def find_attention(path: str, module: nn.Module) -> AttentionSite | None:
    """Reads a module as an attention.

    An attention has layers in the roles of query, key and value, several roles to a layer where
    they are fused. It has a number of heads; one with a single head may lack that, and then has
    queries, keys and a pointwise layer more. Where no layer shows its role, one that is wide
    enough for the queries, keys and values of all heads tells an attention.

    A projection is left out where its part of a fused layer cannot be told; see `_parts`.
    """
    if isinstance(module, nn.MultiheadAttention):
        return AttentionSite(
            path, module, output=Site(f"{path}.out_proj", module.out_proj, called=False)
        )
    heads = _heads(module)
    named = dict(children(module))
    roles = {name: role for name in named if (role := _role(name))}
    if not roles:
        return AttentionSite(path, module) if heads and _has_wide_layer(module, heads) else None
    outputs = [
        site
        for name, child in named.items()
        if name not in roles and (site := lone_pointwise(f"{path}.{name}", child))
    ]
    if not heads and not (outputs and {"q", "k"} <= set("".join(roles.values()))):
        return None
    layers = [
        (role, site)
        for name, role in roles.items()
        if (site := last_pointwise(f"{path}.{name}", named[name]))
    ]
    output = next((site for site in reversed(outputs) if _takes(module, layers, site)), None)
    taken = widths(output.module)[0] if output else None
    unread = weights_read(module)
    projections = {
        part: Projection(site.path, site.module, channels, called=site.module not in unread)
        for role, site in layers
        for part, channels in _parts(module, role, widths(site.module)[1], taken).items()
    }
    return AttentionSite(
        path,
        module,
        query=projections.get("q"),
        key=projections.get("k"),
        value=projections.get("v"),
        output=output,
    )


def weights_read(module: nn.Module) -> tuple[nn.Module, ...]:
    """Returns the layers that a module does not call, but whose weight it reads.

    No structure tells this for certain. Two idioms are known, and no other was seen in timm and
    diffusers: the output projection of PyTorch's attention; and BEiT's fused projection without a
    bias, beside biases for its parts, which the attention puts together before it multiplies.
    """
    if isinstance(module, nn.MultiheadAttention):
        return (module.out_proj,)
    parts = module._parameters
    if parts.get("q_bias") is None or getattr(module, "qkv_bias_separate", False):
        return ()
    return tuple(
        child
        for name, child in children(module)
        if _role(name) == "qkv" and getattr(child, "bias", None) is None
    )


def _role(name: str) -> str | None:
    found = _ROLE.fullmatch(name)
    return _LETTERS.get(role := found[1].lower(), role) if found else None


def _heads(module: nn.Module) -> int | None:
    heads = getattr(module, "num_heads", getattr(module, "heads", None))
    return heads if isinstance(heads, int) else None


def _has_wide_layer(module: nn.Module, heads: int) -> bool:
    head_dim = getattr(module, "head_dim", None)
    return isinstance(head_dim, int) and any(
        not any(child.children())
        and (site := lone_pointwise(name, child)) is not None
        and widths(site.module)[1] >= 3 * heads * head_dim
        for name, child in children(module)
    )


def _takes(module: nn.Module, layers: list[tuple[str, Projection | Site]], output: Site) -> bool:
    """Tells whether a layer takes in what the heads make of the values."""
    taken = widths(output.module)[0]
    return any("v" in _parts(module, role, widths(site.module)[1], taken) for role, site in layers)


def _parts(
    module: nn.Module, role: str, total: int, taken: int | None
) -> dict[str, Sequence[int] | None]:
    """Tells which channels of a layer are queries, which keys, which values.

    Args:
        module: The attention.
        role: The roles of the layer, in order.
        total: Its number of output channels.
        taken: The number of channels that the output projection takes, if there is one.

    Returns:
        Channels by role, ``None`` for all of them: one part after the other, or head by head
        where the module is ``head_first``, or gives its heads' widths as ``key_dim`` and
        ``val_dim`` as LeViT does. Nothing where the widths do not add up.
    """
    heads = _heads(module) or 1
    key, value = getattr(module, "key_dim", None), getattr(module, "val_dim", None)
    if len(role) == 1:
        # Several heads may share keys and values.
        fits = role != "v" or taken is None or taken % total == 0
        return {role: None} if fits else {}
    if isinstance(key, int) and isinstance(value, int):
        sizes = {part: value if part == "v" else key for part in role}
        fits = taken == heads * value or "v" not in role
        return _by_head(sizes, heads) if fits and heads * sum(sizes.values()) == total else {}
    if "v" not in role:
        taken = total // len(role)
    if taken is None:
        return {}
    if role == "qkv" and total == 2 * taken:
        # Queries come from elsewhere.
        role = "kv"
    sizes = dict.fromkeys(role, taken)
    if role == "qkv" and total == 2 * taken + 1:
        # Separable attention has one query channel.
        sizes["q"] = 1
    if sum(sizes.values()) != total:
        return {}
    if getattr(module, "head_first", False):
        return _by_head({part: size // heads for part, size in sizes.items()}, heads)
    return _by_head(sizes, 1)


def _by_head(sizes: dict[str, int], heads: int) -> dict[str, Sequence[int] | None]:
    """Returns the channels of parts of the given widths, which repeat for each head."""
    width, start = sum(sizes.values()), 0
    parts: dict[str, Sequence[int] | None] = {}
    for part, size in sizes.items():
        runs = [range(head * width + start, head * width + start + size) for head in range(heads)]
        parts[part] = runs[0] if heads == 1 else [channel for run in runs for channel in run]
        start += size
    return parts
