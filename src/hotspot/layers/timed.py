"""Layers whose rows have times: when they were known, and what all of them check alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import ColumnError, InputError, nearest
from hotspot.layers.base import EVER, Layer
from hotspot.layers.mend import counted
from hotspot.windows import Times

KNOWN_AT = "known_at"
TIME = "datetime64[us]"
NAT = np.datetime64("NaT", "us")


@dataclass(frozen=True, eq=False)
class Timed(Layer):
    """A layer whose rows say when they were known.

    A row with a ``known_at`` is used from that moment on; one without from the vintage on; and where there is none
    either, always, which is declared as a leakage risk. Before its vintage nothing of a layer is used.
    """

    @property
    def table(self) -> pd.DataFrame:
        """The rows."""
        table: pd.DataFrame = self.frame  # type: ignore[attr-defined]
        return table

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.table)

    @property
    def is_dated(self) -> bool:
        """Whether something says from when on each row was known; else it may know the future."""
        return self.vintage is not None or not np.isnat(self.known_at).any()

    @cached_property
    def known_at(self) -> Times:
        """When each row was known, naive UTC, shape (n,); NaT where nothing says so."""
        return np.asarray(self.table[KNOWN_AT].to_numpy(TIME))

    @cached_property
    def known_from(self) -> Times:
        """From when on each row may be used, naive UTC, shape (n,); never NaT."""
        vintage = EVER if self.vintage is None else np.datetime64(str(self.vintage), "us")
        return np.maximum(np.where(np.isnat(self.known_at), EVER, self.known_at), vintage)

    def _content(self) -> Iterator[bytes]:
        yield from table_bytes(self.table)

    def _note_undated(self, where: str) -> None:
        """Say how many rows nothing dates."""
        if not self.is_dated:
            rows = int(np.isnat(self.known_at).sum())
            self._note(*counted(where, rows, "without known_at, and no vintage: they count as known at all times"))


def table_bytes(table: pd.DataFrame) -> Iterator[bytes]:
    """Write a table for a fingerprint.

    Parameters
    ----------
    table : DataFrame
        Times, numbers and text.

    Yields
    ------
    bytes
        Names and values.
    """
    for name in table.columns:
        yield f"|{name}|".encode()
        values = table[name].to_numpy()
        if values.dtype.kind in "mMiufb":
            yield np.ascontiguousarray(values).tobytes()
        else:
            yield "\x1f".join(map(str, values)).encode()


def utc_times(frame: pd.DataFrame, column: str, where: str, *, needed: bool = False) -> Times:
    """Take a column of times.

    Parameters
    ----------
    frame : DataFrame
        Of a layer.
    column : str
        Its name.
    where : str
        The layer, for messages.
    needed : bool
        Whether it must be there.

    Returns
    -------
    ndarray of datetime64[us], shape (n,)
        Naive UTC; NaT where missing, or the column is.

    Raises
    ------
    ColumnError
        If a needed column is not there.
    InputError
        If it holds something else.
    """
    if column not in frame.columns:
        if needed:
            raise ColumnError(f"{where}: no column {column!r}; {nearest(column, map(str, frame.columns))}")
        return np.full(len(frame), NAT)
    values = frame[column]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    if values.dtype.kind == "M":
        return np.asarray(values.to_numpy(TIME))
    if values.isna().all():
        return np.full(len(frame), NAT)
    raise InputError(
        f"{where}: column {column!r} holds {values.dtype}; expected naive UTC datetime64; a hotspot.read_... function "
        "turns text into that, or use pandas.to_datetime"
    )


def numbers(values: pd.Series) -> tuple[NDArray[np.float64], int]:
    """Read numbers.

    Parameters
    ----------
    values : Series, shape (n,)
        Numbers or text.

    Returns
    -------
    values : ndarray, shape (n,)
        NaN where there is none.
    wrong : int
        How many hold something else than a finite number.
    """
    found = np.asarray(pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan))
    there = values.notna().to_numpy(copy=True)
    if values.dtype.kind not in "iufb":
        there &= (values.astype(str).str.strip() != "").to_numpy(dtype=bool, na_value=False)
    finite = np.isfinite(found)
    return np.where(finite, found, np.nan), int((there & ~finite).sum())


def text(values: pd.Series) -> pd.Series:
    """Write a column as text; missing stays missing.

    Parameters
    ----------
    values : Series
        Of any type.

    Returns
    -------
    Series
        Text, None where missing.
    """
    return values.astype(str).where(values.notna(), None).astype(object)
