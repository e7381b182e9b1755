"""Incidents as the rows of a store: Arrow batches, each row with a hash of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.incidents import Incidents
from hotspot.io.endings import lost_versions
from hotspot.io.identity import row_hashes, version_keys
from hotspot.io.store.tables import CONTENT, LOST, NOTHING, STAGE
from hotspot.schema import TIME_DTYPE

BATCH = 131_072


def content_of(table: pd.DataFrame) -> NDArray[np.int64]:
    """Hash what a version says of its incident, times of knowing left out.

    Parameters
    ----------
    table : DataFrame
        Of Incidents; optional columns may be missing, which is the same as empty.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Never the hash of a deletion.
    """
    columns = [table[name] if name in table else pd.Series([None] * len(table), dtype=object) for name in CONTENT]
    hashes = row_hashes(columns).view(np.int64)
    return np.where(hashes == NOTHING, np.int64(1), hashes)


def staged(incidents: Incidents) -> pa.RecordBatchReader:
    """Give the rows of Incidents batch by batch, so that memory stays bounded.

    Parameters
    ----------
    incidents : Incidents
        To be written.

    Returns
    -------
    pyarrow.RecordBatchReader
        Columns of `STAGE`.

    Raises
    ------
    InputError
        If a text cannot be written as UTF-8, or `discovered` is neither true, false nor missing.
    """
    return pa.RecordBatchReader.from_batches(STAGE, _batches(incidents.table))


def lost(incidents: Incidents) -> pa.Table:
    """Give the versions set aside that came before any of their id that is kept, so that only the store can end.

    Parameters
    ----------
    incidents : Incidents
        To be written.

    Returns
    -------
    pyarrow.Table
        Columns of `LOST`. A version without a date is left out where its id is kept as well.
    """
    versions = lost_versions(incidents.quality.aside)
    kept = incidents.table.loc[incidents.table["id"].isin(versions["id"]), ["id", "known_at"]]
    first = versions[["id"]].merge(kept.groupby("id")["known_at"].min(), how="left", left_on="id", right_index=True)
    there = versions["id"].isin(kept["id"]).to_numpy()
    alone = versions[~there | (versions["known_at"].to_numpy() < first["known_at"].to_numpy())]
    return pa.table([_array(alone, column) for column in LOST], schema=LOST)


def _batches(table: pd.DataFrame) -> Iterator[pa.RecordBatch]:
    for begin in range(0, len(table), BATCH):
        part = table.iloc[begin : begin + BATCH]
        arrays = [pa.array(content_of(part)) if f.name == "content" else _array(part, f) for f in STAGE]
        yield pa.record_batch(arrays, schema=STAGE)


def _array(part: pd.DataFrame, column: pa.Field) -> pa.Array:
    if column.name not in part:
        return pa.nulls(len(part), column.type)
    values = part[column.name]
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    try:
        return _whole(values, column.type)
    except (pa.ArrowException, UnicodeError, TypeError):  # whose text quotes the value
        raise InputError(
            f"store: column {column.name!r} cannot be written as {column.type}; expected such values, or none"
        ) from None


def _whole(values: pd.Series, kind: pa.DataType) -> pa.Array:
    """Make one array of a column, which may lie in pieces."""
    array = pa.array(values, type=kind, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def content_digest(incidents: Incidents, until: np.datetime64 | None = None) -> str:
    """Hash what was known at a moment, whatever was stored later.

    Parameters
    ----------
    incidents : Incidents
        From `read_store` or a file.
    until : numpy.datetime64, optional
        Naive UTC. Versions known later, and that a version ended later, take no part; one of unknown date counts from
        its end. Default: all.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits; the order of rows means nothing.
    """
    table = incidents.table
    superseded = table["superseded_at"].to_numpy()
    if until is not None:
        known = table["known_at"].fillna(table["end"]).to_numpy()
        table, superseded = table[known <= until], superseded[known <= until]
        superseded = np.where(superseded > until, np.datetime64("NaT", "us"), superseded)
    named = version_keys(_whole(table["id"], pa.large_string()), table["known_at"].to_numpy())
    keys = row_hashes(pd.Series(part.view(TIME_DTYPE)) for part in (named, superseded, content_of(table)))
    digest = hashlib.sha256(incidents.crs.encode())
    digest.update(np.sort(keys).astype("<u8").tobytes())
    return digest.hexdigest()
