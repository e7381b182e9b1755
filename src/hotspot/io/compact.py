"""Clean rows as Arrow holds them, for memory and for Parquet, and back as the table of Incidents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hotspot.io.arrow import buffers
from hotspot.io.identity import repeated, version_keys
from hotspot.kernels.keys import eight_bytes, shared_start

TIME = pa.timestamp("us")
TEXT, FEW = pa.dictionary(pa.int32(), pa.string()), pa.dictionary(pa.int8(), pa.string())
TYPES = {
    "id": pa.string(), "start": TIME, "end": TIME, "known_at": TIME, "superseded_at": TIME, "category": TEXT,
    "x": pa.float64(), "y": pa.float64(), "position_error": pa.float64(), "time_precision": FEW,
    "discovered": pa.bool_(), "source": TEXT,
}  # fmt: skip


def to_arrow(columns: Mapping[str, Any]) -> pa.RecordBatch:
    """Pack clean rows.

    Parameters
    ----------
    columns : mapping of str to column
        Ours.

    Returns
    -------
    pyarrow.RecordBatch
        Columns in the order and of the types of `TYPES`; what is optional may be missing.
    """
    names = [name for name in TYPES if name in columns]
    return pa.record_batch([_packed(columns[name], TYPES[name]) for name in names], names)


def _packed(column: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(column, pa.Array):
        return column.cast(kind)
    if isinstance(column, pd.Categorical):
        codes = pa.array(column.codes.astype(kind.index_type.to_pandas_dtype()), mask=column.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(column.categories, pa.string()))
    return pa.array(column, kind)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Unpack clean rows, sorted by known_at and id, with little more memory than they need.

    Parameters
    ----------
    table : pyarrow.Table
        Of the types of `TYPES`; the caller should let go of it.

    Returns
    -------
    DataFrame
        As Incidents holds it.
    """
    table = table.unify_dictionaries()
    packed = {name: table.column(name) for name in TYPES if name in table.column_names}
    del table
    order = _order(packed["known_at"], packed["id"])
    columns = {}
    for name in list(packed):
        columns[name] = _unpacked(packed.pop(name), order)  # one by one, so that never two of all are held
        pa.default_memory_pool().release_unused()
    return pd.DataFrame(columns, copy=False)


def single_versions(table: pd.DataFrame) -> bool:
    """Tell whether each id stands once.

    Parameters
    ----------
    table : DataFrame
        From `to_frame`.

    Returns
    -------
    bool
        True if surely so.
    """
    ids = pa.array(table["id"])
    ids = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    return not repeated(version_keys(ids, np.full(len(table), np.datetime64("NaT", "us")))).any()


def _order(known_at: pa.ChunkedArray, ids: pa.ChunkedArray) -> NDArray[np.int64] | None:
    """Order by known_at, missing ones last, then by id; None where rows are in it already."""
    known, start = known_at.to_numpy(), _starts(ids)
    order = np.lexsort((start, known))  # the first bytes of the ids tell nearly all of them apart
    same = (known[order[1:]].view(np.int64) == known[order[:-1]].view(np.int64)) & (
        start[order[1:]] == start[order[:-1]]
    )
    tied = np.zeros(len(order), bool)
    tied[1:] |= same
    tied[:-1] |= same
    if same.any():
        rows = order[tied]
        among = pa.table({"known": known_at.take(pa.array(rows)), "id": ids.take(pa.array(rows))})
        order[tied] = rows[pc.sort_indices(among, [("known", "ascending"), ("id", "ascending")]).to_numpy()]
    return None if (order[1:] > order[:-1]).all() else order


def _starts(ids: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Eight bytes of each id, behind those that all begin with."""
    chunks = [buffers(chunk) for chunk in ids.chunks if len(chunk)]
    if not chunks:
        return np.zeros(0, np.uint64)
    first = chunks[0].data[chunks[0].begins[0] : chunks[0].begins[1]]
    shared = len(first)
    for chunk in chunks:
        shared = shared_start(*chunk, first, shared)
    return np.concatenate([eight_bytes(*chunk, shared) for chunk in chunks])


def _unpacked(column: pa.ChunkedArray, order: NDArray[np.int64] | None) -> Any:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _categorical(column, order)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        whole = column.cast(pa.large_string()).combine_chunks()
        whole = whole if order is None else whole.take(pa.array(order))
        return pd.array(whole, dtype="str")
    if pa.types.is_boolean(kind):
        missing, values = column.is_null().to_numpy(), column.fill_null(False).to_numpy()
        flags = pd.arrays.BooleanArray(values.astype(bool), missing.astype(bool))
        return flags if order is None else flags[order]
    values = column.to_numpy()
    return values if order is None else values[order]


def _categorical(column: pa.ChunkedArray, order: NDArray[np.int64] | None) -> pd.Categorical[str]:
    """Sort the categories, and leave out those that no row has; the precisions keep their order."""
    whole = column.combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    names = whole.dictionary.to_pylist()
    used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(names)))
    kept = sorted(used, key=lambda code: names[code])
    new = np.full(len(names) + 1, -1, np.int32)
    new[kept] = np.arange(len(kept))
    codes = new[codes if order is None else codes[order]]
    return pd.Categorical.from_codes(codes, categories=pd.Index([names[code] for code in kept], dtype="str"))
