"""What a cube will hold, known from its first issue time, so that the rest can be computed in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import TypeAlias

import numpy as np
import xarray as xr

from hotspot.domain import write_domain
from hotspot.errors import InputError, SchemaError
from hotspot.features._memo import remembered
from hotspot.features.columns import compute_columns
from hotspot.history import History
from hotspot.protocols import Feature
from hotspot.schema import CELL, ISSUE_TIME, LEAD, UNITS, VALID_END, VALID_START
from hotspot.windows import Times, Windows

Progress: TypeAlias = Callable[[int, int], None]

STEP = "step"  # attribute of a cube: issue times computed at once
CHUNK_SHARE = 2 / 3  # of the memory that may be taken: a feature needs room to compute


def empty_cube(history: History, issue_times: Times, windows: Windows) -> xr.Dataset:
    """Give a cube without features: coordinates, and attributes that tell what it was made for.

    Parameters
    ----------
    history : History
        Gives domain, target and latency.
    issue_times : ndarray of datetime64[us], shape (n_issue_times,)
        Naive UTC.
    windows : Windows
        Give the leads.

    Returns
    -------
    xarray.Dataset
        Coordinates issue_time, lead, cell, valid_start, valid_end, and area or length.
    """
    domain = history.domain
    start, end = windows.bounds(issue_times, domain.time_zone)
    coords = {
        ISSUE_TIME: issue_times,
        LEAD: np.arange(windows.n_leads),
        CELL: domain.ids,
        VALID_START: ((ISSUE_TIME, LEAD), start),
        VALID_END: ((ISSUE_TIME, LEAD), end),
        domain.measure: (CELL, domain.size, {"units": UNITS[domain.measure]}),
    }
    attrs = {
        "time_zone": domain.time_zone,
        "crs": domain.crs,
        f"total_{domain.measure}": domain.total_size,
        "domain": remembered(domain, "text", lambda: write_domain(domain)),
        "target": history.target_name,
        "latency": "estimated" if history.estimates else history.latency,
        "version": version("hotspot-forecast"),
    }
    return xr.Dataset(coords=coords, attrs=attrs)


@dataclass(frozen=True)
class Plan:
    """A cube that is not computed yet.

    Parameters
    ----------
    history : History
        What is known.
    issue_times : ndarray of datetime64[us], shape (n_issue_times,)
        Naive UTC, ascending.
    features : tuple of Feature
        Recipes.
    windows : Windows
        Give the leads.
    columns : mapping of str to xarray.Variable
        Each column at the first issue time.
    owners : mapping of str to int
        Which feature a column comes from.
    """

    history: History
    issue_times: Times
    features: tuple[Feature, ...]
    windows: Windows
    columns: Mapping[str, xr.Variable]
    owners: Mapping[str, int]

    @cached_property
    def static(self) -> dict[str, xr.Variable]:
        """Columns that are the same at all issue times."""
        return {name: column for name, column in self.columns.items() if ISSUE_TIME not in column.dims}

    @cached_property
    def dated(self) -> dict[str, xr.Variable]:
        """Columns that vary over issue times, at the first of them."""
        return {name: column for name, column in self.columns.items() if ISSUE_TIME in column.dims}

    @property
    def nbytes(self) -> int:
        """Size of the whole cube [bytes]."""
        dated = sum(column.nbytes for column in self.dated.values())
        return dated * self.issue_times.size + sum(column.nbytes for column in self.static.values())

    def step(self, memory: int, where: str = "featurize memory") -> int:
        """Say how many issue times make a chunk.

        Parameters
        ----------
        memory : int
            Bytes that may be taken.
        where : str
            Name used in the message.

        Returns
        -------
        int
            At least 1, at most all.

        Raises
        ------
        InputError
            If a single issue time takes more.
        """
        each = sum(column.nbytes for column in self.dated.values())
        if each > memory:
            raise InputError(
                f"{where}: got {memory:,} bytes, but a single issue time of {len(self.columns)} columns and "
                f"{self.history.domain.n_cells:,} cells takes {each:,}; allow more, or leave out features"
            )
        return min(self.issue_times.size, max(1, int(memory * CHUNK_SHARE) // max(each, 1)))

    def shape(self, name: str, n_times: int | None = None) -> tuple[int, ...]:
        """Shape of a column with all issue times, or so many."""
        column, n = self.columns[name], self.issue_times.size if n_times is None else n_times
        return tuple(n if dim == ISSUE_TIME else size for dim, size in column.sizes.items())

    def compute(self, owner: int, part: slice) -> Iterator[tuple[str, xr.Variable]]:
        """Compute those columns of a feature that vary over issue times, for some of them.

        Parameters
        ----------
        owner : int
            Which feature.
        part : slice
            Of the issue times.

        Yields
        ------
        name : str
            Of the column.
        column : xarray.Variable
            Of the dimensions, type and attributes that it has at the first issue time.

        Raises
        ------
        SchemaError
            If it has others.
        """
        expected = {name: column for name, column in self.dated.items() if self.owners[name] == owner}
        if not expected:
            return
        feature, times = self.features[owner], self.issue_times[part]
        found = []
        for name, column in compute_columns(feature, self.history, times, self.windows):
            if name in self.static:
                continue
            if name not in expected or not _alike(column, expected[name]):
                raise _differs(feature, name)
            found.append(name)
            yield name, column
        if len(found) < len(expected):
            raise _differs(feature, next(name for name in expected if name not in found))


def plan_cube(history: History, issue_times: Times, features: Sequence[Feature], windows: Windows) -> Plan:
    """Compute the first issue time.

    Parameters
    ----------
    history : History
        What is known.
    issue_times : ndarray of datetime64[us], shape (n_issue_times,)
        Naive UTC, ascending, at least one.
    features : sequence of Feature
        Recipes.
    windows : Windows
        Give the leads.

    Returns
    -------
    Plan
        Of the cube.

    Raises
    ------
    InputError
        If two columns have one name.
    """
    columns: dict[str, xr.Variable] = {}
    owners: dict[str, int] = {}
    for owner, feature in enumerate(features):
        for name, column in compute_columns(feature, history, issue_times[:1], windows):
            if name in columns:
                raise twice(name)
            columns[name], owners[name] = column, owner
    return Plan(history, issue_times, tuple(features), windows, columns, owners)


def twice(name: str) -> InputError:
    """Say that two columns have one name."""
    return InputError(f"features: two columns are called {name!r}; leave one out or give it other options")


def parse_memory(memory: str | int, where: str = "memory") -> int:
    """Read a number of bytes.

    Parameters
    ----------
    memory : str or int
        Such as ``"2GiB"`` or ``500_000_000``.
    where : str
        Name used in the message.

    Returns
    -------
    int
        Above 0.

    Raises
    ------
    InputError
        If it is none.

    Examples
    --------
    >>> parse_memory("1.5 MB")
    1500000
    """
    from dask.utils import parse_bytes

    try:
        number = -1 if isinstance(memory, bool) else int(parse_bytes(memory))
    except (ValueError, TypeError, AttributeError, OverflowError):
        number = -1
    if number < 1:
        raise InputError(f"{where}: got {memory!r}, expected bytes such as '2GiB' or 500_000_000")
    return number


def _alike(column: xr.Variable, first: xr.Variable) -> bool:
    return column.dims == first.dims and column.dtype == first.dtype and column.attrs == first.attrs


def _differs(feature: Feature, name: str) -> SchemaError:
    return SchemaError(
        f"feature {feature.name!r}: its column {name!r} is not the same at all issue times (name, dimensions, type and "
        "attributes); expected what it gives at the first of them; mend its compute"
    )
