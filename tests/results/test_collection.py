"""Python's search for garbage is put off, and comes back."""

from __future__ import annotations

import gc

import pytest

from medpeft_sdk.results.collection import no_collection


def test_nothing_is_collected_inside_and_all_is_as_before_after_an_error() -> None:
    with pytest.raises(ValueError, match="oops"), no_collection():
        assert not gc.isenabled()
        with no_collection():
            pass
        assert not gc.isenabled()
        raise ValueError("oops")
    assert gc.isenabled()
