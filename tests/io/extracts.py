"""Small extracts of OpenStreetMap, written in both forms."""

from __future__ import annotations

import struct
from pathlib import Path
from xml.sax.saxutils import quoteattr

Tags = dict[str, str]
Nodes = dict[int, tuple[float, float, Tags]]  # longitude, latitude
Ways = dict[int, tuple[list[int], Tags]]


def write_xml(path: Path, nodes: Nodes, ways: Ways) -> Path:
    rows = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
    for i, (lon, lat, tags) in nodes.items():
        rows.append(f'<node id="{i}" version="1" lon="{lon}" lat="{lat}">{_tags(tags)}</node>')
    for i, (refs, tags) in ways.items():
        listed = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        rows.append(f'<way id="{i}" version="1">{listed}{_tags(tags)}</way>')
    path.write_text("\n".join([*rows, "</osm>"]), "utf-8")
    return path


def write_pbf(path: Path, nodes: Nodes, ways: Ways) -> Path:
    """Write one block of plain nodes and ways; see the OSM wiki, PBF format."""
    strings = [""]
    texts = {text: 0 for _, _, tags in nodes.values() for pair in tags.items() for text in pair}
    texts |= {text: 0 for _, tags in ways.values() for pair in tags.items() for text in pair}
    for text in texts:
        texts[text] = len(strings)
        strings.append(text)
    table = b"".join(_field(1, text.encode()) for text in strings)
    points = b"".join(_field(1, _node(i, *node, texts)) for i, node in nodes.items())
    lines = b"".join(_field(3, _way(i, refs, tags, texts)) for i, (refs, tags) in ways.items())
    block = _field(1, table) + _field(2, points) + _field(2, lines)
    head = _field(4, b"OsmSchema-V0.6")
    path.write_bytes(_blob(b"OSMHeader", head) + _blob(b"OSMData", block))
    return path


def _node(i: int, lon: float, lat: float, tags: Tags, texts: dict[str, int]) -> bytes:
    keys, values = (b"".join(_varint(texts[text]) for text in part) for part in (tags.keys(), tags.values()))
    at = _number(8, _zigzag(round(lat * 1e7))) + _number(9, _zigzag(round(lon * 1e7)))
    return _number(1, _zigzag(i)) + _field(2, keys) + _field(3, values) + at


def _way(i: int, refs: list[int], tags: Tags, texts: dict[str, int]) -> bytes:
    keys, values = (b"".join(_varint(texts[text]) for text in part) for part in (tags.keys(), tags.values()))
    steps = [ref - before for ref, before in zip(refs, [0, *refs], strict=False)]
    return _number(1, i) + _field(2, keys) + _field(3, values) + _field(8, b"".join(_varint(_zigzag(s)) for s in steps))


def _blob(kind: bytes, content: bytes) -> bytes:
    blob = _field(1, content) + _number(2, len(content))
    header = _field(1, kind) + _number(3, len(blob))
    return struct.pack(">I", len(header)) + header + blob


def _field(number: int, content: bytes) -> bytes:
    if not content and number > 1:
        return b""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
