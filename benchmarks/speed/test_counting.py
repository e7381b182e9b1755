"""How many incidents in each cell and day?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.speed.city import DAY, DAYS, FIRST, draw, history
from benchmarks.speed.conftest import Peer

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


def test_as_of(race):
    past = history(N)
    moment = pd.Timestamp(FIRST + (DAYS - 100) * DAY)
    known = past.incidents.known_at
    last = np.datetime64(moment, "us")
    assert np.array_equal(past.as_of(moment).incidents.known_at, known[known <= last])
    limit = Peer("numpy mask and copy of x", lambda: past.incidents.x[known <= last])
    race("history.as_of", f"{known.size:,} incidents", lambda: past.as_of(moment), [limit])
