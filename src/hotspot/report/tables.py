"""Small tables as people read them: an estimate with its interval in one column."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import NamedTuple

import pandas as pd

from hotspot.report.words import plain

UNKNOWN = "n/a"


class Table(NamedTuple):
    """A table of text.

    Attributes
    ----------
    header : list of str
        Names of the columns.
    rows : list of list of str
        Cells; the first one of a row names it.
    """

    header: list[str]
    rows: list[list[str]]


def readable(frame: pd.DataFrame) -> Table:
    r"""Turn a table into text.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `a`, `a_low`, `a_high` become one, with the interval in brackets. A named index comes first.

    Returns
    -------
    Table
        Underscores in names are shown as spaces, numbers with three significant digits.

    Examples
    --------
    >>> readable(pd.DataFrame({"model": ["kde"], "hit_rate": [0.1234], "hit_rate_low": [0.1], "hit_rate_high": [0.15]}))
    Table(header=['model', 'hit rate'], rows=[['kde', '0.123 (0.100\xa0to\xa00.150)']])
    """
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    names = [str(name) for name in frame.columns]
    frame = frame.set_axis(names, axis=1)
    bounded = {name for name in names if {f"{name}_low", f"{name}_high"} <= set(names)}
    bounds = {f"{name}_{side}" for name in bounded for side in ("low", "high")}
    shown = [name for name in names if name not in bounds]
    rows = [[_cell(row, name, name in bounded) for name in shown] for row in frame.to_dict("records")]
    return Table([name.replace("_", " ") for name in shown], rows)


def _cell(row: Mapping[Hashable, object], name: str, bounded: bool) -> str:
    text = _text(row[name])
    low, high = (_text(row[f"{name}_{side}"]) for side in ("low", "high")) if bounded else (UNKNOWN, UNKNOWN)
    return text if UNKNOWN in (low, high) else f"{text} ({low}\u00a0to\u00a0{high})"


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int)):
        return f"{value:,}" if not isinstance(value, bool) else ("yes" if value else "no")
    if isinstance(value, float):
        return UNKNOWN if math.isnan(value) else _number(value)
    return str(value)


def _number(value: float) -> str:
    """Three significant digits (two below 0.1), zeros at the end kept, so that a column reads evenly."""
    if not 1e-4 <= abs(value) < 999.5:
        return plain(value, 3)
    return f"{value:#.{3 if abs(value) >= 0.1 else 2}g}".rstrip(".")
