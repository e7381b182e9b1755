"""Runs a piece at a time: those in a store may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from hotspot.schema import EXPECTED, ISSUE_TIME, check_forecast

PIECE_VALUES = 4_000_000


def pieces(runs: xr.Dataset) -> Iterator[tuple[slice, xr.Dataset]]:
    """Load runs a few issue times at a time.

    Parameters
    ----------
    runs : xarray.Dataset
        A forecast or runs, in memory or lazy.

    Yields
    ------
    where : slice
        Issue times.
    piece : xarray.Dataset
        Loaded and checked.

    Raises
    ------
    SchemaError
        If the runs break the schema.
    """
    if EXPECTED not in runs or ISSUE_TIME not in runs[EXPECTED].dims:
        check_forecast(runs)
    n = runs.sizes[ISSUE_TIME]
    step = max(1, PIECE_VALUES * n // max(1, runs[EXPECTED].size))
    for first in range(0, n, step):
        where = slice(first, min(first + step, n))
        yield where, check_forecast(runs.isel({ISSUE_TIME: where}).load(), "runs")
