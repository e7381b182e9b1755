"""The door for boundaries and coordinate reference systems of a domain."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.errors import InputError

if TYPE_CHECKING:
    from typing import TypeAlias

    BoundaryLike: TypeAlias = str | Path | gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry

WEB_MERCATOR = 3857
NEAR = 6.0  # degrees beyond the area of use of a CRS: one zone further, distances are still true to about 1 %

XML = {".kml", ".gml"}


def metric_crs(crs: str) -> str:
    """Check that a CRS is projected and counts in metres.

    Parameters
    ----------
    crs : str
        Anything that pyproj reads, for example ``"EPSG:26916"``.

    Returns
    -------
    str
        The CRS as an authority code where it has one.

    Raises
    ------
    InputError
        If the CRS is unknown, geographic, not in metres, or Web Mercator.
    """
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise InputError(f"domain: CRS {crs!r} is not known; expected for example 'EPSG:26916' ({error})") from error
    units = {axis.unit_name for axis in known.axis_info[:2]}
    if not known.is_projected or units != {"metre"}:
        raise InputError(
            f"domain: CRS {crs!r} ({known.name}) counts in {', '.join(sorted(units))}; expected a projected CRS in "
            "metres, so that distances and areas mean something; choose one made for this region, such as its UTM zone"
        )
    if known.to_epsg() == WEB_MERCATOR:
        raise InputError(
            f"domain: CRS {crs!r} ({known.name}) stretches distances with latitude (by a third in Chicago); expected "
            "one made for this region, such as its UTM zone"
        )
    return str(known.to_string())


def known_zone(time_zone: str) -> str:
    """Check an IANA time zone name.

    Parameters
    ----------
    time_zone : str
        For example ``"America/Chicago"``.

    Returns
    -------
    str
        The same name.

    Raises
    ------
    InputError
        If there is no such zone.
    """
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError) as error:
        raise InputError(
            f"time zone {time_zone!r} is not known; expected an IANA name such as 'America/Chicago' or 'UTC'"
        ) from error
    return time_zone


def read_vector(source: str | Path) -> gpd.GeoDataFrame:
    """Read a vector file (GeoPackage, GeoJSON, Shapefile, GeoParquet).

    Parameters
    ----------
    source : str or Path
        The file.

    Returns
    -------
    geopandas.GeoDataFrame
        Its rows; the CRS is the file's.

    Raises
    ------
    InputError
        If the file is missing or cannot be read as vector data.
    """
    if not isinstance(source, str | Path):
        raise InputError(f"got {type(source).__name__}; expected a path, a GeoDataFrame or a GeoSeries")
    path = Path(source)
    if not path.exists():
        raise InputError(f"{path}: no such file; check the path (paths in a config are relative to the config file)")
    if path.is_file() and path.suffix.lower() not in XML:
        with path.open("rb") as file:  # a driver goes by content, and some forms of XML make it fetch other files
            if file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
                raise InputError(f"{path}: is XML, which {path.suffix or 'such a file'} should not be; get it again")
    try:
        read = gpd.read_parquet if path.suffix.lower() in {".parquet", ".geoparquet"} else gpd.read_file
        with warnings.catch_warnings():  # such rows have no geometry, which whoever takes the rows counts
            warnings.filterwarnings("ignore", message="Ignoring invalid WKT")
            frame = read(path)
    except Exception as error:  # each driver raises its own kind
        raise InputError(f"{path}: cannot be read as vector data ({type(error).__name__}: {error})") from error
    return with_geometry(frame, str(path))


def read_boundary(
    source: BoundaryLike, crs: str, without: BoundaryLike | None = None, *, name: str = "boundary"
) -> tuple[BaseGeometry, tuple[str, ...]]:
    """Read a boundary, mend it and bring it into the domain's CRS.

    Parameters
    ----------
    source : path, GeoDataFrame, GeoSeries or geometry
        A bare geometry is taken to be in `crs`. Several polygons are united.
    crs : str
        The domain's CRS.
    without : path, GeoDataFrame, GeoSeries or geometry, optional
        Land to take out.
    name : str
        What it is, for notes.

    Returns
    -------
    area : shapely.Polygon or shapely.MultiPolygon
        A valid area.
    notes : tuple of str
        What was mended or set aside.

    Raises
    ------
    InputError
        If the source has no CRS, holds no area, or lies where the domain's CRS was not made for.
    """
    if isinstance(source, BaseGeometry):
        polygons, notes = _polygons(np.array([source], object), name)
        geometry = polygons[0] if polygons.size else source
    else:
        frame = source if isinstance(source, gpd.GeoDataFrame | gpd.GeoSeries) else read_vector(source)
        if isinstance(frame, gpd.GeoDataFrame):
            frame = with_geometry(frame, f"boundary {name_of(source)}")
        check_region(frame, crs, f"boundary {name_of(source)}")
        polygons, notes = _polygons(np.asarray(frame.geometry.to_crs(crs).array, object), name)
        geometry = shapely.union_all(polygons)
    area = areal(shapely.make_valid(geometry))
    if area.is_empty or not area.area > 0:
        raise InputError(f"boundary {name_of(source)} holds no area; expected at least one polygon")
    if area.area < 1:
        raise InputError(
            f"boundary {name_of(source)} holds {area.area:.2g} m2 within {area.bounds}; a bare geometry is taken to be "
            f"in {crs}; if these are degrees, give GeoSeries([geometry], crs='EPSG:4326')"
        )
    left, more = take_out(area, without, crs, f"boundary {name_of(source)}")
    return left, notes + more


def _polygons(shapes: NDArray[np.object_], name: str) -> tuple[NDArray[np.object_], tuple[str, ...]]:
    """Mend each shape and keep the polygons, each once: one broken ring would make their union fail."""
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    mend = np.flatnonzero(broken | (shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION))
    shapes = shapes.copy()
    shapes[mend] = [areal(shape) for shape in shapely.make_valid(shapes[mend])]
    polygonal = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes)
    polygons = shapes[polygonal]
    blobs = pd.Series([bytes(blob) for blob in shapely.to_wkb(shapely.normalize(polygons))], dtype=object)
    again = blobs.duplicated().to_numpy(bool)
    counts = (
        (shapes.size - polygons.size, f"of {shapes.size:,} rows without a polygon set aside"),
        (int(polygonal[mend].sum()), f"of {polygons.size:,} polygons mended"),
        (int(again.sum()), f"of {polygons.size:,} polygons repeat another, taken once"),
    )
    return polygons[~again], tuple(f"{name}: {number:,} {what}" for number, what in counts if number)


def take_out(
    area: BaseGeometry, without: BoundaryLike | None, crs: str, where: str
) -> tuple[BaseGeometry, tuple[str, ...]]:
    """Take land out of an area.

    Parameters
    ----------
    area : shapely.Polygon or shapely.MultiPolygon
        In the domain's CRS.
    without : path, GeoDataFrame, GeoSeries or geometry, optional
        Land to take out.
    crs : str
        The domain's CRS.
    where : str
        What the area is, for messages.

    Returns
    -------
    area : shapely.Polygon or shapely.MultiPolygon
        What is left.
    notes : tuple of str
        What was mended or set aside in `without`.

    Raises
    ------
    InputError
        If nothing is left.
    """
    if without is None:
        return area, ()
    land, notes = read_boundary(without, crs, name="without")
    left = areal(shapely.difference(area, land))
    if left.is_empty:
        raise InputError(f"{where}: nothing is left without {name_of(without)}; check that file")
    return left, notes


def areal(geometry: BaseGeometry) -> BaseGeometry:
    """Take the polygons out of a geometry, and leave lines and points behind.

    Parameters
    ----------
    geometry : shapely geometry
        Valid, perhaps a collection.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Perhaps empty.
    """
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    flat = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.union_all(flat[shapely.get_dimensions(flat) == 2])


def with_geometry(frame: pd.DataFrame, where: str) -> gpd.GeoDataFrame:
    """Refuse a table without shapes, such as a CSV.

    Parameters
    ----------
    frame : pandas.DataFrame
        Perhaps of geometries.
    where : str
        What it is, for messages.

    Returns
    -------
    geopandas.GeoDataFrame
        The same.

    Raises
    ------
    InputError
        If it has no geometry.
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise InputError(
            f"{where}: holds no geometry; got the columns {list(frame.columns)}; expected vector data such as "
            "GeoPackage, GeoJSON or GeoParquet"
        )
    return frame


def check_region(frame: gpd.GeoDataFrame | gpd.GeoSeries, crs: str, where: str) -> None:
    """Refuse geometries without a CRS, and those that lie where the domain's CRS was not made for.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame or geopandas.GeoSeries
        The geometries.
    crs : str
        The domain's CRS.
    where : str
        What they are, for messages.

    Raises
    ------
    InputError
        In either case.
    """
    if frame.crs is None:
        raise InputError(
            f"{where} has no CRS; expected one inside the data; set it, for example "
            "with GeoDataFrame.set_crs('EPSG:4326')"
        )
    use = pyproj.CRS.from_user_input(crs).area_of_use
    if use is None or not use.west < use.east or not len(frame.geometry.dropna()):
        return
    west, south, east, north = frame.geometry.dropna().to_crs("EPSG:4326").total_bounds
    apart = west > use.east + NEAR or east < use.west - NEAR or south > use.north + NEAR or north < use.south - NEAR
    if apart or not np.isfinite([west, south, east, north]).all():
        raise InputError(
            f"{where} spans longitude {west:.1f} to {east:.1f} and latitude {south:.1f} to {north:.1f}; "
            f"CRS {crs} is made for {use.west:g} to {use.east:g} and {use.south:g} to {use.north:g}; "
            "choose one made for this region"
        )


def name_of(source: object) -> str:
    """Name a source in messages: its path, or its kind."""
    return str(source) if isinstance(source, str | Path) else f"({type(source).__name__})"
