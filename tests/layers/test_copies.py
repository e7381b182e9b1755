"""Columns that repeat the numbers of a declared group under another name."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspot.layers import Areas
from hotspot.layers.copies import copies

N = 60
RNG = np.random.default_rng(4)
POP = RNG.integers(0, 4000, N).astype(float)
POP[:3] = 0
GROUP = np.round(POP * RNG.beta(1, 2, N))
SHARE = np.divide(GROUP, POP, out=np.zeros(N), where=POP > 0)


def layer(rows: slice = slice(None), crs: str = "EPSG:26916", **columns: object) -> Areas:
    corners = [(4e5 + 500 * (i % 10), 4e6 + 500 * (i // 10)) for i in range(N)]
    shapes = [shapely.box(x, y, x + 500, y + 500) for x, y in corners]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:26916").to_crs(crs)
    return Areas(frame.iloc[rows], name="bare")


def census(unit: str = "count", **groups: object) -> Areas:
    groups = groups or {"g": GROUP}
    frame = layer(pop=POP, **groups).frame
    return Areas(frame, residents_column="pop", groups={name: name for name in groups}, unit=unit, name="census")


COPIES = {
    "count": GROUP,
    "scaled": GROUP * 7 + 1,
    "share": SHARE,
    "percent": np.round(100 * SHARE, 1),
    "without": POP - GROUP,
    "other share": 1 - SHARE,
    "text": GROUP.astype(int).astype(str),
    "little noise": GROUP + RNG.normal(0, 1, N),
}
OTHERS = {
    "pop2": POP,
    "homes": np.round(POP / 2.4),
    "income": RNG.gamma(4, 1e4, N),
    "near": GROUP + RNG.normal(0, 100, N),
    "flat": np.ones(N),
    "empty": np.full(N, np.nan),
    "words": ["north"] * N,
}


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("unit", ["count", "percent"])
def test_copies_are_found(name: str, unit: str) -> None:
    known = census() if unit == "count" else census("percent", g=100 * SHARE)
    assert list(copies(layer(v1=COPIES[name], **OTHERS), known)) == ["v1"]


def test_what_is_repeated_is_said_and_zeros_without_residents_do_not_matter() -> None:
    share = np.where(POP > 0, 100 * SHARE, 99)
    assert copies(layer(v1=share, v2=GROUP), census()) == {
        "v1": "the share of group 'g' of layer 'census'",
        "v2": "group 'g' of layer 'census'",
    }


@pytest.mark.parametrize("crs", ["EPSG:26916", "EPSG:4326", "EPSG:32616"])
def test_another_order_and_fewer_areas(crs: str) -> None:
    for rows in (slice(None, None, -1), slice(10, 50)):
        assert list(copies(layer(rows, crs, v1=SHARE, **OTHERS), census())) == ["v1"]


def test_other_areas_are_not_compared() -> None:
    frame = layer(slice(0, 40), v1=GROUP).frame
    far = Areas(frame.set_geometry(frame.geometry.translate(1e5)), name="far")
    assert copies(far, census()) == {}


def test_a_group_of_the_same_share_everywhere_bars_no_residents() -> None:
    known = census(g=POP * 0.3)
    assert list(copies(layer(v1=POP * 0.3, **OTHERS), known)) == ["v1"]
    tiny = census(g=np.arange(N) % 2.0)  # nearly all residents are without the group
    assert copies(layer(**OTHERS), tiny) == {}


def test_a_group_that_passes_for_residents_is_found() -> None:
    assert list(copies(Areas(layer(people=GROUP).frame, residents_column="people"), census())) == ["people"]
    alone = Areas(layer(people=GROUP, g=GROUP).frame, residents_column="people", groups={"g": "g"})
    assert list(copies(alone, alone)) == ["people"]


def test_few_areas_must_be_the_same_but_for_a_factor() -> None:
    some = slice(10, 14)
    known = Areas(census().frame.iloc[some], residents_column="pop", groups={"g": "g"})
    assert list(copies(layer(some, v1=100 * SHARE, v2=GROUP + 500, **OTHERS), known)) == ["v1"]


def test_one_huge_area_does_not_make_all_alike() -> None:
    group, jobs = GROUP.copy(), RNG.integers(0, 4000, N).astype(float)
    group[5], jobs[5] = 9e6, 9e6
    known = Areas(layer(g=group).frame, groups={"g": "g"})
    assert np.corrcoef(group, jobs)[0, 1] > 0.9999
    assert copies(layer(jobs=jobs), known) == {}
