"""How many incidents in each cell and day?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from benchmarks.speed.city import DAY, DAYS, FIRST, domain, draw, history
from benchmarks.speed.conftest import Peer
from hotspot.kernels.counting import count_sparse
from hotspot.windows import Windows

N = 1_000_000


def test_mass(race):
    past, drawn = history(N), draw(N)
    cells, cell = past.domain.n_cells, past.domain.locate(drawn.x, drawn.y)
    day = drawn.day.astype(np.int64)
    start = FIRST + np.arange(DAYS) * DAY

    def ours():
        return past.mass(start, start + DAY)

    def bincount():
        return np.bincount(day * cells + cell, minlength=DAYS * cells).reshape(DAYS, cells)

    def grouped():
        table = pd.DataFrame({"day": day, "cell": cell}).groupby(["day", "cell"]).size().unstack(fill_value=0)
        return table.reindex(index=range(DAYS), columns=range(cells), fill_value=0).to_numpy()

    counted = ours()
    assert np.array_equal(counted, bincount())
    assert np.array_equal(counted, grouped())
    peers = [Peer("numpy bincount", bincount), Peer("pandas groupby and unstack", grouped)]
    race("history.mass", f"{cell.size:,} incidents, {DAYS:,} days x {cells:,} cells", ours, peers)


def test_sparse(race):
    """Ten million incidents into a table of which most is empty; they lie in the order of time, as in a ledger."""
    rng, n, cells = np.random.default_rng(10), 10 * N, domain().n_cells
    day = np.sort(rng.integers(0, DAYS, n))
    cell = (cells * rng.random(n) ** 4).astype(np.int64)  # a quarter of the cells has seven tenths of them
    narrow, edges = cell.astype(np.int32), np.arange(DAYS + 1)

    def ours():
        first = np.searchsorted(day, edges)
        return count_sparse(first[:-1], first[1:], narrow, cells)

    def bincount():
        return np.bincount(day * cells + cell, minlength=DAYS * cells)

    def grouped():
        return pd.DataFrame({"day": day, "cell": cell}).groupby(["day", "cell"]).size()

    indptr, indices, data = ours()
    dense = csr_array((data, indices, indptr), shape=(DAYS, cells)).toarray().ravel()
    assert np.array_equal(dense, bincount())
    assert np.array_equal(grouped().to_numpy(), data)
    peers = [Peer("numpy bincount, dense", bincount), Peer("pandas groupby", grouped)]
    race("sparse counts, kernel", f"{n:,} incidents, {DAYS:,} days x {cells:,} cells", ours, peers)


def test_sparse_counts_of_a_history(race):
    past = history(N).as_of(FIRST + DAYS * DAY)
    day = Windows("1D")
    table = past.incidents.table
    when = (table["start"].to_numpy() - FIRST) // DAY
    cell = table["cell"].to_numpy()

    def ours():
        return past.as_of(past.cutoff).sparse_counts(day).counts  # nothing is remembered

    def grouped():
        return pd.DataFrame({"day": when, "cell": cell}).groupby(["day", "cell"]).size()

    assert np.array_equal(ours().toarray(), past.counts(day).values)
    assert np.array_equal(ours().data, grouped().to_numpy())
    peers = [
        Peer("history.counts, dense", lambda: past.as_of(past.cutoff).counts(day)),
        Peer("pandas groupby", grouped),
    ]
    race(
        "history.sparse_counts", f"{cell.size:,} incidents, {DAYS:,} days x {past.domain.n_cells:,} cells", ours, peers
    )


def test_as_of(race):
    past = history(N)
    moment = pd.Timestamp(FIRST + (DAYS - 100) * DAY)
    known = past.incidents.known_at
    last = np.datetime64(moment, "us")
    assert np.array_equal(past.as_of(moment).incidents.known_at, known[known <= last])
    limit = Peer("numpy mask and copy of x", lambda: past.incidents.x[known <= last])
    race("history.as_of", f"{known.size:,} incidents", lambda: past.as_of(moment), [limit])
