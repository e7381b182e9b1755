from __future__ import annotations

from dataclasses import replace

import pytest
from shapely import Polygon, union_all

from hotspot.errors import ConfigError, PortalError
from hotspot.io.portals import Source, fetch
from hotspot.io.portals.client import StatusError
from hotspot.io.portals.drift import DriftError
from hotspot.io.portals.police_uk import _quarters
from hotspot.io.schema_files import load_schema
from tests.io.portals.conftest import HASTY, hasty, rows_of
from tests.io.portals.fakes import status

COLUMNS = ["category", "month", "longitude", "latitude"]


def test_an_area_with_too_many_crimes_is_asked_for_in_quarters(police, tmp_path):
    portal, source = police
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()).record
    rows = rows_of(tmp_path / "a.ndjson.gz")
    assert sorted(row["id"] for row in rows) == sorted(row["id"] for row in portal.rows)
    assert rows[0]["month"] == "2024-01"  # oldest first
    assert record["rows"] == 50
    assert record["repeated_pages"] == 0


def test_street_names_and_contexts_stay_outside(police, tmp_path):
    _, source = police
    columns = [*COLUMNS, "street_id", "outcome_category", "persistent_id"]
    fetch(source, tmp_path / "a.ndjson.gz", columns=columns, options=hasty())
    rows = rows_of(tmp_path / "a.ndjson.gz")
    assert all("High Street" not in str(row) for row in rows)
    assert {row["outcome_category"] for row in rows} == {None, "Under investigation"}


def test_the_schema_fits(police, tmp_path):
    _, source = police
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=load_schema("police_uk"), options=hasty()).record
    assert record["columns"] == ["id", "month", "persistent_id", "category", "longitude", "latitude"]


def test_since_last_asks_again_for_the_newest_month_and_the_one_before(police, tmp_path):
    portal, source = police
    out = tmp_path / "a.ndjson.gz"
    portal.most = 100
    fetch(source, out, columns=COLUMNS, options=hasty())
    portal.months = ("2024-03", *portal.months)
    portal.rows += [row | {"id": row["id"] + 5000, "month": "2024-03"} for row in portal.rows[:3]]
    asked = len(portal.pages)
    record = fetch(source, out, columns=COLUMNS, since="last", options=hasty()).record
    assert [page["date"] for page in portal.pages[asked:]][-3:] == ["2024-01", "2024-02", "2024-03"]
    assert record["rows"] == 53
    assert record["newest_updated_at"] == "2024-03"


def test_a_point_is_a_circle_that_cannot_be_split(police, tmp_path):
    portal, source = police
    circle = replace(source, area=((-1.0, 52.0),))
    portal.most = 100
    fetch(circle, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    assert portal.pages[-1]["lat"] == "52.000000"
    portal.most = 10
    with pytest.raises(PortalError, match="a circle cannot be split"):
        fetch(circle, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_an_api_that_is_down_is_not_asked_for_ever_smaller_areas(police, tmp_path):
    portal, source = police
    portal.always = status(503)
    with pytest.raises(PortalError, match="the API seems to be down"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    assert len(portal.pages) < 30


def test_other_faults_are_tried_again(police, tmp_path):
    portal, source = police
    portal.faults = {2: status(500), 4: status(429, {"Retry-After": "0"})}
    assert fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()).record["rows"] == 50


def test_a_complicated_area_is_posted(police, tmp_path):
    import math

    portal, source = police
    portal.most = 100
    circle = [(-1 + 0.1 * math.cos(n / 100), 52 + 0.1 * math.sin(n / 100)) for n in range(628)]
    record = fetch(
        replace(source, area=tuple(circle)), tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()
    ).record
    assert record["rows"] == 50
    assert len(portal.pages[-1]["poly"]) > 4094


def test_a_crime_without_its_month_is_a_changed_schema(police, tmp_path):
    portal, source = police
    portal.most = 100
    portal.faults[2] = lambda content: [{key: row[key] for key in row if key != "month"} for row in content]
    with pytest.raises(DriftError, match="missing column 'month'"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_quarters_cover_the_area():
    area = Polygon([(-1.2, 51.9), (-0.9, 52.0), (-0.8, 52.3), (-1.1, 52.2)])
    parts = _quarters([list(corner) for corner in area.exterior.coords[:-1]], StatusError("too many", 503))
    assert union_all([Polygon(part) for part in parts]).buffer(1e-5).contains(area)
    assert max(Polygon(part).area for part in parts) < 0.6 * area.area


def test_an_area_is_needed(tmp_path):
    with pytest.raises(ConfigError, match="takes an area"):
        fetch(Source("police_uk", "https://data.police.uk"), tmp_path / "a.ndjson.gz", columns=COLUMNS)
    line = Source("police_uk", "http://127.0.0.1:9", area=((0.0, 0.0), (1.0, 1.0)))
    with pytest.raises((ConfigError, PortalError)):
        fetch(line, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_the_public_api_is_asked_at_most_ten_times_a_second():
    from hotspot.io.portals.police_uk import PoliceUk

    public = PoliceUk(Source("police_uk", "https://data.police.uk", area=((0.0, 0.0),)), HASTY)
    assert public._client.manners.pause >= 0.1


def test_months_that_are_none_are_told(police, tmp_path):
    portal, source = police
    portal.months = ()
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=load_schema("police_uk"), options=hasty()).record
    assert record["rows"] == 0
