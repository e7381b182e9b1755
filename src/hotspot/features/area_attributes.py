"""Area attributes: what tracts, block groups or districts say, carried over to cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import ColumnError, nearest
from hotspot.features._areas import Guard, Piece, Vintages, areas_of, columns_of, one_layer, people_of, pieces
from hotspot.features._common import check_issue_times
from hotspot.features._groups import Group, named
from hotspot.features._layers import covered, labelled
from hotspot.features._memo import remembered
from hotspot.history import History
from hotspot.layers.base import EVER
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class AreaAttributes:
    """Numbers of areas, such as income or density, as mean of the areas that share a cell [unit of the column].

    Means are weighted by the residents whom cell and area share, where a layer knows residents, else by surface (on
    street segments by length). Counts are shared out: by residents, else evenly over the surface (along the streets
    inside the boundary). NaN where no area covers the cell, where areas say nothing, and before the vintage.

    Columns that serve the audit are refused: groups of residents of any layer of the History, their shares and
    complements under another name, and names that speak of race, religion, origin, sex, orientation, disability or age.

    Parameters
    ----------
    columns : tuple of str, optional
        Which. Default: every column of numbers that is neither protected nor an id.
    counts : tuple of str
        Those of them that add up, such as households: the value is the number in the cell. Residents always do.
    weight : str, optional
        Name of the layer whose residents weigh, or "surface". Default: of the layers with residents the one with the
        smallest areas.
    layer : str, optional
        Only this layer. Default: every layer of areas.

    References
    ----------
    Goodchild & Lam (1980), Areal interpolation: a variant of the traditional spatial problem, Geo-Processing 1,
    297-312; Eicher & Brewer (2001), doi:10.1559/152304001782173727.
    """

    name: ClassVar[str] = "area_attributes"
    columns: tuple[str, ...] | None = None
    counts: tuple[str, ...] = ()
    weight: str | None = None
    layer: str | None = None

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Carry the numbers over.

        Parameters
        ----------
        history : History
            With a layer of areas.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Not needed: the value is the same for each lead.

        Returns
        -------
        xarray.DataArray
            Dimensions (cell, column), or (issue_time, cell, column) where a layer is dated.

        Raises
        ------
        InputError
            If there are no areas, a column is protected, is not there or holds no numbers, or areas overlap.
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        every = areas_of(history, self.name)
        people = people_of(every, self.weight, Guard(every), self.name)
        groups = named(self._chosen(every))
        dated = any(group.dated for group in groups) or (people is not None and Group("people", people).dated)
        moments = times if dated else np.array([EVER])
        values = np.full((moments.size, len(groups), history.domain.n_cells), np.nan, np.float32)
        for vintages in every:
            held = [(k, str(group.category)) for k, group in enumerate(groups) if group.vintages is vintages]
            for piece in pieces(vintages, people, moments, history.domain):
                covered(piece.areas, history.domain, piece.transfer.share)
                for k, column in held:
                    values[piece.at, k] = self._carried(piece, column)
        units = [self._units(group) for group in groups]
        found = labelled(history, times if dated else None, groups, values if dated else values[0], units)
        return found.assign_attrs(self._left_out(every))

    def _chosen(self, every: list[Vintages]) -> list[tuple[Vintages, str | None]]:
        """Layers and columns, in their order."""
        some = every if self.layer is None else [one_layer(every, self.layer, self.name)]
        guard = Guard(every)
        columns = [(vintages, columns_of(vintages, self.columns, guard, self.name)) for vintages in some]
        found = {column for _, names in columns for column in names}
        lacking = [column for column in (*(self.columns or ()), *self.counts) if column not in found]
        if lacking or not found:
            known = {column for vintages in some for column in columns_of(vintages, None, guard, self.name)}
            what = f"no column {lacking[0]!r}" if lacking else "no column of numbers that may describe them"
            raise ColumnError(
                f"feature {self.name}: the areas have {what}; {nearest(lacking[0] if lacking else '', known)}"
            )
        return [(vintages, column) for vintages, names in columns for column in names]

    def _left_out(self, every: list[Vintages]) -> dict[str, str]:
        """Count the columns that nobody asked for and that repeat a group of residents."""
        some = every if self.layer is None else [one_layer(every, self.layer, self.name)]
        guard = Guard(every)
        columns = [column for vintages in some for column in guard.copies(vintages)] if self.columns is None else []
        if not columns:
            return {}
        return {"notes": f"{len(columns)} columns that repeat a group of residents, left out: {', '.join(columns)}"}

    def _carried(self, piece: Piece, column: str) -> NDArray[np.float32]:
        areas, transfer = piece.areas, piece.transfer
        if column not in areas.frame.columns:  # in another vintage it is
            return np.full(transfer.size.shape, np.nan, np.float32)
        values = areas.attribute(column)
        adds_up = column in self.counts or column == areas.residents_column
        carry = transfer.count if adds_up else transfer.rate
        return remembered(transfer, (column, adds_up), lambda: carry(values).astype(np.float32))

    def _units(self, group: Group) -> str:
        if any(group.category == layer.residents_column for layer in group.vintages):  # type: ignore[attr-defined]
            return "residents"
        return "number" if group.category in self.counts else "unit of the column"
