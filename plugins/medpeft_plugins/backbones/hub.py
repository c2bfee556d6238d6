"""Fetching weights from the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from medpeft_sdk.errors import WeightsError
from medpeft_sdk.specs import Weights


def download(weights: Weights, filename: str | None) -> Path:
    """Returns the weights file in the Hub's cache, fetching it if it is not there.

    Args:
        weights: Repository and, where it is pinned, revision.
        filename: The file in the repository where it has another name than usual.

    Raises:
        WeightsError: There is no network, no such repository, revision or file, or no access.
    """
    where = f"{weights.location} on the Hugging Face Hub, revision {weights.revision or 'main'}"
    for candidate in _candidates(filename):
        cached = try_to_load_from_cache(weights.location, candidate, revision=weights.revision)
        if isinstance(cached, str):
            return Path(cached)
    for candidate in _candidates(filename):
        try:
            return Path(hf_hub_download(weights.location, candidate, revision=weights.revision))
        except LocalEntryNotFoundError as error:
            raise WeightsError(
                "the weights are not in the cache and the Hub cannot be reached",
                where=where,
                mend="connect to the network, or give a local file with --weights FILE",
            ) from error
        except GatedRepoError as error:
            raise WeightsError(
                "the weights are given out only to users who accepted their terms",
                where=where,
                mend="accept them on the repository's page and log in with: hf auth login",
            ) from error
        except (RepositoryNotFoundError, RevisionNotFoundError) as error:
            missing = "revision" if isinstance(error, RevisionNotFoundError) else "repository"
            raise WeightsError(f"the Hub has no such {missing}", where=where) from error
        except EntryNotFoundError:
            continue
        except (HfHubHTTPError, OSError) as error:
            raise WeightsError(
                f"the weights cannot be fetched: {str(error).splitlines()[0]}",
                where=where,
                mend="try again, or give a local file with --weights FILE",
            ) from error
    raise WeightsError(
        "the repository has no weights file of a known name",
        where=where,
        expected=" or ".join(_candidates(filename)),
        mend="fetch the file by hand and give it with --weights FILE",
    )


def _candidates(filename: str | None) -> Iterator[str]:
    """Iterates over the names a weights file may have, safetensors first."""
    name = Path(filename or "pytorch_model.bin")
    yield name.with_suffix(".safetensors").name if filename else "model.safetensors"
    if name.suffix != ".safetensors":
        yield name.name
