"""Incidents: what happened, where and when, and when it was known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import ArrayLike, NDArray

from hotspot.errors import InputError, nearest
from hotspot.incidents.report import QualityReport
from hotspot.schema import TIME_DTYPE
from hotspot.windows import as_utc

if TYPE_CHECKING:
    from hotspot.domain import Domain
    from hotspot.windows import Moment

TIMES = ("start", "end", "known_at", "superseded_at")
REQUIRED = ("id", *TIMES, "category", "x", "y", "position_error", "time_precision")
OPTIONAL = ("discovered", "source")
OUTSIDE = "outside the boundary"
TURNED = "outside the boundary, inside it with x and y exchanged"


@dataclass(frozen=True, eq=False)
class Incidents:
    """A table of incident versions, sorted by the moment each became known.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `id`, `start`, `end`, `known_at`, `superseded_at` (naive UTC; NaT in `known_at` means that a History
        will take `end` plus its latency), `category`, `x`, `y` [m or the units of `crs`], `position_error` [m],
        `time_precision` ("time" or "day"), and perhaps `discovered` (nullable boolean: whether an officer came upon
        it, where others were reported) and `source` (the feed).
    crs : str
        The CRS of x and y.
    report : QualityReport, optional
        What reading set aside.
    """

    table: pd.DataFrame
    crs: str
    report: QualityReport | None = None
    checked: bool = field(default=False, repr=False)  # set once the columns are checked and sorted; slices keep it

    def __post_init__(self) -> None:
        """Check the columns and sort."""
        if self.checked:
            return
        lacking = [name for name in REQUIRED if name not in self.table.columns]
        if lacking:
            raise InputError(
                f"Incidents: table lacks columns {lacking}; got {list(self.table.columns)}; expected {list(REQUIRED)}; "
                "read files with hotspot.read_incidents, which fills what may be missing"
            )
        object.__setattr__(self, "table", _sorted(_superseding(_typed(self.table))))
        if self.report is None:
            object.__setattr__(self, "report", QualityReport(len(self.table)))
        object.__setattr__(self, "checked", True)

    def __len__(self) -> int:
        """Rows, that is versions."""
        return len(self.table)

    def __getattr__(self, name: str) -> NDArray[np.generic]:
        """Columns as arrays: `incidents.x`."""
        if name in (*REQUIRED, *OPTIONAL) and name in self.table.columns:
            return np.asarray(self.table[name].to_numpy())
        raise AttributeError(f"Incidents has no attribute or column {name!r}")

    def where(self, mask: ArrayLike | None = None, **equal: object) -> Incidents:
        """Keep some rows.

        Parameters
        ----------
        mask : array_like of bool, shape (n,), optional
            Rows to keep.
        **equal
            A column and the value, or list of values, to keep: ``category=["burglary"]``.

        Returns
        -------
        Incidents
            Those rows.

        Raises
        ------
        InputError
            If a column or a category does not exist, or the mask has another length.
        """
        keep = np.ones(len(self), bool) if mask is None else np.asarray(mask, bool)
        if keep.shape != (len(self),):
            raise InputError(f"Incidents.where: mask has shape {keep.shape}; expected ({len(self)},)")
        for column, wanted in equal.items():
            if column not in self.table.columns:
                raise InputError(f"Incidents.where: no column {column!r}; {nearest(column, self.table.columns)}")
            values = [wanted] if isinstance(wanted, str) or not isinstance(wanted, Iterable) else list(wanted)
            if column == "category":
                self.check_categories([str(value) for value in values], "Incidents.where")
            keep &= self.table[column].isin(values).to_numpy(bool)
        return self._rows(keep)

    def between(self, start: Moment, end: Moment) -> Incidents:
        """Keep rows that begin within [start, end).

        Parameters
        ----------
        start, end : str, date, datetime, Timestamp or datetime64
            Naive ones are UTC, as the table is.

        Returns
        -------
        Incidents
            Those rows.

        Raises
        ------
        InputError
            If one of them is no moment.
        """
        first, last = as_utc(start, "UTC"), as_utc(end, "UTC")
        begins = self.table["start"].to_numpy()
        return self._rows((begins >= first) & (begins < last))

    def within(self, domain: Domain) -> Incidents:
        """Bring the rows into a domain: reproject, and set aside what lies outside.

        Parameters
        ----------
        domain : Domain
            The study area.

        Returns
        -------
        Incidents
            Rows inside the boundary, in the domain's CRS; the others are counted in the report.

        Raises
        ------
        InputError
            If there are rows, and none is inside.
        """
        table, there = self.table, (self.table["x"].to_numpy(), self.table["y"].to_numpy())
        x, y = _projected(*there, self.crs, domain.crs)
        if x is not there[0]:
            table = table.assign(x=x, y=y)
        inside = domain.contains(x, y)
        if len(table) and not inside.any():
            raise InputError(_all_outside(table, domain))
        report = self.quality
        if not inside.all():
            turned = ~inside
            turned[turned] = domain.contains(*_projected(there[1][turned], there[0][turned], self.crs, domain.crs))
            for reason, which in ((TURNED, turned), (OUTSIDE, ~inside & ~turned)):
                report = report.without(reason, int(which.sum()), table[which])
        kept = table if inside.all() else table[inside]
        return replace(self, table=kept, crs=domain.crs, report=report)

    @property
    def quality(self) -> QualityReport:
        """The report, always there."""
        return self.report or QualityReport(len(self))

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category there is, sorted."""
        return tuple(sorted(self.table["category"].unique().astype(str)))

    def check_categories(self, wanted: Iterable[str], where: str) -> None:
        """Refuse a category that does not exist.

        Parameters
        ----------
        wanted : iterable of str
            Categories asked for.
        where : str
            Who asks, for the message.

        Raises
        ------
        InputError
            If one of them does not exist.
        """
        there = self.categories
        for category in map(str, wanted):
            if category not in there:
                raise InputError(f"{where}: no incident has category {category!r}; {nearest(category, there)}")

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Give the table as points.

        Returns
        -------
        geopandas.GeoDataFrame
            One row a version.
        """
        points = gpd.points_from_xy(self.table["x"], self.table["y"])
        return gpd.GeoDataFrame(self.table.drop(columns=["x", "y"]), geometry=points, crs=self.crs)

    def _rows(self, keep: NDArray[np.bool_]) -> Incidents:
        return replace(self, table=self.table[keep])


def _projected(
    x: NDArray[np.float64], y: NDArray[np.float64], source: str, target: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bring coordinates from one CRS to another; the very same arrays where they are the same."""
    if pyproj.CRS.from_user_input(source) == pyproj.CRS.from_user_input(target):
        return x, y
    x, y = pyproj.Transformer.from_crs(source, target, always_xy=True).transform(x, y)
    return x, y


def _all_outside(table: pd.DataFrame, domain: Domain) -> str:
    west, south, east, north = domain.boundary.bounds
    x, y = table["x"].median(), table["y"].median()
    return (
        f"Incidents.within: none of {len(table):,} rows lie inside the boundary; their middle is ({x:.0f}, {y:.0f}), "
        f"the boundary spans x {west:.0f} to {east:.0f} and y {south:.0f} to {north:.0f} in {domain.crs}; check the "
        "CRS of the incidents, the order of x and y, and whether the boundary is of the same city"
    )


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Give each column its type; copies only what has another."""
    changed: dict[str, Any] = {}
    for name in TIMES:
        if isinstance(table[name].dtype, pd.DatetimeTZDtype):
            raise InputError(f"Incidents: {name} is in {table[name].dtype}; expected naive UTC datetime64")
        if table[name].dtype != TIME_DTYPE:
            changed[name] = table[name].to_numpy().astype(TIME_DTYPE)
    for name in ("x", "y", "position_error"):
        if table[name].dtype != np.float64:
            changed[name] = table[name].to_numpy(np.float64)
    _refuse_gaps(table)
    for name in ("category", "time_precision"):
        if not isinstance(table[name].dtype, pd.CategoricalDtype):
            changed[name] = pd.Categorical(table[name].astype(str))
    if "discovered" in table and table["discovered"].dtype != "boolean":
        changed["discovered"] = _flags(table["discovered"])
    return table.assign(**changed) if changed else table


def _flags(column: pd.Series[Any]) -> pd.Series[Any]:
    """Read a column of true, false and missing."""
    try:
        return column.astype("boolean")
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Incidents: discovered is {column.dtype}; expected true where an officer came upon it, false where "
            "it was reported, or missing"
        ) from error


def _refuse_gaps(table: pd.DataFrame) -> None:
    """Refuse rows that read_incidents would have set aside."""
    for name in ("id", "start", "end", "category", "x", "y"):
        missing = int(table[name].isna().sum())
        if missing:
            raise InputError(f"Incidents: {missing} rows lack {name}; set them aside or mend them first")
    backwards = int((table["end"].to_numpy() < table["start"].to_numpy()).sum())
    if backwards:
        raise InputError(f"Incidents: {backwards} rows end before they start; set them aside or mend them first")


def _superseding(table: pd.DataFrame) -> pd.DataFrame:
    """Let a later version of an id supersede the one before it, unless that ended earlier by itself."""
    if table["id"].is_unique:
        return table
    # a version that ended before it was known was never seen: it supersedes none, and none supersedes it
    seen = ~(table["known_at"].to_numpy() >= table["superseded_at"].to_numpy())
    if table[seen].duplicated(["id", "known_at"]).any():
        raise InputError(
            "Incidents: two rows have the same id and known_at; expected one row a version; keep one of them"
        )
    # a version of unknown date stands at the end of its id: it supersedes none, and none supersedes it
    ordered = table.assign(seen=seen).sort_values(["id", "known_at"], kind="stable", na_position="last")
    rows, ids = np.flatnonzero(ordered.pop("seen")), ordered["id"].to_numpy()
    superseded, known = ordered["superseded_at"].to_numpy().copy(), ordered["known_at"].to_numpy()
    same = ids[rows[1:]] == ids[rows[:-1]]
    ended, by = rows[:-1][same], rows[1:][same]
    superseded[ended] = np.fmin(superseded[ended], known[by])  # fmin: the other where one is missing
    return ordered.assign(superseded_at=superseded)


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    """Sort by known_at, then id, so that the order of the file's rows means nothing."""
    known = table["known_at"]
    if known.is_monotonic_increasing and known.is_unique:
        return table.reset_index(drop=True)
    return table.sort_values(["known_at", "id"], kind="stable", ignore_index=True, na_position="last")
