"""Places and streets: geometries of some categories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.errors import InputError, nearest
from hotspot.layers.base import Shapes, require_column
from hotspot.layers.mend import LINE, counted
from hotspot.layers.protected import protected_category


@dataclass(frozen=True, eq=False)
class Places(Shapes):
    """Points, lines or polygons of some categories: bars, stops, parks.

    Parameters
    ----------
    category : str, optional
        Column that holds the category.
    extent : shapely geometry, GeoSeries or GeoDataFrame, optional
        The area that was searched for places; a bare geometry is in the CRS of the layer. Cells outside are NaN in
        features, as nothing is known of them. Default: the layer holds all there is, and where it has no place there
        is none; `hotspot.layers.coverage` says how far that can be believed.

    Notes
    -----
    Rows that repeat another one (same geometry, category and life) are kept, and counted in `notes`.

    Raises
    ------
    InputError
        If the extent is no area.
    """

    category: str | None = None
    extent: Any = field(default=None, kw_only=True)

    def _check(self, where: str) -> None:
        super()._check(where)
        _text_column(self, self.category, where)
        self._note(*counted(where, _lacking(self.extent), "of the extent without a geometry, left out"))
        object.__setattr__(self, "extent", _area(self.extent, self.crs, where))
        self._note(*counted(where, self._repeats(), "that repeat another one (same geometry and category), kept"))
        aside = self.set_aside
        rows = int(self.frame[self.category].isin(aside).sum()) if aside else 0
        what = f"of categories that are protected ({', '.join(aside)}), kept and in no feature"
        self._note(*counted(where, rows, what))

    def _repeats(self) -> int:
        known = [name for name in (self.category, self.since, self.until) if name is not None]
        shapes = pd.Series(shapely.to_wkb(np.asarray(self.geometry.array)), name="shape")
        return int(pd.concat([self.frame[known], shapes], axis=1).duplicated().sum())

    def _content(self) -> Iterator[bytes]:
        yield from super()._content()
        yield str(self.category).encode()
        if self.extent is not None:
            yield f"{self.extent.crs}|{self.extent.to_wkt().iloc[0]}".encode()

    def extent_in(self, crs: str) -> BaseGeometry | None:
        """Give the area that was searched.

        Parameters
        ----------
        crs : str
            To bring it into.

        Returns
        -------
        shapely geometry or None
            None: nobody said.
        """
        return None if self.extent is None else self.extent.to_crs(crs).union_all()

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category there is, sorted; empty without a column for it."""
        return () if self.category is None else tuple(sorted(self.frame[self.category].dropna().unique()))

    @property
    def set_aside(self) -> dict[str, str]:
        """Categories that make no column, and why: they speak of a protected attribute, or are of a community."""
        return {name: why for name in self.categories if (why := protected_category(name))}

    def rows(self, category: str | None = None) -> NDArray[np.bool_]:
        """Tell which rows are of a category.

        Parameters
        ----------
        category : str, optional
            None: all.

        Returns
        -------
        ndarray of bool, shape (n,)
            Whether they are.
        """
        if category is None:
            return np.ones(len(self), bool)
        return np.asarray((self.frame[self.category] == category).to_numpy(dtype=bool, na_value=False))

    def of(self, category: str | None = None) -> gpd.GeoSeries:
        """Give the geometries of a category.

        Parameters
        ----------
        category : str, optional
            None: all geometries.

        Returns
        -------
        geopandas.GeoSeries
            In the CRS of the layer.

        Raises
        ------
        InputError
            If there is no such category.
        """
        if category is None:
            return self.geometry
        if category not in self.categories:
            hint = nearest(category, self.categories)
            raise InputError(f"layer {self.name!r}: no category {category!r}; {hint}")
        return self.geometry[self.rows(category)]


@dataclass(frozen=True, eq=False)
class Streets(Places):
    """Lines of some categories (classes of street).

    Parameters
    ----------
    category : str, optional
        Column that holds the class.
    """

    dimensions: ClassVar[tuple[int, ...]] = (LINE,)


def _text_column(layer: Places, column: str | None, where: str) -> None:
    """Turn a column of categories into text; missing and blank ones are missing."""
    if column is None:
        return
    require_column(layer.frame, column, where)
    values = layer.frame[column]
    values = values.mask(values.astype(str).str.strip() == "")
    text = values.astype(str).where(values.notna())
    object.__setattr__(layer, "frame", layer.frame.assign(**{column: text}))
    notes = counted(where, int(values.isna().sum()), "without a category")
    object.__setattr__(layer, "notes", layer.notes + notes)


def _lacking(extent: object) -> int:
    """Count the rows of an extent that have no geometry."""
    shapes = getattr(extent, "geometry", None)
    return int(shapes.isna().sum()) if isinstance(shapes, gpd.GeoSeries) else 0


def _area(extent: object, crs: str, where: str) -> gpd.GeoSeries | None:
    """Bring an extent into one form."""
    if extent is None:
        return None
    shapes = gpd.GeoSeries([extent], crs=crs) if isinstance(extent, BaseGeometry) else getattr(extent, "geometry", None)
    if not isinstance(shapes, gpd.GeoSeries) or shapes.crs is None:
        raise InputError(f"{where}: extent is a {type(extent).__name__}; expected polygons, with a CRS of their own")
    there = shapes.dropna()
    whole = gpd.GeoSeries([shapely.union_all(shapely.make_valid(np.asarray(there.array)))], crs=shapes.crs)
    if not shapely.area(whole.iloc[0]) > 0:
        raise InputError(f"{where}: the extent holds no area; expected at least one polygon")
    return whole
