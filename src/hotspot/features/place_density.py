"""Place density: how many places of each category lie around a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely
import xarray as xr
from scipy.spatial import cKDTree

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.errors import InputError
from hotspot.features._along import check_along, near, street_columns
from hotspot.features._common import check_issue_times
from hotspot.features._groups import place_groups
from hotspot.features._layers import Geometries, Values, layer_columns
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class PlaceDensity:
    """Places within a radius of the centre of a cell, per area of that disc [1/km2].

    A line or polygon counts as one where any point of it lies within the radius. The disc is not clipped to the
    boundary: places beyond it count where the layer has them. NaN before the vintage of the layer and outside its
    declared extent.

    Parameters
    ----------
    category : str, optional
        Only this one. Default: one column for each category of each places layer.
    radius : float
        Of the disc, or longest way along the streets [m].
    along : {"straight", "streets"}
        How distance is measured: as the crow flies, or along the streets of the History (one streets layer, or cells
        that are street segments), NaN before their vintage;
        then a line or polygon counts at a point on it. The area is that of the disc in either case.

    Raises
    ------
    InputError
        If the radius is not a positive number, or there is no such way to measure.
    """

    name: ClassVar[str] = "place_density"
    category: str | None = None
    radius: float = 500.0
    along: str = "straight"

    def __post_init__(self) -> None:
        """Check the radius and the way to measure."""
        check_along(self.along, self.name)
        if not (np.isfinite(self.radius) and self.radius > 0):
            raise InputError(f"{self.name} radius: got {self.radius!r}, expected metres above 0")

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Count the places.

        Parameters
        ----------
        history : History
            With a places layer.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Not needed: the value is the same for each lead.

        Returns
        -------
        xarray.DataArray
            Dimensions (cell, column), or (issue_time, cell, column) where a layer is dated [1/km2].

        Raises
        ------
        InputError
            If no layer has such places, or there are no streets to measure along.
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        groups = place_groups(history, self.category, self.name)
        if self.along == "streets":
            return street_columns(self, history, times, groups, "1/km2", self._along)
        return layer_columns(self, history, times, groups, "1/km2", self._density)

    def _density(self, domain: Domain, shapes: Geometries) -> Values:
        return within(domain, shapes, self.radius) / self._disc

    def _along(self, network: Network, domain: Domain, shapes: Geometries) -> Values:
        return near(network, domain, shapes, self.radius) / self._disc

    @property
    def _disc(self) -> float:
        return float(np.pi * (self.radius / 1000) ** 2)


def within(domain: Domain, shapes: Geometries, radius: float) -> Values:
    """Count the shapes within a radius of the centre of each cell.

    Parameters
    ----------
    domain : Domain
        Gives the cells.
    shapes : ndarray of shapely geometries, shape (n,)
        In the CRS of the domain.
    radius : float
        Straight [m].

    Returns
    -------
    ndarray, shape (n_cells,)
        Shapes of which any point lies that near.
    """
    centres = np.column_stack(domain.centres)
    number = np.zeros(len(centres))
    points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    if points.any():
        tree = cKDTree(shapely.get_coordinates(shapes[points]))
        number += tree.query_ball_point(centres, radius, return_length=True)
    if not points.all():
        tree = shapely.STRtree(shapes[~points])
        which, _ = tree.query(shapely.points(centres), predicate="dwithin", distance=radius)
        number += np.bincount(which, minlength=len(centres))
    return number
