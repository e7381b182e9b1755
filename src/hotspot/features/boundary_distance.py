"""Boundary distance: how far a cell lies from the edge of the study area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.features._common import check_issue_times
from hotspot.features._memo import remembered
from hotspot.history import History
from hotspot.schema import CELL
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class BoundaryDistance:
    """Straight-line distance from the centre of a cell to the boundary [m], below 0 where the centre lies outside.

    Incidents beyond the boundary are not recorded, so that cells near it lack a part of their neighbourhood.

    Parameters
    ----------
    holes : bool
        Whether the rims of holes (water, airfields) are part of the boundary.
    signed : bool
        Whether centres outside, of cells that reach in, are negative; else they are 0.
    """

    name: ClassVar[str] = "boundary_distance"
    holes: bool = True
    signed: bool = True

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Measure the distances.

        Parameters
        ----------
        history : History
            Gives the domain.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Not needed: the value is the same for each lead.

        Returns
        -------
        xarray.DataArray
            Dimension (cell) [m].

        Raises
        ------
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        check_issue_times(history, issue_times)
        domain = history.domain
        values = remembered(domain, self, lambda: self._distance(domain))
        attrs = {"units": "m", "source": "boundary of the domain", "vintage": ""}
        return xr.DataArray(values, {CELL: domain.ids}, (CELL,), attrs=attrs)

    def _distance(self, domain: Domain) -> NDArray[np.float32]:
        area = domain.boundary if self.holes else _filled(domain.boundary)
        x, y = domain.centres
        rims = Network(np.asarray(shapely.get_rings(shapely.get_parts(area))))
        distance = rims.snap(x, y)[2]
        shapely.prepare(area)
        outside = ~(domain.contains(x, y) if self.holes else shapely.intersects_xy(area, x, y))
        values = np.where(outside, -distance if self.signed else 0.0, distance).astype(np.float32)
        values.setflags(write=False)  # it is remembered
        return values


def _filled(area: BaseGeometry) -> BaseGeometry:
    """Fill the holes of an area."""
    rings = shapely.get_exterior_ring(shapely.get_parts(area))
    return shapely.union_all(shapely.polygons(rings))
