from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from medpeft_sdk.data.fetch import fetch
from medpeft_sdk.errors import DataError, SpecError, StoreError
from medpeft_sdk.specs import DatasetSpec, Download
from tests.data.samples import spec

DATA = bytes(range(256)) * 40


class Server(ThreadingHTTPServer):
    """Answers every path with `DATA`, in the way that a test asks for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges, self.cut, self.moved = True, 0, ""
        self.asked: list[str | None] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if self.server.moved:
            self.send_response(302)
            self.send_header("Location", self.server.moved)
            self.end_headers()
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.ranges else 0
        if start >= len(DATA):
            self.send_error(416)
            return
        self.send_response(206 if asked and self.server.ranges else 200)
        self.send_header("Content-Length", str(len(DATA) - start))
        self.end_headers()
        self.wfile.write(DATA[start : self.server.cut or None])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    running = Server()
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def downloading(server: Server, digest: str = "") -> DatasetSpec:
    """A spec whose address is not https, as no real one can be."""
    address = f"http://127.0.0.1:{server.server_port}/table.csv"
    right = digest or f"sha256:{hashlib.sha256(DATA).hexdigest()}"
    download = Download.model_construct(file="table.csv", url=address, digest=right)
    return spec().model_copy(update={"downloads": (download,)})


def test_a_file_is_fetched_once(server, tmp_path):
    told = []
    one = downloading(server)
    assert fetch(one, tmp_path / "set", on_progress=lambda *event: told.append(event)) == 1
    assert (tmp_path / "set" / "table.csv").read_bytes() == DATA
    assert told[-1] == ("table.csv", len(DATA), len(DATA))
    assert fetch(one, tmp_path / "set") == 0
    assert len(server.asked) == 1
    assert [p.name for p in (tmp_path / "set").iterdir()] == ["table.csv"]


def test_md5_serves_where_a_distributor_gives_no_other(server, tmp_path):
    digest = f"md5:{hashlib.md5(DATA, usedforsecurity=False).hexdigest()}"
    assert fetch(downloading(server, digest), tmp_path) == 1


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_connection_is_said_and_gone_on_from(server, tmp_path, ranges):
    server.cut, server.ranges = 4000, ranges
    with pytest.raises(DataError, match=r"broke after 4,000 of 10,240 bytes") as error:
        fetch(downloading(server), tmp_path)
    assert "try again" in str(error.value)
    assert not (tmp_path / "table.csv").exists()
    server.cut = 0
    assert fetch(downloading(server), tmp_path) == 1
    assert server.asked == ["bytes=0-", "bytes=4000-"]
    assert (tmp_path / "table.csv").read_bytes() == DATA


def test_a_kill_before_the_last_rename_costs_nothing(server, tmp_path):
    (tmp_path / ".table.csv.partial").write_bytes(DATA)
    assert fetch(downloading(server), tmp_path) == 1
    assert (tmp_path / "table.csv").read_bytes() == DATA


def test_a_file_with_another_digest_never_gets_the_name(server, tmp_path):
    with pytest.raises(DataError, match="not the file that it should be") as error:
        fetch(downloading(server, f"sha256:{'0' * 64}"), tmp_path)
    assert hashlib.sha256(DATA).hexdigest() in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_and_another_is_not_touched(server, tmp_path):
    (tmp_path / "table.csv").write_text("mine")
    with pytest.raises(DataError, match="not the file that it should be") as error:
        fetch(downloading(server), tmp_path)
    assert "move it away" in str(error.value)
    assert (tmp_path / "table.csv").read_text() == "mine"


def test_a_server_that_leads_away_from_https_is_not_followed(server, tmp_path):
    server.moved = "http://127.0.0.1/elsewhere"
    with pytest.raises(DataError, match="which is not https"):
        fetch(downloading(server), tmp_path)
    assert not list(tmp_path.iterdir())


def test_without_a_network_there_is_one_message(server, tmp_path):
    one = downloading(server)
    server.shutdown()
    server.server_close()
    with pytest.raises(DataError, match=r"'table.csv' cannot be fetched: .*refused") as error:
        fetch(one, tmp_path / "set")
    assert one.downloads[0].url in str(error.value)
    assert "put it into the folder" in str(error.value)
    assert not (tmp_path / "set").exists()


def test_a_folder_that_cannot_be_written_is_said(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        fetch(downloading(server), tmp_path / "file")


def test_only_https_is_accepted_in_a_spec():
    with pytest.raises(SpecError, match="not a valid download"):
        Download.from_data(
            {"file": "a", "url": "http://x/a", "digest": f"sha256:{'0' * 64}"}, where="here"
        )
