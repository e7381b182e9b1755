"""Places and streets: geometries of some categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import geopandas as gpd

from hotspot.errors import InputError, nearest
from hotspot.layers.base import Shapes, require_column
from hotspot.layers.mend import LINE, counted


@dataclass(frozen=True, eq=False)
class Places(Shapes):
    """Points, lines or polygons of some categories: bars, stops, parks.

    Parameters
    ----------
    category : str, optional
        Column that holds the category.
    """

    category: str | None = None

    def _check(self, where: str) -> None:
        super()._check(where)
        _text_column(self, self.category, where)

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category there is, sorted; empty without a column for it."""
        return () if self.category is None else tuple(sorted(self.frame[self.category].dropna().unique()))

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
        return self.geometry[(self.frame[self.category] == category).to_numpy(dtype=bool, na_value=False)]


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
    """Turn a column of categories into text; missing ones stay missing."""
    if column is None:
        return
    require_column(layer.frame, column, where)
    values = layer.frame[column]
    text = values.astype(str).where(values.notna())
    object.__setattr__(layer, "frame", layer.frame.assign(**{column: text}))
    notes = counted(where, int(values.isna().sum()), "without a category")
    object.__setattr__(layer, "notes", layer.notes + notes)
