"""The sparse table against a dense one."""

from __future__ import annotations

import numba
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from hotspot.kernels.counting import count_sparse


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 400), cells=st.sampled_from([1, 7, 90, 5000]))
def test_sparse_equals_dense(seed: int, n: int, cells: int) -> None:
    rng = np.random.default_rng(seed)
    edges = np.sort(rng.integers(0, n + 1, 41))
    first, last = edges[:-1], edges[1:].copy()
    last[::5] = np.minimum(last[::5] + 9, n)  # some overlap the next
    cell = (cells * rng.random(n) ** 4).astype(np.int32)
    indptr, indices, data = count_sparse(first, last, cell, cells)
    dense = np.array([np.bincount(cell[a:b], minlength=cells) for a, b in zip(first, last, strict=True)])
    np.testing.assert_array_equal(csr_array((data, indices, indptr), shape=(first.size, cells)).toarray(), dense)
    assert (data > 0).all()
    rows = np.repeat(np.arange(first.size), np.diff(indptr))
    assert (np.diff(rows.astype(np.int64) * cells + indices) > 0).all()  # sorted, each once


def test_threads_change_nothing() -> None:
    cell = np.random.default_rng(0).integers(0, 300, 20_000).astype(np.int32)
    edges = np.arange(0, 20_001, 10)
    whole = count_sparse(edges[:-1], edges[1:], cell, 300)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    single = count_sparse(edges[:-1], edges[1:], cell, 300)
    numba.set_num_threads(before)
    for one, other in zip(whole, single, strict=True):
        np.testing.assert_array_equal(one, other)
