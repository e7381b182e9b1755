"""Place distance: how far it is from a cell to the nearest place of each category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely
import xarray as xr
from scipy.spatial import cKDTree

from hotspot.domain import Domain
from hotspot.features._along import check_along, street_columns, way
from hotspot.features._common import check_issue_times
from hotspot.features._groups import place_groups
from hotspot.features._layers import Geometries, Values, layer_columns
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class PlaceDistance:
    """Distance from the centre of a cell to the nearest place [m].

    The distance to a line or polygon is that to its nearest point; inside a polygon it is 0. Places outside the
    boundary count. NaN before the vintage of the layer, outside its declared extent, and where no place can be reached.

    Parameters
    ----------
    category : str, optional
        Only this one. Default: one column for each category of each places layer.
    along : {"straight", "streets"}
        How distance is measured: as the crow flies, or along the streets of the History (one streets layer, or cells
        that are street segments), NaN before their vintage.

    Raises
    ------
    InputError
        If there is no such way to measure.
    """

    name: ClassVar[str] = "place_distance"
    category: str | None = None
    along: str = "straight"

    def __post_init__(self) -> None:
        """Check the way to measure."""
        check_along(self.along, self.name)

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Measure the distances.

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
            Dimensions (cell, column), or (issue_time, cell, column) where a layer is dated [m].

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
            return street_columns(self, history, times, groups, "m", way)
        return layer_columns(self, history, times, groups, "m", _nearest)


def _nearest(domain: Domain, shapes: Geometries) -> Values:
    """Distance from each centre to the nearest shape [m], NaN where there is none; a tree of points is the quicker."""
    centres = np.column_stack(domain.centres)
    distance = np.full(len(centres), np.inf)
    points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    if points.any():
        distance = np.asarray(cKDTree(shapely.get_coordinates(shapes[points])).query(centres)[0])
    if not points.all():
        tree = shapely.STRtree(shapes[~points])
        (which, _), to_shape = tree.query_nearest(shapely.points(centres), return_distance=True, all_matches=False)
        distance[which] = np.minimum(distance[which], to_shape)
    return np.where(np.isfinite(distance), distance, np.nan)
