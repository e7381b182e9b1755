"""The client alone: packed, chunked and swollen answers."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest

from hotspot.errors import PortalError
from hotspot.io.portals.client import Client
from tests.io.portals.conftest import HASTY
from tests.io.portals.fakes import FakePortal, Reply, serve

PACKED = {"Content-Encoding": "gzip", "Content-Type": "application/json"}


class One(FakePortal):
    reply = Reply(200)

    def content(self, path, query):
        raise self.reply


def ask(reply, **changes):
    portal = One()
    portal.reply = reply
    with serve(portal) as address:
        client = Client(replace(HASTY, **changes))
        try:
            return client.ask(f"{address}/x").content
        finally:
            client.close()


def test_a_packed_answer():
    assert ask(Reply(200, gzip.compress(json.dumps([1] * 99_999).encode()), PACKED)) == [1] * 99_999


def test_a_packed_answer_that_is_cut_short():
    with pytest.raises(PortalError, match=r"cut off|no whole JSON"):
        ask(Reply(200, gzip.compress(json.dumps(list(range(9999))).encode()), PACKED, cut=100))
    with pytest.raises(PortalError, match=r"cut off \(DecodeError\)"):
        ask(Reply(200, b"no gzip at all", PACKED))


def test_a_small_answer_that_swells_is_cut_while_it_is_unpacked():
    import tracemalloc

    bomb = gzip.compress(b" " * 50_000_000)
    tracemalloc.start()
    with pytest.raises(PortalError, match="larger than 1,000,000 bytes"):
        ask(Reply(200, bomb, PACKED), max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_chunks():
    chunked = b"4\r\n[1,2\r\n3\r\n,3]\r\n0\r\n\r\n"
    headers = {"Transfer-Encoding": "chunked", "Content-Length": ""}
    assert ask(Reply(200, chunked, headers)) == [1, 2, 3]


def test_no_answer_is_no_json():
    with pytest.raises(PortalError, match="0 bytes is no whole JSON"):
        ask(Reply(200, b""))
    with pytest.raises(PortalError, match="0 bytes is no whole JSON"):
        ask(Reply(204, b""))


def test_redirects_within_a_site_are_followed_but_not_for_ever():
    class Ring(One):
        def content(self, path, query):
            if path == "/end":
                return False, [path]
            raise Reply(307, b"", {"Location": "/end" if path == "/x" else path})

    portal = Ring()
    with serve(portal) as address:
        client = Client(HASTY)
        assert client.ask(f"{address}/x").content == ["/end"]
        with pytest.raises(PortalError, match="more than 5 redirects"):
            client.ask(f"{address}/ring")
        client.close()


def test_a_netrc_stays_at_home(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    class Echo(One):
        def content(self, path, query):
            return False, list(self.requests[-1][2])

    with serve(Echo()) as address:
        client = Client(HASTY)
        assert "Authorization" not in client.ask(f"{address}/x").content
        client.close()


def test_a_token_travels_encrypted_or_not_at_all():
    from hotspot.io.portals.client import _is_private

    assert _is_private("https://data.example.org/x")
    assert not _is_private("http://data.example.org/x")
    assert not _is_private("http://127.0.0.1.example.org/x")
