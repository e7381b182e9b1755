"""The layers of the small world: streets, places, areas, each with a vintage within the period of the records."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from hotspot.layers import Areas, Layer, Places, Streets

CRS, DAY = "EPSG:32631", np.timedelta64(86_400_000_000, "us")
START = np.datetime64("2023-01-02T00:00", "us")
DAYS = 660  # a season is compared with the year around the same date a year ago
ISSUE_DAYS = (44, 45, 119, 370, 600)  # after the start of the record: when features are tried
CUTOFF = START + (DAYS - 40) * DAY  # where models are tried
WEST_SOUTH = (500_000, 5_700_000)
WIDE, HIGH = 3000, 2600  # of the city [m]


def city_layers(rng: np.random.Generator) -> tuple[Layer, ...]:
    """Make a layer of every kind.

    Parameters
    ----------
    rng : numpy.random.Generator
        For places.

    Returns
    -------
    tuple of layers
        With vintages, one after another, from 50 days after the first record.
    """
    return (_places(rng), _streets(), _areas(9, 70), _areas(10, 200))


def _places(rng: np.random.Generator) -> Places:
    """Bars and schools as points that open and close, and a park."""
    xy = rng.uniform(0, (WIDE, HIGH), (30, 2)) + WEST_SOUTH
    west, south = WEST_SOUTH
    park = shapely.box(west + 1800, south + 400, west + 2100, south + 800)
    opens = START + rng.integers(-200, DAYS, 31) * DAY
    opens[-1] = np.datetime64("NaT")
    columns = {
        "kind": np.append(rng.choice(["bar", "school"], 30), "park"),
        "opens": opens,
        "closes": opens + rng.integers(100, 900, 31) * DAY,
    }
    frame = gpd.GeoDataFrame(columns, geometry=[shapely.Point(*point) for point in xy] + [park], crs=CRS)
    return Places(frame, name="places", category="kind", since="opens", until="closes", vintage=START + 60 * DAY)


def _streets() -> Streets:
    lines = street_lines()
    kind = np.where(np.arange(lines.size) % 5 == 0, "main", "side")
    frame = gpd.GeoDataFrame({"kind": kind}, geometry=lines, crs=CRS)
    return Streets(frame, name="streets", category="kind", vintage=START + 50 * DAY)


def _areas(n: int, day: int) -> Areas:
    """Tracts with residents, of whom some belong to a group, and their income: one of two censuses."""
    tracts = beats(n)
    rng = np.random.default_rng(n)
    residents = rng.integers(200, 2000, tracts.size)
    columns = {
        "tract": [f"t{k}" for k in range(tracts.size)],
        "residents": residents,
        "minority": (residents * rng.uniform(0, 1, tracts.size)).astype(int),
        "income": rng.uniform(20_000, 90_000, tracts.size),
    }
    return Areas(
        gpd.GeoDataFrame(columns, geometry=tracts, crs=CRS),
        name="tracts",
        id="tract",
        residents_column="residents",
        groups={"minority": "minority"},
        vintage=START + day * DAY,
    )


def street_lines() -> NDArray[np.object_]:
    """Make the streets: a crooked grid with some blocks left out, and a few dead ends.

    Returns
    -------
    ndarray of shapely lines, shape (n_streets,)
        One a block [m].
    """
    rng = np.random.default_rng(5)
    column, row = np.meshgrid(np.arange(8), np.arange(7), indexing="ij")
    at = np.stack([column * 430.0, row * 430.0], axis=-1) + rng.uniform(-60, 60, (8, 7, 2)) + WEST_SOUTH
    along = np.stack([at[:-1], at[1:]], axis=2).reshape(-1, 2, 2)
    across = np.stack([at[:, :-1], at[:, 1:]], axis=2).reshape(-1, 2, 2)
    blocks = np.concatenate([along, across])
    blocks = blocks[rng.random(len(blocks)) < 0.9]
    corners = at[1:-1, 1:-1].reshape(-1, 2)[::7]
    dead_ends = np.stack([corners, corners + np.array([150, 170])], axis=1)
    return np.asarray(shapely.linestrings(np.concatenate([blocks, dead_ends])))


def beats(n: int) -> NDArray[np.object_]:
    """Cut the city and some land around it into convex polygons.

    Parameters
    ----------
    n : int
        How many.

    Returns
    -------
    ndarray of shapely polygons, shape (n,)
        They touch and do not overlap [m].
    """
    xy = np.random.default_rng(n).uniform((-100, -100), (WIDE + 100, HIGH + 100), (n, 2)) + WEST_SOUTH
    west, south = WEST_SOUTH
    frame = shapely.box(west - 300, south - 300, west + WIDE + 300, south + HIGH + 300)
    cut = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(xy), extend_to=frame))
    return np.asarray(shapely.intersection(cut, frame))
