"""The messy file against the catalogue it was made from: what is good is true, what is faulty is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.simulate.faults import PLANTED
from hotspot.simulate.lakeview import rng_for
from hotspot.simulate.records import export_records

ZONE = "America/Chicago"
SKIPPED = [("2024-03-10T02:00", "2024-03-10T03:00"), ("2025-03-09T02:00", "2025-03-09T03:00")]


@pytest.fixture(scope="module")
def good(sample):
    return export_records(sample.catalogue, sample.world, rng_for(sample.truth["seed"], "records"))


@pytest.fixture(scope="module")
def rows(committed):
    return pd.read_csv(committed / "incidents.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def faulty(rows, sample):
    ids = sample.truth["fault_ids"]
    return {kind: rows[rows["incident_id"].isin(ids[kind])] for kind in ids}


def _last_versions(good):
    return good.drop_duplicates("incident_id", keep="last")


def test_last_versions_are_the_observed_incidents(good, sample):
    catalogue = sample.catalogue
    final = _last_versions(good)
    seen = pd.DataFrame({"offense": catalogue.category, "x": catalogue.x.round(1), "y": catalogue.y.round(1)})
    matched = final.merge(seen[catalogue.observed].drop_duplicates(), on=["offense", "x", "y"])
    assert len(matched) == len(final)
    missing = catalogue.observed.sum() - len(final)
    assert 0 <= missing < 100  # not yet known at the export


def test_times_follow_each_other_and_exist(good):
    end = good["occurred_to"].fillna(good["occurred_from"])
    assert (good["occurred_from"] <= end).all()
    assert (good["known_at"] >= end).all()
    assert good["known_at"].is_monotonic_increasing
    assert good["known_at"].max() < pd.Timestamp("2025-07-01")
    for name in ["occurred_from", "occurred_to", "known_at"]:
        for first, last in SKIPPED:
            assert not good[name].between(first, last, inclusive="left").any()


def test_a_fifth_of_the_burglaries_has_an_interval_that_holds_the_true_time(good, sample):
    final = _last_versions(good)
    burglaries = final[final["offense"] == "burglary"]
    n = len(burglaries)
    assert abs(burglaries["occurred_to"].notna().mean() - 0.2) < 3.3 * np.sqrt(0.2 * 0.8 / n)
    assert final.loc[final["offense"] != "burglary", "occurred_to"].isna().all()
    spans = final.dropna(subset="occurred_to")
    assert (spans["occurred_to"] - spans["occurred_from"]).max() <= pd.Timedelta("3D1h30min")
    catalogue = sample.catalogue
    when = pd.Series(pd.DatetimeIndex(catalogue.t).tz_localize("UTC").tz_convert(ZONE).tz_localize(None))
    true = pd.DataFrame({"when": when, "x": catalogue.x.round(1), "y": catalogue.y.round(1)})
    joined = spans.merge(true[catalogue.observed], on=["x", "y"])
    held = joined["when"].between(joined["occurred_from"], joined["occurred_to"] + pd.Timedelta("1min"))
    assert held.groupby(joined["incident_id"]).any().all()
    assert joined["incident_id"].nunique() == len(spans)


def test_delays_are_hours_mostly_with_a_tail_of_two_weeks(good):
    first = good.drop_duplicates("incident_id")
    delay = first["known_at"] - first["occurred_to"].fillna(first["occurred_from"])
    assert 0.7 < (delay < pd.Timedelta("12h")).mean() < 0.9
    assert 0.03 < (delay > pd.Timedelta("5D")).mean() < 0.07
    assert pd.Timedelta("12D") < delay.max() < pd.Timedelta("15D")


def test_revisions_change_what_they_say(good, sample):
    twice = good[good["incident_id"].duplicated(keep=False)]
    before = twice.drop_duplicates("incident_id", keep="first").set_index("incident_id").sort_index()
    after = twice.drop_duplicates("incident_id", keep="last").set_index("incident_id").sort_index()
    assert (after["known_at"] >= before["known_at"] + pd.Timedelta("22h")).all()
    assert abs(len(after) / good["incident_id"].nunique() - 0.02) < 0.005
    moved = (before["x"] != after["x"]) | (before["y"] != after["y"])
    assert ((before["offense"] != after["offense"]) == (after["change"] == "category")).all()
    assert (moved == (after["change"] == "location")).all()
    assert ((before["occurred_from"] != after["occurred_from"]) == (after["change"] == "time")).all()
    assert after["change"].value_counts().to_dict() == sample.truth["rows"]["revised"]
    assert shapely.contains_xy(sample.world.boundary, before["x"], before["y"]).all()


def test_truth_counts_the_rows(good, rows, sample):
    told = sample.truth["rows"]
    conflicts = sample.truth["faults"]["conflicting_version"]
    assert told["total"] == len(rows) == len(good) + sum(PLANTED.values()) + conflicts
    assert told["good"] == len(good)
    assert told["incidents"] == good["incident_id"].nunique()
    assert told["with_interval"] == good["occurred_to"].notna().sum()


def test_every_fault_is_planted_and_counted(faulty, sample):
    assert sample.truth["faults"] == PLANTED
    for kind, count in PLANTED.items():
        assert faulty[kind]["incident_id"].nunique() == count
        each = 2 if kind in ("exact_duplicate", "conflicting_version") else 1
        assert len(faulty[kind]) == each * count


def _place(rows):
    return rows["x"].astype(float), rows["y"].astype(float)


def test_faulty_places(faulty, sample):
    missing = faulty["missing_coordinates"]
    gone = missing[["x", "y"]] == ""
    assert gone.any(axis=1).all()
    assert gone["x"].any()
    assert gone["y"].any()
    assert gone.all(axis=1).any()
    x, y = _place(faulty["null_island"])
    assert (x == 0).all()
    assert (y == 0).all()
    x, y = _place(faulty["swapped_xy"])
    assert shapely.contains_xy(sample.city.boundary, y, x).all()
    x, y = _place(faulty["far_outside"])
    distance = shapely.distance(sample.city.boundary, shapely.points(x, y))
    assert (distance > 50_000).all()
    assert shapely.contains_xy(sample.city.lake, *_place(faulty["in_lake"])).all()


def test_faulty_times(faulty):
    assert pd.to_datetime(faulty["unparsable_date"]["occurred_from"], errors="coerce", format="ISO8601").isna().all()
    future = faulty["future_date"]
    assert (pd.to_datetime(future["occurred_from"]) > pd.Timestamp("2090-01-01")).all()
    late = faulty["end_before_start"]
    assert (pd.to_datetime(late["occurred_to"]) < pd.to_datetime(late["occurred_from"])).all()
    gap = pd.to_datetime(faulty["dst_gap"]["occurred_from"])
    assert gap.dt.tz_localize(ZONE, nonexistent="NaT").isna().all()


def test_faulty_keys_and_categories(faulty, rows):
    copies = faulty["exact_duplicate"]
    assert len(copies.drop_duplicates()) == copies["incident_id"].nunique()
    conflict = faulty["conflicting_version"]
    assert (conflict.groupby(["incident_id", "known_at"]).size() == 2).all()
    assert not conflict.duplicated().any()
    assert (faulty["missing_category"]["offense"] == "").all()


def test_faults_stand_alone(faulty, rows, sample):
    """Apart from the planted rows the file has no fault of any of these kinds."""
    keys = [name for kind, ids in sample.truth["fault_ids"].items() if kind != "exact_duplicate" for name in ids]
    clean = rows[~rows["incident_id"].isin(keys)].drop_duplicates()
    assert len(clean) == sample.truth["rows"]["good"]
    assert not clean.duplicated(["incident_id", "known_at"]).any()
    assert clean["offense"].isin(sample.world.backgrounds).all()
    assert shapely.contains_xy(sample.city.boundary, *_place(clean)).all()
