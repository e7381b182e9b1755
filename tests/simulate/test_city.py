"""Lakeview's geometry keeps its promises: areas tile, streets stay dry and joined, places stand inside."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def test_boundary_is_irregular_with_one_lake(sample):
    boundary, lake = sample.city.boundary, sample.city.lake
    left, low, right, high = boundary.bounds
    assert boundary.is_valid
    assert 7500 < right - left < 8500
    assert 5500 < high - low < 6500
    assert len(boundary.interiors) == 1
    assert boundary.area < 0.9 * (right - left) * (high - low)
    assert shapely.intersection(boundary, lake).area == 0
    assert lake.area > 1e6


def test_areas_tile_the_boundary(sample):
    areas, boundary = sample.city.areas, sample.city.boundary
    assert len(areas) == 6
    assert areas.geom_type.eq("Polygon").all()
    assert abs(areas.area.sum() - boundary.area) < 1
    assert shapely.symmetric_difference(areas.union_all(), boundary).area < 1


def test_residents_are_the_sum_of_groups_that_differ(sample):
    groups = sample.city.areas[["group_a", "group_b", "group_c"]]
    assert (groups.sum(axis=1) == sample.city.areas["residents"]).all()
    share = groups.div(groups.sum(axis=1), axis=0)
    assert (share.max() - share.min() > 0.2).all()


def test_streets_stay_on_land_in_one_piece(sample):
    streets = sample.city.streets
    assert shapely.contains(sample.city.boundary, streets.geometry.to_numpy()).all()
    assert set(streets["class"]) == {"arterial", "collector", "local"}
    assert streets["street_id"].is_unique
    ends = shapely.get_coordinates(streets.geometry.to_numpy())
    _, corner = np.unique(ends, axis=0, return_inverse=True)
    links = coo_matrix((np.ones(len(streets)), (corner[::2], corner[1::2])), shape=(corner.max() + 1,) * 2)
    assert connected_components(links, directed=False)[0] == 1


def test_streets_meet_at_corners_only(sample):
    lines = sample.city.streets.geometry.to_numpy()
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(one) == len(other) == 0


def test_places_stand_inside(sample):
    places = sample.city.places
    assert places.geometry.within(sample.city.boundary).all()
    assert places["category"].value_counts().to_dict() == {"transit_stop": 110, "bar": 48, "school": 24}


def test_events_cover_the_span_inside_the_city(sample):
    events = sample.city.events
    assert (events["start"] < events["end"]).all()
    assert shapely.contains_xy(sample.city.boundary, events["x"], events["y"]).all()
    assert events["start"].is_monotonic_increasing
    assert events["start"].min() < pd.Timestamp("2024-02-01")
    assert events["end"].between("2024-01-01", "2025-07-01").all()
    assert events["end"].max() > pd.Timestamp("2025-06-20")
    assert (events["attendance"] > 0).all()
