"""Scene: a Page turned into shapes, numbers and texts that page and picture both draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.errors import InputError
from hotspot.report.manner import Manner
from hotspot.report.page import Page
from hotspot.report.scale import COLOURS, LINE_COLOURS, Scale
from hotspot.report.shapes import (
    Geometries,
    cell_names,
    cell_shapes,
    decimals,
    domain_of,
    line_parts,
    outline,
    rounded,
    street_lines,
)
from hotspot.report.words import percent, plain, window_labels
from hotspot.schema import CELL, EXPECTED, ISSUE_TIME, LEAD, MODEL, VALID_END, VALID_START, check_forecast

Rings = list[NDArray[np.float64]]
STROKE = 0.25  # of the space between two streets


@dataclass(frozen=True, eq=False)
class Scene:
    """What page and picture draw.

    Parameters
    ----------
    names : ndarray of str, shape (n_cells,)
        What people call the cells. They may come from a file, so whoever shows them escapes them.
    expected : ndarray, shape (n_leads, n_cells)
        Expected incidents per cell and window.
    size : ndarray, shape (n_cells,)
        Area [m2] or length [m] of the cells inside the boundary.
    manner : Manner
        How such cells are shown.
    stroke : float
        How wide the widest street segments are drawn: a part of what lies between two streets [m]; 0 for areas.
    total_size : float
        Of the whole domain.
    cells : ndarray of shapely geometries, shape (n_cells,)
        Polygons or lines, moved to the corner of the map and rounded [m].
    ground, streets : shapely geometry
        What lies inside the boundary, and lines, moved likewise [m].
    windows : list of str
        One a lead, in civil time.
    zone : str
        IANA name.
    chosen : dict of str to ndarray of bool, shape (n_leads, n_cells)
        Label of each selection, and its cells.
    """

    names: NDArray[np.object_]
    expected: NDArray[np.float64]
    size: NDArray[np.float64]
    manner: Manner
    stroke: float
    total_size: float
    cells: Geometries
    ground: BaseGeometry
    streets: BaseGeometry
    windows: list[str]
    zone: str
    chosen: dict[str, NDArray[np.bool_]]

    @classmethod
    def of(cls, page: Page) -> Scene:
        """Prepare a page.

        Parameters
        ----------
        page : Page
            What is to be shown.

        Returns
        -------
        Scene
            Checked.

        Raises
        ------
        InputError
            If forecast, selections and domain do not belong together.
        SchemaError
            If the forecast breaks its schema.
        """
        forecast = single(page.forecast)
        domain = domain_of(forecast, page.domain)
        shapes = cell_shapes(forecast[CELL].values, domain)
        bounds = shapely.total_bounds(shapes)
        move = partial(rounded, corner=np.floor(bounds[:2]), digits=decimals(shapes))
        manner, size = Manner.of(domain), np.asarray(forecast[domain.measure].values, np.float64)
        return cls(
            names=cell_names(forecast[CELL].values, domain),
            expected=forecast[EXPECTED].values,
            size=size,
            manner=manner,
            stroke=STROKE * 2 * domain.total_area / domain.total_size if manner.lines else 0.0,
            total_size=float(forecast.attrs.get(f"total_{domain.measure}", size.sum())),
            cells=move(shapes),
            ground=move(domain.boundary),
            streets=move(street_lines(None if manner.lines else page.streets, domain.crs, tuple(bounds))),
            windows=window_labels(forecast[VALID_START].values, forecast[VALID_END].values, domain.time_zone),
            zone=domain.time_zone,
            chosen={_label(key, manner.size): _matrix(value, forecast) for key, value in page.selections.items()},
        )

    @cached_property
    def boundary(self) -> BaseGeometry:
        """Line round the ground."""
        return shapely.boundary(self.ground)

    @cached_property
    def density(self) -> NDArray[np.float32]:
        """Expected incidents per m2 or m, shape (n_leads, n_cells)."""
        # single precision: sizes of equal cells differ by rounding, and their ranks should not
        return (self.expected / self.size).astype(np.float32)

    @cached_property
    def shown(self) -> NDArray[np.float64]:
        """What colours stand for: expected incidents per cell, km2 or km, shape (n_leads, n_cells)."""
        return self.density.astype(np.float64) * self.manner.unit if self.manner.unit else self.expected

    @cached_property
    def scale(self) -> Scale:
        """Colours, shared by all windows."""
        return Scale.of(self.shown, LINE_COLOURS if self.manner.lines else COLOURS)

    @cached_property
    def shades(self) -> NDArray[np.uint8]:
        """Class of each cell, shape (n_leads, n_cells)."""
        return self.scale.classes(self.shown)

    @cached_property
    def ranks(self) -> NDArray[np.int32]:
        """Rank of each cell by expected count per size (the order of selection), shape (n_leads, n_cells)."""
        rows = [row.size - np.searchsorted(np.sort(row), row, side="right") + 1 for row in self.density]
        return np.array(rows, np.int32)

    def outline(self, selection: str, lead: int) -> Rings:
        """Rings round the cells of a selection in a window, each of shape (n_points, 2) [m]."""
        picked = self.chosen[selection][lead]
        return outline(self.cells[picked]) if picked.any() else []

    def border(self) -> Rings:
        """Rings of the boundary, each of shape (n_points, 2) [m]."""
        return line_parts(self.boundary)

    def total(self, lead: int) -> str:
        """Sentence on the whole city in a window."""
        return f"{plain(self.expected[lead].sum(), 3)} incidents are expected in the whole city in this window."

    def summary(self, selection: str, lead: int) -> str:
        """Sentence on the cells of a selection in a window."""
        picked = self.chosen[selection][lead]
        number, everything = int(picked.sum()), float(self.expected[lead].sum())
        if not number:
            return f"No {self.manner.noun} is selected in this window."
        share = float(self.expected[lead][picked].sum()) / everything if everything > 0 else 0.0
        covered = percent(float(self.size[picked].sum()) / self.total_size)
        cells = f"{number:,} selected {self.manner.noun}{' covers' if number == 1 else 's cover'}"
        return f"{cells} {covered} of the {self.manner.size}, with {percent(share)} of the expected incidents."


def single(forecast: xr.Dataset) -> xr.Dataset:
    """Take the one issue time (and model) of a forecast.

    Parameters
    ----------
    forecast : xarray.Dataset
        A forecast.

    Returns
    -------
    xarray.Dataset
        Loaded, over (lead, cell).

    Raises
    ------
    InputError
        If there are several issue times or models.
    """
    for name in (MODEL, ISSUE_TIME):
        if forecast.sizes.get(name, 1) != 1:
            raise InputError(
                f"map: the forecast holds {forecast.sizes[name]} values of {name!r}; expected one: "
                f"forecast.isel({name}=[-1]) takes the last"
            )
    return check_forecast(forecast).squeeze([d for d in (MODEL, ISSUE_TIME) if d in forecast.dims]).load()


def _label(key: float | str, size: str) -> str:
    return key if isinstance(key, str) else f"{percent(key)} of the {size}"


def _matrix(selected: xr.DataArray, forecast: xr.Dataset) -> NDArray[np.bool_]:
    """Bring a selection to the shape of the forecast, (n_leads, n_cells)."""
    flat = selected.squeeze([d for d in selected.dims if d not in (LEAD, CELL) and selected.sizes[d] == 1])
    if set(flat.dims) != {LEAD, CELL} or flat.dtype != bool:
        raise InputError(
            f"map: a selection has dimensions {selected.dims} of {selected.dtype}; "
            "expected bool over (issue_time, lead, cell) as select() gives it, with one issue time"
        )
    flat = flat.transpose(LEAD, CELL)
    if flat.shape != forecast[EXPECTED].shape or not np.array_equal(flat[CELL].values, forecast[CELL].values):
        raise InputError(
            f"map: a selection has shape {flat.shape} or other cells; expected those of the forecast, "
            f"{forecast[EXPECTED].shape}; select from this forecast"
        )
    return np.asarray(flat.values)
