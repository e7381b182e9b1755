"""Fake portals with a few rows each, and a fetch that does not wait."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotspot.io.portals import Manners, Options, Source
from tests.io.portals.fakes import DATASET, RESOURCE, FakeArcGis, FakeCkan, FakePolice, FakeSocrata, serve

HASTY = Manners(pause=0.0, timeout=0.5, patience=5.0, tries=3, backoff=0.0, longest_wait=5.0)


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("SOCRATA_APP_TOKEN", "ARCGIS_TOKEN", "CKAN_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def hasty(**changes: Any) -> Options:
    return Options(**{"page_size": 4, "manners": HASTY, **changes})


def rows_of(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def socrata_row(number: int, updated: str = "2024-01-01T00:00:00.000Z", **changes: Any) -> dict[str, Any]:
    row = {
        ":id": f"row-{number:04d}",
        ":updated_at": updated,
        "case_number": f"JA{number:05d}",
        "primary_type": "THEFT",
    }
    row |= {
        "date": "2023-12-31T10:00:00.000",
        "beat": str(number),
        "location": {"type": "Point", "coordinates": [-87.6, 41.8]},
    }
    return row | changes


@pytest.fixture
def socrata() -> Iterator[tuple[FakeSocrata, Source]]:
    portal = FakeSocrata()
    portal.rows = [socrata_row(number) for number in range(10)]
    portal.types = {"case_number": "text", "primary_type": "text", "date": "floating_timestamp", "beat": "number"}
    portal.types |= {"location": "point"}
    with serve(portal) as address:
        yield portal, Source("socrata", address, DATASET, name="chicago")


@pytest.fixture
def arcgis() -> Iterator[tuple[FakeArcGis, Source]]:
    portal = FakeArcGis()
    portal.types = {"OBJECTID": "esriFieldTypeOID", "OFFENSE": "esriFieldTypeString", "OCC_DATE": "esriFieldTypeDate"}
    portal.types |= {"EDITED": "esriFieldTypeDate"}
    portal.rows = [
        {
            "OBJECTID": n,
            "OFFENSE": "Theft",
            "OCC_DATE": 1704067200000 + n,
            "EDITED": 1704153600000,
            "x": -79.4,
            "y": 43.7,
        }
        for n in range(1, 9)
    ]
    with serve(portal) as address:
        yield portal, Source("arcgis", address + portal.layer, name="toronto")


@pytest.fixture
def ckan() -> Iterator[tuple[FakeCkan, Source]]:
    portal = FakeCkan()
    portal.types = {"_id": "int", "OFFENSE": "text", "OCCURRED": "timestamp", "CHANGED": "timestamp"}
    portal.rows = [
        {"_id": n, "OFFENSE": "Theft", "OCCURRED": "2024-01-01T00:00:00", "CHANGED": f"2024-02-{n:02d}T00:00:00"}
        for n in range(1, 11)
    ]
    with serve(portal) as address:
        yield portal, Source("ckan", address, RESOURCE, name="boston")


@pytest.fixture
def police() -> Iterator[tuple[FakePolice, Source]]:
    portal = FakePolice()
    portal.rows = [crime(n, month, n % 5, n // 5) for month in portal.months for n in range(25)]
    area = ((-1.01, 51.99), (-0.95, 51.99), (-0.95, 52.05), (-1.01, 52.05))
    with serve(portal) as address:
        yield portal, Source("police_uk", address, area=area, name="leicester")


def crime(number: int, month: str, east: int, north: int) -> dict[str, Any]:
    location = {"longitude": f"{-1 + east / 100:.6f}", "latitude": f"{52 + north / 100:.6f}"}
    location["street"] = {"id": number, "name": "On or near High Street"}
    return {
        "id": number + 1000 * int(month[-1:]),
        "persistent_id": f"{month}{number:058d}",
        "category": "burglary",
        "month": month,
        "location": location,
        "location_type": "Force",
        "location_subtype": "",
        "context": "",
        "outcome_status": {"category": "Under investigation", "date": month} if number % 2 else None,
    }
