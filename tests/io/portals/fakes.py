"""Small portals on loopback that speak each protocol, and can be told to misbehave."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

DATASET = "abcd-1234"
RESOURCE = "12345678-1234-1234-1234-123456789abc"


class Reply(Exception):  # noqa: N818
    """An answer that is no plain JSON."""

    def __init__(self, status: int, body: bytes = b"{}", headers: dict[str, str] | None = None, cut: int = 0) -> None:
        super().__init__(status)
        self.status, self.body, self.headers, self.cut = status, body, headers or {}, cut


class FakePortal:
    """Counts requests; `faults` maps the number of a page request to what happens instead."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.types: dict[str, str] = {}
        self.faults: dict[int, Callable[[Any], Any]] = {}
        self.always: Callable[[Any], Any] | None = None
        self.pages: list[dict[str, str]] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.times: list[float] = []
        self.slow = 0.0

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        self.requests.append((path, query, headers))
        self.times.append(time.monotonic())
        is_page, content = self.content(path, query)
        if not is_page:
            return content
        self.pages.append(query)
        time.sleep(self.slow)
        fault = self.faults.pop(len(self.pages), self.always)
        return fault(content) if fault else content

    def content(self, path: str, query: dict[str, str]) -> tuple[bool, Any]:
        """Say whether this is a page of rows, and what to answer; each protocol has its own."""
        raise NotImplementedError


class FakeSocrata(FakePortal):
    cap = 1000
    headers = True

    def content(self, path: str, query: dict[str, str]) -> tuple[bool, Any]:
        if path == f"/api/views/{DATASET}.json":
            return False, {"columns": [{"fieldName": n, "dataTypeName": k} for n, k in self.types.items()]}
        if path != f"/resource/{DATASET}.json":
            raise Reply(404, b'{"message":"not found"}')
        rows = sorted(self.rows, key=lambda row: row[":id"])
        where = query.get("$where", "")
        if found := re.search(r"([:\w]+) >= '([^']+)'", where):
            rows = [row for row in rows if row[found[1]] >= found[2]]
        if found := re.search(r":id > '([^']+)'", where):
            rows = [row for row in rows if row[":id"] > found[1]]
        names = query["$select"].split(",")
        if names == ["count(*) as n"]:
            return False, [{"n": str(len(rows))}]
        for name in names:
            if not name.startswith(":") and name not in self.types:
                message = {"code": "query.soql.no-such-column", "message": f"No such column: {name}"}
                raise Reply(400, json.dumps(message).encode())
        rows = rows[: min(int(query["$limit"]), self.cap)]
        chosen = [{name: row[name] for name in names if row.get(name) is not None} for row in rows]
        if not self.headers:
            return True, chosen
        kinds = [self.types.get(name, "system") for name in names]
        return True, (chosen, {"X-SODA2-Fields": json.dumps(names), "X-SODA2-Types": json.dumps(kinds)})


class FakeArcGis(FakePortal):
    layer = "/arcgis/rest/services/Crimes/FeatureServer/0"
    most = 3
    point = True

    def content(self, path: str, query: dict[str, str]) -> tuple[bool, Any]:
        fields = [{"name": name, "type": kind} for name, kind in self.types.items()]
        if path == self.layer:
            layer = {"fields": fields, "objectIdField": "OBJECTID", "maxRecordCount": self.most}
            if "EDITED" in self.types:
                layer["editFieldsInfo"] = {"editDateField": "EDITED"}
            return False, layer | ({"geometryType": "esriGeometryPoint"} if self.point else {})
        if path != f"{self.layer}/query":
            raise Reply(404)
        rows = sorted(self.rows, key=lambda row: row["OBJECTID"])
        if found := re.search(r"EDITED >= TIMESTAMP '([^']+)'", query["where"]):
            since = time.mktime(time.strptime(found[1], "%Y-%m-%d %H:%M:%S")) - time.timezone
            rows = [row for row in rows if row["EDITED"] >= since * 1000]
        if found := re.search(r"OBJECTID > (-?\d+)", query["where"]):
            rows = [row for row in rows if row["OBJECTID"] > int(found[1])]
        if query.get("returnCountOnly") == "true":
            return False, {"count": len(rows)}
        names = query["outFields"].split(",")
        unknown = [name for name in names if name not in self.types]
        if unknown:
            error = {"code": 400, "message": "Cannot perform query.", "details": [f"Invalid field: {unknown[0]}"]}
            return True, {"error": error}
        limit = min(int(query["resultRecordCount"]), self.most)
        features = [self.feature(row, names, query["returnGeometry"] == "true") for row in rows[:limit]]
        fields = [field for field in fields if field["name"] in names]
        return True, {"fields": fields, "features": features, "exceededTransferLimit": len(rows) > limit}

    def feature(self, row: dict[str, Any], names: list[str], geometry: bool) -> dict[str, Any]:
        feature: dict[str, Any] = {"attributes": {name: row.get(name) for name in names}}
        if geometry:
            feature["geometry"] = {"x": row["x"], "y": row["y"]}
        return feature


class FakeCkan(FakePortal):
    def content(self, path: str, query: dict[str, str]) -> tuple[bool, Any]:
        if path != "/api/3/action/datastore_search" or query.get("resource_id") != RESOURCE:
            return False, {"success": False, "error": {"message": "Not found: Resource was not found."}}
        rows = sorted(self.rows, key=lambda row: row["_id"])
        if found := re.fullmatch(r'"(\w+)" desc, _id', query.get("sort", "")):
            rows = sorted(rows, key=lambda row: row[found[1]], reverse=True)
        names = query["fields"].split(",") if "fields" in query else list(self.types)
        if unknown := [name for name in names if name not in self.types]:
            message = {"success": False, "error": {"fields": [f"field {unknown[0]!r} not in table"]}}
            raise Reply(409, json.dumps(message).encode())
        limit, offset = int(query["limit"]), int(query.get("offset", 0))
        result = {
            "fields": [{"id": name, "type": self.types[name]} for name in names],
            "records": [{name: row[name] for name in names} for row in rows[offset : offset + limit]],
            "total": len(rows),
            "limit": limit,
            "_links": {"start": "/api/3/action/datastore_search", "next": "..."},
        }
        return limit > 0, {"success": True, "result": result}


class FakePolice(FakePortal):
    most = 10
    months = ("2024-02", "2024-01")

    def content(self, path: str, query: dict[str, str]) -> tuple[bool, Any]:
        if path == "/api/crimes-street-dates":
            return False, [{"date": month, "stop-and-search": []} for month in self.months]
        if path != "/api/crimes-street/all-crime":
            raise Reply(404)
        found = [row for row in self.rows if row["month"] == query["date"] and self.inside(row, query)]
        if len(found) > self.most:
            self.pages.append(query)
            raise Reply(503, b"")
        return True, found

    def inside(self, row: dict[str, Any], query: dict[str, str]) -> bool:
        from shapely import Point, Polygon

        if "poly" not in query:
            return True
        corners = [tuple(map(float, pair.split(",")))[::-1] for pair in query["poly"].split(":")]
        point = Point(float(row["location"]["longitude"]), float(row["location"]["latitude"]))
        return bool(Polygon(corners).intersects(point))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments: object) -> None:
        """Say nothing where a client was killed."""


@contextmanager
def serve(portal: FakePortal) -> Iterator[str]:
    """Serve a portal on a free port of loopback; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.reply(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self.reply(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def reply(self, query: str) -> None:
            asked = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
            try:
                content = portal.answer(urlsplit(self.path).path, asked, dict(self.headers))
                content, headers = content if isinstance(content, tuple) else (content, {})
                self.send(Reply(200, json.dumps(content).encode(), {"Content-Type": "application/json", **headers}))
            except Reply as reply:
                self.send(reply)

        def send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                if value:
                    self.send_header(name, value)
            if "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            if reply.cut:
                self.close_connection = True
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) - reply.cut])

        def log_message(self, *arguments: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"no") -> Callable[[Any], Any]:
    def fault(content: Any) -> Any:
        raise Reply(code, body, headers)

    return fault


def cut_short(content: Any) -> Any:
    """Announce more bytes than come."""
    raise Reply(200, json.dumps(plain(content)).encode(), cut=10)


def half_json(content: Any) -> Any:
    body = json.dumps(plain(content)).encode()
    raise Reply(200, body[: len(body) // 2])


def login_page(content: Any) -> Any:
    raise Reply(200, b"<!DOCTYPE html><html><title>Sign in</title>", {"Content-Type": "text/html"})


def plain(content: Any) -> Any:
    return content[0] if isinstance(content, tuple) else content
