"""What features share: the guard at their door, and the labelled array they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError, LeakageError
from hotspot.history import History
from hotspot.schema import CELL, ISSUE_TIME
from hotspot.windows import Duration, Times

COLUMN = "column"


def check_issue_times(history: History, issue_times: Times) -> Times:
    """Refuse issue times later than what the History knows.

    Parameters
    ----------
    history : History
        With or without a cutoff.
    issue_times : ndarray of datetime64, shape (n_issue_times,)
        Naive UTC.

    Returns
    -------
    ndarray of datetime64[us], shape (n_issue_times,)
        The same times.

    Raises
    ------
    LeakageError
        If one of them is later than the cutoff.
    """
    times = np.atleast_1d(np.asarray(issue_times)).astype("datetime64[us]")
    if history.cutoff is not None and times.size and times.max() > history.cutoff:
        raise LeakageError(
            f"feature at {times.max()}: this History knows nothing after {history.cutoff} UTC; "
            "start from one with a later cutoff, or leave out the later issue times"
        )
    return times


def check_durations(windows: str | Sequence[str], where: str) -> tuple[str, ...]:
    """Parse the lengths of past windows.

    Parameters
    ----------
    windows : str or sequence of str
        Durations.
    where : str
        Name used in the message.

    Returns
    -------
    tuple of str
        At least one, each once.

    Raises
    ------
    InputError
        If one is not a duration, or none is left.
    """
    given = (windows,) if isinstance(windows, str) else windows
    names = tuple(dict.fromkeys(str(Duration.parse(window)) for window in given))
    if not names:
        raise InputError(f"{where} windows: got none, expected at least one duration such as '28D'")
    return names


def in_months(lengths: Sequence[str]) -> bool:
    """Tell whether lengths depend on where in the calendar they lie: law 3 does not hold for what they measure.

    Parameters
    ----------
    lengths : sequence of str
        Durations.

    Returns
    -------
    bool
        Whether one of them counts calendar months.
    """
    return any(Duration.parse(length).unit == "M" for length in lengths)


def check_of(of: str | Sequence[str], where: str) -> str | tuple[str, ...]:
    """Bring a choice of incidents into one form.

    Parameters
    ----------
    of : "target", "all" or sequence of str
        Which incidents.
    where : str
        Name used in the message.

    Returns
    -------
    str or tuple of str
        "target", "all", or the names of categories, each once.

    Raises
    ------
    InputError
        If no category is named.
    """
    if of in ("target", "all"):
        return str(of)
    names = (of,) if isinstance(of, str) else tuple(dict.fromkeys(map(str, of)))
    if not names:
        raise InputError(f"{where} of: got no category, expected 'target', 'all' or at least one name")
    return names


def groups_of(of: str | tuple[str, ...]) -> dict[str, str | tuple[str, ...]]:
    """Say which incidents are counted together, by the end of the names of their columns.

    Parameters
    ----------
    of : "target", "all" or tuple of str
        From `check_of`.

    Returns
    -------
    dict
        What `History.ledger` takes, by suffix.
    """
    if isinstance(of, str):
        return {"" if of == "target" else f"_{of}": of}
    return {f"_{name}": (name,) for name in of}


def source_of(history: History, of: str | tuple[str, ...]) -> str:
    """Name the incidents that are counted.

    Parameters
    ----------
    history : History
        Gives the target.
    of : "target", "all" or tuple of str
        Which incidents.

    Returns
    -------
    str
        For the attribute `source`.
    """
    if of == "target":
        return f"incidents of {history.target_name}"
    return "incidents of " + ("all categories" if of == "all" else "+".join(of))


def cell_columns(
    history: History, times: Times, columns: Sequence[str], values: NDArray[np.floating[Any]], attrs: Mapping[str, Any]
) -> xr.DataArray:
    """Label values that vary over issue time and cell.

    Parameters
    ----------
    history : History
        Gives the cells.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    columns : sequence of str
        Names of the columns.
    values : ndarray of float32, shape (n_times, n_columns, n_cells)
        In the order of computing.
    attrs : mapping
        `units`, `source`, `vintage`; a list has one entry a column.

    Returns
    -------
    xarray.DataArray
        Dimensions (issue_time, cell, column), a view of the values.
    """
    coords = {ISSUE_TIME: times, CELL: history.domain.ids, COLUMN: list(columns)}
    array = xr.DataArray(values, dims=(ISSUE_TIME, COLUMN, CELL), coords=coords, attrs=dict(attrs))
    return array.transpose(ISSUE_TIME, CELL, COLUMN)
