"""Fetching the files of a dataset that anybody may fetch, and believing only their digests."""

from __future__ import annotations

import hashlib
import http
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from medpeft_sdk.data.disk import writing
from medpeft_sdk.data.prepare import OnFile
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import DatasetSpec, Download

_SECONDS = 30
_BLOCK = 1 << 20


def fetch(spec: DatasetSpec, folder: Path, *, on_progress: OnFile = lambda *_: None) -> int:
    """Fetches the files of a dataset that anybody may fetch; those that are there are checked.

    A file gets its name only when its digest is right. What was fetched of one before the
    connection broke is kept, and the next attempt goes on from there.

    Args:
        spec: The dataset.
        folder: Where the files go; it is made where it is not there.
        on_progress: Is told how many bytes of a file are there.

    Returns:
        The number of files that were fetched.

    Raises:
        DataError: A file cannot be fetched, or its digest is wrong.
        StoreError: The folder cannot be written, or its disk is full.
    """
    fetched = 0
    for download in spec.needed_downloads():
        target = folder / download.file
        if target.exists():
            _check(download, target, mend="move it away, and the same command fetches it again")
            continue
        partial = target.with_name(f".{target.name}.partial")
        _receive(download, partial, on_progress)
        try:
            _check(download, partial, mend="try again; if it stays so, fetch the file elsewhere")
        except DataError:
            partial.unlink()
            raise
        with _writing(target):
            partial.replace(target)
        fetched += 1
    return fetched


def _receive(download: Download, partial: Path, on_progress: OnFile) -> None:
    """Appends to a file what it lacks; all of it where the server cannot begin in the middle."""
    done = partial.stat().st_size if partial.exists() else 0
    with _network(download):
        headers = {"User-Agent": "medpeft-sdk", "Range": f"bytes={done}-"}
        request = urllib.request.Request(download.url, headers=headers)  # noqa: S310
        try:
            answer = _OPENER.open(request, timeout=_SECONDS)
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # Nothing is lacking; the digest will tell.
            raise
        with _writing(partial):
            partial.parent.mkdir(parents=True, exist_ok=True)
            output = partial.open("ab")
        with answer, output:
            if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
                done = output.truncate(0)
            size = done + int(answer.headers.get("Content-Length") or 0)
            while block := answer.read(_BLOCK):
                with _writing(partial):
                    output.write(block)
                done += len(block)
                on_progress(download.file, done, max(size, done))
            if done < size:
                raise OSError(f"the connection broke after {done:,} of {size:,} bytes")


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows a server only to addresses that keep what is sent from being altered."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.startswith("https://"):
            raise urllib.error.URLError(f"it was moved to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_HttpsOnly)


def _check(download: Download, file: Path, *, mend: str) -> None:
    kind, _, expected = download.digest.partition(":")
    with _writing(file), file.open("rb") as data:
        found = hashlib.file_digest(data, lambda: hashlib.new(kind, usedforsecurity=False))
    if found.hexdigest() != expected:
        raise DataError(
            f"'{download.file}' is not the file that it should be: its digest is "
            f"{kind}:{found.hexdigest()}",
            where=f"{file}, from {download.url}",
            expected=download.digest,
            mend=mend,
        )


@contextmanager
def _network(download: Download) -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DataError(
            f"'{download.file}' cannot be fetched: {reason}",
            where=download.url,
            expected="an answer from the network",
            mend="try again, or fetch the file elsewhere and put it into the folder",
        ) from error


def _writing(file: Path) -> AbstractContextManager[None]:
    return writing(
        file,
        "a file cannot be written",
        otherwise="choose another folder; the same command then goes on",
    )
