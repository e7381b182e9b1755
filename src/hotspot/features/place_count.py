"""Place count: how many places of each category a cell holds, or lie around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.errors import InputError
from hotspot.features._along import check_along, near, street_columns
from hotspot.features._common import check_issue_times
from hotspot.features._groups import place_groups
from hotspot.features._layers import Geometries, Values, layer_columns
from hotspot.features.place_density import within
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class PlaceCount:
    """Places in a cell, or within a radius of its centre [places].

    Without a radius a point counts in the cell that has it, and only inside the boundary; on street segments in the
    nearest one within the snapping limit. A line or polygon counts in each cell that it reaches into; one that reaches
    into none, such as a building beside a street, in the cell of a point on it. Where the layer has no place the count
    is 0, and NaN outside the declared extent of the layer and before its vintage.

    Parameters
    ----------
    category : str, optional
        Only this one. Default: one column for each category of each places layer.
    radius : float, optional
        Count places of which any point lies so near the centre [m], beyond the boundary too. Default: in the cell.
    along : {"straight", "streets"}
        How distance is measured: as the crow flies, or along the streets of the History (one streets layer, or cells
        that are street segments), NaN before their vintage;
        then a radius is needed, and a line or polygon counts at a point on it.

    Raises
    ------
    InputError
        If the radius is not a positive number, or lacks along streets, or there is no such way to measure.
    """

    name: ClassVar[str] = "place_count"
    category: str | None = None
    radius: float | None = None
    along: str = "straight"

    def __post_init__(self) -> None:
        """Check the radius and the way to measure."""
        check_along(self.along, self.name)
        if self.along == "streets" and self.radius is None:
            raise InputError(f"{self.name}: along='streets' counts within a radius and got none; say radius=500")
        if self.radius is not None and not (np.isfinite(self.radius) and self.radius > 0):
            raise InputError(f"{self.name} radius: got {self.radius!r}, expected metres above 0, or none")

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
            Dimensions (cell, column), or (issue_time, cell, column) where a layer is dated [places].

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
            return street_columns(self, history, times, groups, "places", self._along)
        return layer_columns(self, history, times, groups, "places", self._count)

    def _along(self, network: Network, domain: Domain, shapes: Geometries) -> Values:
        return near(network, domain, shapes, float(self.radius or 0))

    def _count(self, domain: Domain, shapes: Geometries) -> Values:
        if self.radius is not None:
            return within(domain, shapes, self.radius)
        points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
        large, cell = _reached(domain, shapes[~points])
        beside = np.ones(int((~points).sum()), bool)
        beside[large] = False
        single = np.concatenate([shapes[points], shapely.point_on_surface(shapes[~points][beside])])
        at = _cells(domain, single)
        return np.bincount(np.concatenate([at[at >= 0], cell]), minlength=domain.n_cells).astype(float)


def _cells(domain: Domain, points: Geometries) -> NDArray[np.int64]:
    """Cells of points inside the boundary; -1 for others."""
    x, y = shapely.get_coordinates(points).T
    return np.where(domain.contains(x, y), domain.locate(x, y), -1)


def _reached(domain: Domain, shapes: Geometries) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a line or polygon and a cell of which it holds more than a point of the rim."""
    if not shapes.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    cells = domain.shapes
    shape, cell = shapely.STRtree(cells).query(shapes, predicate="intersects")
    more = ~shapely.touches(shapes[shape], cells[cell])
    return shape[more], cell[more]
