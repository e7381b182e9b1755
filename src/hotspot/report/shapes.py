"""Shapes to draw: cells clipped at the boundary, outlines of hotspots, streets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain import Domain, read_domain
from hotspot.errors import InputError
from hotspot.schema import CELL

if TYPE_CHECKING:
    import geopandas as gpd

Geometries = NDArray[np.object_]

STREET_TOLERANCE = 5.0  # [m]: no eye sees it at the scale of a city
DETAIL = 4000  # what is smaller than the longer side of the map over this is left out of given shapes
MAX_STREETS = 4000
POLYGON, MULTIPOLYGON = 3, 6


def domain_of(forecast: xr.Dataset, domain: Domain | None) -> Domain:
    """Give the domain of a forecast: the one at hand, or the one that the forecast carries.

    Parameters
    ----------
    forecast : xarray.Dataset
        With dimension `cell` and coordinate `area` or `length`.
    domain : Domain, optional
        Spares reading the domain from the forecast.

    Returns
    -------
    Domain
        With boundary and cells.

    Raises
    ------
    InputError
        If there is neither.
    """
    if domain is not None:
        return domain
    if "domain" not in forecast.attrs:
        raise InputError(
            "map: the forecast does not carry its domain (attribute 'domain'); "
            "give it: report.map(forecast, domain=domain)"
        )
    size = forecast["area" if "area" in forecast.coords else "length"].values
    return read_domain(str(forecast.attrs["domain"]), forecast[CELL].values, size)


def cell_shapes(ids: NDArray[np.int64], domain: Domain) -> Geometries:
    """Give the shapes of cells, clipped at the boundary.

    Parameters
    ----------
    ids : ndarray of int64, shape (n_cells,)
        Cells of a forecast.
    domain : Domain
        Has them.

    Returns
    -------
    ndarray of shapely polygons and multipolygons, or lines of street segments, shape (n_cells,)
        In the order of `ids`. Given shapes come without detail that no eye sees; what they share stays shared.

    Raises
    ------
    InputError
        If the domain lacks a cell.
    """
    shapes = domain.shapes[_places(ids, domain)]
    xmin, ymin, xmax, ymax = shapely.total_bounds(shapes)
    detail = max(xmax - xmin, ymax - ymin) / DETAIL
    if domain.measure == "length":
        return np.asarray(shapely.simplify(shapes, detail))
    if domain.kind == "polygons":
        return areal(np.asarray(shapely.coverage_simplify(areal(shapes), detail)))
    return areal(shapes)


def cell_names(ids: NDArray[np.int64], domain: Domain) -> NDArray[np.object_]:
    """Give what people call cells; arguments and errors as of `cell_shapes`."""
    return domain.names[_places(ids, domain)]


def _places(ids: NDArray[np.int64], domain: Domain) -> NDArray[np.intp]:
    """Positions of cells in the domain."""
    order = np.argsort(domain.ids)
    place = order[np.minimum(np.searchsorted(domain.ids, ids, sorter=order), order.size - 1)]
    missing = int((domain.ids[place] != ids).sum())
    if missing:
        raise InputError(
            f"map: {missing} of {ids.size} cells of the forecast are not cells of the domain; "
            "give the domain that the forecast was made for"
        )
    return place


def areal(shapes: Geometries) -> Geometries:
    """Drop what has no area: clipping leaves lines and points where a cell only touches the boundary."""
    kinds = shapely.get_type_id(shapes)
    mixed = np.flatnonzero((kinds != POLYGON) & (kinds != MULTIPOLYGON))
    if not mixed.size:
        return shapes
    shapes = shapes.copy()
    for i in mixed:
        parts = shapely.get_parts(shapes[i])
        shapes[i] = shapely.multipolygons(parts[shapely.get_type_id(parts) == POLYGON])
    return shapes


def decimals(shapes: Geometries) -> int:
    """Digits after the comma that the eye needs [m]: none, or one where cells are small."""
    small = np.median(np.hypot(*(shapely.bounds(shapes)[:, 2:] - shapely.bounds(shapes)[:, :2]).T)) < 50.0
    return 1 if small else 0


def rounded(shapes: Any, corner: NDArray[np.float64], digits: int) -> Any:
    """Move a shape or an array of shapes so that `corner` becomes zero, and round coordinates.

    Vertices that neighbours share stay shared.
    """
    return shapely.transform(shapes, lambda points: np.round(points - corner, digits) + 0.0)


def outline(cells: Geometries) -> list[NDArray[np.float64]]:
    """Give the lines round chosen cells: edges that two of them share cancel.

    A polygon union would be slower, and refuses cells that rounding has made degenerate.

    Parameters
    ----------
    cells : ndarray of shapely polygons, shape (n,)
        Rounded, so that neighbours share vertices exactly.

    Returns
    -------
    list of ndarray, shape (n_points, 2)
        One a line [m].
    """
    points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(cells)), return_index=True)
    within = ring[1:] == ring[:-1]
    ends = np.stack([points[:-1][within], points[1:][within]], axis=1)
    backwards = (ends[:, 0, 0] > ends[:, 1, 0]) | ((ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1]))
    ends[backwards] = ends[backwards, ::-1]
    edges, times = np.unique(ends.reshape(-1, 4), axis=0, return_counts=True)
    single = (times % 2 == 1) & (edges[:, :2] != edges[:, 2:]).any(axis=1)
    return line_parts(shapely.line_merge(shapely.multilinestrings(edges[single].reshape(-1, 2, 2))))


def line_parts(lines: BaseGeometry) -> list[NDArray[np.float64]]:
    """Split lines (or a collection of them) into arrays of coordinates, each of shape (n_points, 2)."""
    parts = shapely.get_parts(lines)
    parts = parts[shapely.get_type_id(parts) < POLYGON]
    points, owner = shapely.get_coordinates(parts, return_index=True)
    return np.split(points, np.flatnonzero(np.diff(owner)) + 1) if points.size else []


def street_lines(streets: gpd.GeoSeries | None, crs: str, bounds: tuple[float, ...]) -> BaseGeometry:
    """Prepare streets for orientation: joined, simplified to 5 m, cut to the map, the longest few thousand.

    Parameters
    ----------
    streets : geopandas.GeoSeries, optional
        Lines with a CRS.
    crs : str
        Of the map.
    bounds : tuple of float
        Of the map: xmin, ymin, xmax, ymax [m].

    Returns
    -------
    shapely.MultiLineString
        Empty without streets.

    Raises
    ------
    InputError
        If the streets have no CRS.
    """
    if streets is None or not len(streets):
        return shapely.MultiLineString()
    if streets.crs is None:
        raise InputError("map: the streets have no CRS; expected one, so that they can be laid over the cells")
    lines = shapely.clip_by_rect(np.asarray(streets.to_crs(crs)), *bounds)
    parts = shapely.get_parts(lines[~shapely.is_empty(lines)])
    parts = shapely.get_parts(parts)
    parts = parts[shapely.get_type_id(parts) == 1]
    joined = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts)))
    joined = shapely.simplify(joined, STREET_TOLERANCE, preserve_topology=False)  # a street alone has none
    longest = np.argsort(-shapely.length(joined), kind="stable")[:MAX_STREETS]
    return shapely.MultiLineString(list(joined[np.sort(longest)]))
