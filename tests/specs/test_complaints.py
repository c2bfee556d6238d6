from __future__ import annotations

import pytest

from medpeft_sdk.errors import SpecError
from medpeft_sdk.specs import ProtocolSpec

GOOD = {
    "name": "mine",
    "version": 1,
    "title": "Mine",
    "datasets": ["busi"],
    "backbones": ["timm/resnet18"],
    "subsets": ["16shot"],
    "seeds": [0],
    "metrics": ["auroc"],
    "reference": "linear",
}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"search": {}}, "search: there is no such field"),
        ({"epochs": 3}, "epochs: there is no such field (found 3); did you mean recipe.epochs?"),
        ({"title": 3}, "title: a text (found 3)"),
        ({"name": "my-own"}, "name: a text that matches ^[a-z][a-z0-9_]*$ (found 'my-own')"),
        ({"version": "1"}, "version: a whole number (found '1')"),
        ({"version": 1.5}, "version: a whole number (found 1.5)"),
        ({"datasets": "busi"}, "datasets: a list (found 'busi')"),
        ({"datasets": []}, "datasets: at least 1 of them (found [])"),
        ({"ruleset": "free"}, "ruleset: 'fixed' or 'tuned' (found 'free')"),
        ({"recipe": 3}, "recipe: fields with names (found 3)"),
        ({"recipe": {"batch_size": 0}}, "recipe.batch_size: at least 1 (found 0)"),
        ({"recipe": {"weight_decay": "none"}}, "recipe.weight_decay: a number (found 'none')"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(fields, said):
    assert ProtocolSpec.from_data(GOOD, where="mine.toml").name == "mine"
    with pytest.raises(SpecError) as raised:
        ProtocolSpec.from_data(GOOD | fields, where="mine.toml")
    assert raised.value.expected == said
