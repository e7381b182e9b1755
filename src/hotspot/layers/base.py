"""What every layer is: a name, a vintage and a source; and what every layer of geometries is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from hotspot.errors import ColumnError, InputError, nearest
from hotspot.layers.mend import LINE, POINT, POLYGON, counted, mended, with_times
from hotspot.windows import as_utc

if TYPE_CHECKING:
    from hotspot.windows import Moment, Times

TIME = "datetime64[us]"
EVER, NEVER = np.datetime64("0001-01-01", "us"), np.datetime64("9999-01-01", "us")


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer:
    """What every layer has: a name, a vintage and a source.

    Parameters
    ----------
    name : str, optional
        What the layer is called. Default: its kind.
    vintage : moment, optional
        From when on its content was known; a naive time is UTC. None: undated.
    source : str
        Where it comes from.
    notes : tuple of str
        What was mended or set aside.
    """

    name: str = ""
    vintage: Moment | None = None
    source: str = "memory"
    notes: tuple[str, ...] = ()
    checked: bool = field(default=False, repr=False)  # set once the content is mended

    def __post_init__(self) -> None:
        """Check, once."""
        if self.checked:
            return
        kind = type(self).__name__.lower()
        object.__setattr__(self, "name", self.name or kind)
        if self.vintage is not None:
            object.__setattr__(self, "vintage", as_utc(self.vintage, "UTC"))
        self._check(f"{kind} {self.name!r} ({self.source})")
        object.__setattr__(self, "checked", True)

    def _check(self, where: str) -> None:
        """Mend and check the content."""

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all that features can see of it: equal layers give equal features."""
        digest = hashlib.sha256(f"{type(self).__name__}|{self.name}|{self.vintage}".encode())
        for part in self._content():
            digest.update(part)
        return digest.hexdigest()[:16]

    @property
    def is_dated(self) -> bool:
        """Whether something says from when on its content was known; else it may know the future."""
        return self.vintage is not None

    def _content(self) -> Iterator[bytes]:
        """Give the content, for the fingerprint."""
        yield from ()

    def _note(self, *notes: str) -> None:
        """Add to the notes, each once."""
        object.__setattr__(self, "notes", tuple(dict.fromkeys(self.notes + notes)))


@dataclass(frozen=True, eq=False)
class Shapes(Layer):
    """Geometries with a vintage; the base of `Places`, `Streets` and `Areas`.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        One row a geometry, with a CRS. Multi-part points and lines are cut into their parts, broken polygons
        are mended, empty geometries and those of another kind are set aside; `notes` counts all of that.
    since, until : str, optional
        Columns that say from when to when a row holds, such as the opening and closing of a place: at issue time t
        a row is used where since <= t < until. Missing: from ever, and for ever. Naive times are UTC, like a vintage.

    Raises
    ------
    InputError
        If there is no CRS, no geometry is left, or a column holds no times.
    """

    frame: gpd.GeoDataFrame
    since: str | None = field(default=None, kw_only=True)
    until: str | None = field(default=None, kw_only=True)

    dimensions: ClassVar[tuple[int, ...]] = (POINT, LINE, POLYGON)
    parts: ClassVar[tuple[int, ...]] = (POINT, LINE)  # kinds that are cut into their parts

    def _check(self, where: str) -> None:
        """Mend the geometries."""
        frame, notes = mended(self.frame, where, self.dimensions, self.parts, self.notes)
        for column in (self.since, self.until):
            if column is not None:
                require_column(frame, column, where)
                frame, more = with_times(frame, column, where)
                notes += more
        object.__setattr__(self, "frame", frame)
        since, until = self.lifetimes
        self._note(*notes, *counted(where, int((until <= since).sum()), "that end before they begin, never used"))

    @property
    def is_dated(self) -> bool:
        """Whether a vintage, or a column of beginnings, says from when on its content was known."""
        return self.vintage is not None or self.since is not None

    @cached_property
    def lifetimes(self) -> tuple[Times, Times]:
        """From when (included) to when (excluded) each row holds [naive UTC], each of shape (n,)."""
        since = np.full(len(self.frame), EVER) if self.since is None else self.frame[self.since].to_numpy(TIME)
        until = np.full(len(self.frame), NEVER) if self.until is None else self.frame[self.until].to_numpy(TIME)
        return np.where(np.isnat(since), EVER, since), np.where(np.isnat(until), NEVER, until)

    def _content(self) -> Iterator[bytes]:
        yield f"{self.crs}|{self.since}|{self.until}".encode()
        yield self.frame.drop(columns=self.frame.geometry.name).to_csv().encode()
        yield from (bytes(blob) for blob in shapely.to_wkb(np.asarray(self.frame.geometry.array)))

    def __len__(self) -> int:
        """Count the geometries."""
        return len(self.frame)

    @property
    def geometry(self) -> gpd.GeoSeries:
        """The geometries, shape (n,)."""
        return self.frame.geometry

    @property
    def crs(self) -> str:
        """The CRS, as an authority code where it has one."""
        return str(self.frame.crs.to_string())

    def to_crs(self, crs: str) -> Self:
        """Reproject.

        Parameters
        ----------
        crs : str
            Anything that pyproj reads.

        Returns
        -------
        Layer
            Of the same class, in `crs`.

        Raises
        ------
        InputError
            If the CRS is not known.
        """
        try:
            target = pyproj.CRS.from_user_input(crs)
        except pyproj.exceptions.CRSError as error:
            raise InputError(f"layer {self.name!r}: CRS {crs!r} is not known ({error})") from error
        return self if target == self.frame.crs else replace(self, frame=self.frame.to_crs(target))

    def shapes_in(self, crs: str) -> NDArray[np.object_]:
        """Give the geometries in another CRS.

        Parameters
        ----------
        crs : str
            Such as that of a domain.

        Returns
        -------
        ndarray of shapely geometries, shape (n,)
            Valid; empty where the CRS has no place for one.
        """
        shapes = np.asarray(self.to_crs(crs).geometry.array).copy()
        nowhere = ~np.isfinite(shapely.bounds(shapes)).all(axis=1)
        shapes[nowhere] = shapely.Point()
        broken = ~shapely.is_valid(shapes)  # edges that nearly touch can cross in another CRS
        shapes[broken] = shapely.make_valid(shapes[broken])
        return shapes

    def taking(self, rows: NDArray[np.bool_]) -> Self:
        """Keep some rows.

        Parameters
        ----------
        rows : ndarray of bool, shape (n,)
            Which.

        Returns
        -------
        Layer
            Of the same class; itself where all are kept.
        """
        return self if rows.all() else replace(self, frame=self.frame[rows].reset_index(drop=True))


def require_column(frame: gpd.GeoDataFrame, column: str, where: str) -> None:
    """Refuse a column that is not there.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Of the layer.
    column : str
        Its name.
    where : str
        The layer, for the message.

    Raises
    ------
    ColumnError
        If there is none of this name.
    """
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    if column not in columns:
        raise ColumnError(f"{where}: no column {column!r}; {nearest(column, columns)}")
