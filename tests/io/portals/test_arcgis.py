from __future__ import annotations

import pytest

from hotspot.errors import ConfigError, PortalError
from hotspot.io.portals import Source, fetch
from hotspot.io.portals.drift import DriftError
from tests.io.portals.conftest import hasty, rows_of
from tests.io.portals.fakes import status

COLUMNS = ["OFFENSE", "OCC_DATE", "longitude", "latitude"]


def test_all_rows_come_with_times_and_positions(arcgis, tmp_path):
    portal, source = arcgis
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()).record
    rows = rows_of(tmp_path / "a.ndjson.gz")
    assert [row["OBJECTID"] for row in rows] == list(range(1, 9))
    assert rows[0] == {
        "OBJECTID": 1,
        "EDITED": "2024-01-02T00:00:00.000Z",
        "OFFENSE": "Theft",
        "OCC_DATE": "2024-01-01T00:00:00.001Z",
        "longitude": -79.4,
        "latitude": 43.7,
    }
    assert record["newest_updated_at"] == "2024-01-02T00:00:00.000Z"
    assert record["portal_total"] == [8, 8]
    assert all(page["outSR"] == "4326" for page in portal.pages)


def test_a_layer_gives_no_geometry_that_is_not_asked_for(arcgis, tmp_path):
    portal, source = arcgis
    fetch(source, tmp_path / "a.ndjson.gz", columns=["OFFENSE"], options=hasty())
    assert {page["returnGeometry"] for page in portal.pages} == {"false"}


def test_places_that_are_none_are_empty(arcgis, tmp_path):
    portal, source = arcgis
    portal.rows[0] |= {"x": "NaN", "y": "NaN"}
    portal.rows[1] |= {"x": float("nan"), "y": None, "OCC_DATE": None}
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    rows = rows_of(tmp_path / "a.ndjson.gz")
    assert [rows[n]["longitude"] for n in range(3)] == [None, None, -79.4]
    assert rows[1]["OCC_DATE"] is None


def test_the_layer_decides_how_many_rows_a_page_has(arcgis, tmp_path):
    portal, source = arcgis
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty(page_size=1000))
    assert {page["resultRecordCount"] for page in portal.pages[1:]} == {"3"}


def test_changes_are_asked_for_by_the_layers_own_clock(arcgis, tmp_path):
    portal, source = arcgis
    out = tmp_path / "a.ndjson.gz"
    fetch(source, out, columns=COLUMNS, options=hasty())
    portal.rows[2] |= {"OFFENSE": "Robbery", "EDITED": 1709251200000}
    record = fetch(source, out, columns=COLUMNS, since="2024-02-29", options=hasty()).record
    assert "EDITED >= TIMESTAMP '2024-02-29 00:00:00'" in portal.pages[-1]["where"]
    assert record["received"] == 1
    assert rows_of(out)[2]["OFFENSE"] == "Robbery"
    assert len(rows_of(out)) == 8


def error(code, message="Unable to perform query"):
    return lambda content: {"error": {"code": code, "message": message, "details": []}}


def test_an_error_inside_a_good_answer_is_an_error(arcgis, tmp_path):
    portal, source = arcgis
    out = tmp_path / "a.ndjson.gz"
    portal.faults[3] = error(500)
    fetch(source, out, columns=COLUMNS, options=hasty())
    assert len(rows_of(out)) == 8  # a passing one is tried again
    portal.always = error(500)
    with pytest.raises(PortalError, match=r"ArcGIS error 500: Unable to perform query.*tried 3 times"):
        fetch(source, out, columns=COLUMNS, options=hasty())
    portal.always = error(499, "Token Required")
    with pytest.raises(PortalError, match="ArcGIS error 499: Token Required; check ARCGIS_TOKEN"):
        fetch(source, out, columns=COLUMNS, options=hasty())
    assert len(rows_of(out)) == 8


def test_the_token_travels_in_a_header(arcgis, tmp_path, monkeypatch):
    portal, source = arcgis
    monkeypatch.setenv("ARCGIS_TOKEN", "s3cret")
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    assert all(headers["X-Esri-Authorization"] == "Bearer s3cret" for _, _, headers in portal.requests)
    assert all("s3cret" not in str(query) for _, query, _ in portal.requests)
    portal.always = error(498, "Invalid Token s3cret")
    with pytest.raises(PortalError, match=r"Invalid Token \*\*\*"):
        fetch(source, tmp_path / "b.ndjson.gz", columns=COLUMNS, options=hasty())


def test_a_column_that_vanishes_while_paging_is_named(arcgis, tmp_path):
    portal, source = arcgis

    def drop(content):
        del portal.types["OFFENSE"]
        return error(400, "Cannot perform query")(content)

    portal.faults[3] = drop
    with pytest.raises(DriftError, match="missing column 'OFFENSE'"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_a_date_that_is_no_number_any_more_is_a_changed_type(arcgis, tmp_path):
    portal, source = arcgis

    def texts(content):
        for field in content["fields"]:
            field["type"] = "esriFieldTypeString" if field["name"] == "OCC_DATE" else field["type"]
        return content

    portal.faults[3] = texts
    with pytest.raises(DriftError, match="'OCC_DATE' was esriFieldTypeDate and is now esriFieldTypeString"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_more_promised_but_nothing_given_is_no_end(arcgis, tmp_path):
    portal, source = arcgis
    portal.faults[3] = lambda content: content | {"features": [], "exceededTransferLimit": True}
    with pytest.raises(PortalError, match="says that there is more but gives nothing"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_a_table_without_clock_cannot_be_asked_for_changes(arcgis, tmp_path):
    portal, source = arcgis
    del portal.types["EDITED"]
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    with pytest.raises(ConfigError, match="does not say when a row has changed"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, since="last", options=hasty())


def test_an_address_without_a_layer_is_told(arcgis, tmp_path):
    portal, source = arcgis
    portal.layer = "/other"
    with pytest.raises(PortalError, match="HTTP 404"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    portal.layer, portal.types = "/arcgis/rest/services/Crimes/FeatureServer/0", {"OFFENSE": "esriFieldTypeString"}
    with pytest.raises(PortalError, match="no layer with an object id"):
        fetch(Source("arcgis", source.address), tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_a_fault_of_the_transport_is_tried_again(arcgis, tmp_path):
    portal, source = arcgis
    portal.faults[3] = status(502)
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    assert len(rows_of(tmp_path / "a.ndjson.gz")) == 8
