from collections.abc import Callable

import pytest
import timm
import torch

from medpeft_sdk.anatomy import Sites, find_sites


@pytest.fixture(scope="session")
def sites_of() -> Callable[[str], Sites]:
    """The sites of a timm architecture with seven classes, built without memory for weights."""
    found: dict[str, Sites] = {}

    def sites(architecture: str) -> Sites:
        if architecture not in found:
            with torch.device("meta"):
                found[architecture] = find_sites(timm.create_model(architecture, num_classes=7))
        return found[architecture]

    return sites
