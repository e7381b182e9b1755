"""Domain: the study area cut into cells with stable ids."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspot.domain import h3 as hexagon
from hotspot.domain import polygons as polygon
from hotspot.domain import segments as segment
from hotspot.domain import square
from hotspot.domain.boundary import known_zone, metric_crs, read_boundary, take_out
from hotspot.domain.cells import Cells
from hotspot.domain.clip import clip

if TYPE_CHECKING:
    from hotspot.domain.boundary import BoundaryLike
    from hotspot.domain.segments import LinesLike


@dataclass(frozen=True, eq=False)
class Domain(Cells):
    """The study area: boundary, CRS in metres, time zone and cells.

    Make one with `Domain.square`, `Domain.h3`, `Domain.segments` or `Domain.polygons`.

    Parameters
    ----------
    kind : str
        ``"square"``, ``"h3"``, ``"segments"`` or ``"polygons"``.
    boundary : shapely.Polygon or shapely.MultiPolygon
        The area, holes cut out [m].
    crs : str
        Projected CRS in metres.
    time_zone : str
        IANA name.
    ids : ndarray of int64, shape (n_cells,)
        Stable ids.
    size : ndarray, shape (n_cells,)
        Part of each cell inside the boundary: area [m2], or length [m] of street segments.
    grid : Grid
        Maps points to cells.
    notes : tuple of str
        What was mended or set aside when the cells were made.
    """

    @classmethod
    def square(
        cls,
        boundary: BoundaryLike,
        *,
        size: float,
        crs: str,
        time_zone: str,
        origin: tuple[float, float] | None = None,
        rotation: float = 0.0,
        keep: str = "touch",
        without: BoundaryLike | None = None,
    ) -> Domain:
        """Cut a boundary into squares.

        Parameters
        ----------
        boundary : path, GeoDataFrame, GeoSeries or geometry
            The area; reprojected to `crs`. A bare geometry is taken to be in `crs`.
        size : float
            Side of a square [m].
        crs : str
            Projected CRS in metres.
        time_zone : str
            IANA name.
        origin : tuple of float, optional
            A corner of the grid [m]. Default: the bounds floored to multiples of `size`.
        rotation : float
            Of the grid, degrees counter-clockwise.
        keep : {"touch", "centre"}
            Every overlapping square, or those whose centre lies inside.
        without : path, GeoDataFrame, GeoSeries or geometry, optional
            Land on which nothing can be built, such as water and airfields: taken out of the boundary.

        Returns
        -------
        Domain
            Cells sorted by column, then row.

        Raises
        ------
        InputError
            If an argument cannot be used or no cell is left.
        """
        crs, time_zone = metric_crs(crs), known_zone(time_zone)
        area, notes = read_boundary(boundary, crs, without)
        grid = square.cover(area, size, origin, rotation)
        kept, inside = clip(grid, area, keep)
        grid = replace(grid, column=grid.column[kept], row=grid.row[kept])
        return cls("square", area, crs, time_zone, grid.ids, inside, grid, notes)

    @classmethod
    def h3(
        cls,
        boundary: BoundaryLike,
        *,
        resolution: int,
        crs: str,
        time_zone: str,
        keep: str = "touch",
        without: BoundaryLike | None = None,
    ) -> Domain:
        """Cut a boundary into H3 hexagons.

        Parameters
        ----------
        boundary : path, GeoDataFrame, GeoSeries or geometry
            The area; reprojected to `crs`.
        resolution : int
            H3 resolution, 0 to 15.
        crs : str
            Projected CRS in metres, in which areas and distances are measured.
        time_zone : str
            IANA name.
        keep : {"touch", "centre"}
            Every overlapping hexagon, or those whose centre lies inside.
        without : path, GeoDataFrame, GeoSeries or geometry, optional
            Land to take out of the boundary.

        Returns
        -------
        Domain
            Cells sorted by H3 id.

        Raises
        ------
        InputError
            If an argument cannot be used or no cell is left.
        """
        crs, time_zone = metric_crs(crs), known_zone(time_zone)
        area, notes = read_boundary(boundary, crs, without)
        grid = hexagon.cover(area, resolution, crs)
        kept, inside = clip(grid, area, keep)
        grid = hexagon.HexGrid(grid.resolution, crs, grid.ids[kept])
        return cls("h3", area, crs, time_zone, grid.ids, inside, grid, notes)

    @classmethod
    def segments(
        cls,
        boundary: BoundaryLike,
        *,
        streets: LinesLike,
        crs: str,
        time_zone: str,
        length: float = 100.0,
        snap: float = 50.0,
        tolerance: float = 2.0,
        crossings: str = "split",
        id: str | None = None,  # noqa: A002
        keep: str = "touch",
        without: BoundaryLike | None = None,
    ) -> Domain:
        """Cut the streets inside a boundary into segments.

        Parameters
        ----------
        boundary : path, GeoDataFrame, GeoSeries or geometry
            The area; reprojected to `crs`.
        streets : path, GeoDataFrame, GeoSeries or Streets
            Lines; reprojected to `crs`. They are noded before they are cut (see `Network.of`), and cut before they are
            clipped, so that ids depend neither on the boundary nor on the order or direction of the lines. Classes of
            a Streets layer keep streets apart.
        crs : str
            Projected CRS in metres.
        time_zone : str
            IANA name.
        length : float
            Target length [m]: a street between two junctions is cut into equal parts of about this length.
        snap : float
            An incident farther than this from every segment has no cell [m].
        tolerance : float
            Ends closer than this to another street are joined to it, and ends that pass one by less are cut [m].
        crossings : {"split", "vertices"}
            Streets meet wherever they cross or touch, or only at points that both have (see `Network.of`).
        id : str, optional
            Column of whole numbers or text (hashed; `names` keeps it) that names the streets. Then they are taken as
            they are, neither noded nor cut. Default: a hash of each segment's points, to a centimetre; points on
            straight stretches (within 1.5 cm) are left out first.
        keep : {"touch", "centre"}
            Every segment that reaches into the boundary, or those whose middle lies inside.
        without : path, GeoDataFrame, GeoSeries or geometry, optional
            Land to take out of the boundary.

        Returns
        -------
        Domain
            Cells sorted by id; `size` is the length inside the boundary [m].

        Raises
        ------
        InputError
            If an argument cannot be used or no segment is left.
        """
        crs, time_zone = metric_crs(crs), known_zone(time_zone)
        area, said = read_boundary(boundary, crs, without)
        grid, notes = segment.cover(streets, crs, segment.Cutting(length, snap, tolerance, crossings), id)
        segment.check_inside(grid, area)
        kept, inside = clip(grid, area, keep)
        grid = grid.take(np.flatnonzero(kept))
        return cls("segments", area, crs, time_zone, grid.ids, inside, grid, said + notes)

    @classmethod
    def polygons(
        cls,
        boundary: BoundaryLike | None,
        *,
        cells: BoundaryLike,
        crs: str,
        time_zone: str,
        id: str | None = None,  # noqa: A002
        keep: str = "touch",
        without: BoundaryLike | None = None,
    ) -> Domain:
        """Take given polygons as cells: beats, parcels, buildings.

        Broken polygons are mended; rows without a polygon and repeats of another polygon are set aside. Slivers that
        two polygons share, less than 1 % of the smaller one, go to the one with the smaller id. A point in a gap
        between polygons has no cell. `notes` counts all of that, and says how much of the boundary has no cell.

        Parameters
        ----------
        boundary : path, GeoDataFrame, GeoSeries or geometry, optional
            The area; reprojected to `crs`. None: the union of the polygons.
        cells : path, GeoDataFrame, GeoSeries or layer
            Polygons, perhaps of several parts or with holes; reprojected to `crs`.
        crs : str
            Projected CRS in metres.
        time_zone : str
            IANA name.
        id : str, optional
            Column that names the polygons: whole numbers, or texts of which a hash is taken; `names` keeps the texts,
            and maps and tables show them. Default: a hash of each polygon's corners, to a centimetre.
        keep : {"touch", "centre"}
            Every polygon that overlaps the boundary, or those whose centre lies inside.
        without : path, GeoDataFrame, GeoSeries or geometry, optional
            Land to take out of the boundary.

        Returns
        -------
        Domain
            Cells sorted by id.

        Raises
        ------
        InputError
            If an argument cannot be used, ids are missing or repeated, polygons overlap, or no cell is left.
        """
        crs, time_zone = metric_crs(crs), known_zone(time_zone)
        grid, notes = polygon.cover(cells, crs, id=id)
        if boundary is not None:
            area, said = read_boundary(boundary, crs, without)
        else:
            area, said = take_out(grid.union(), without, crs, "cells")
        notes = said + notes
        if boundary is None and without is None:  # nothing to clip
            return cls("polygons", area, crs, time_zone, grid.ids, shapely.area(grid.polygons), grid, notes)
        kept, inside = clip(grid, area, keep)
        notes += polygon.uncovered(kept, float(inside.sum()), area.area)
        return cls("polygons", area, crs, time_zone, grid.ids[kept], inside, grid.take(np.flatnonzero(kept)), notes)
