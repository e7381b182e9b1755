"""Gaussian kernels summed over squares, against the exact integral of every kernel over every square."""

from __future__ import annotations

import numpy as np
import pytest
from KDEpy import FFTKDE
from scipy.special import ndtr
from sklearn.neighbors import KernelDensity

from benchmarks.speed.city import EAST, NORTH, SIDE, history
from benchmarks.speed.conftest import Peer
from hotspot.models.kde import spread

BANDWIDTH, SIZE, CELLS = 250.0, 250.0, 80
EDGES = np.arange(CELLS + 1) * SIZE
MIDDLES = EDGES[:-1] + SIZE / 2
INNER = slice(8, -8)  # peers do not correct at the edge: they are judged 2 km inside it


def exact(x, y):
    """The separable integral as one matrix product, each kernel divided by its mass inside the city."""
    across, up = (np.diff(ndtr((EDGES - at[:, None]) / BANDWIDTH), axis=1) for at in (x, y))
    return (across / across.sum(1, keepdims=True)).T @ (up / up.sum(1, keepdims=True))


def tree(x, y):
    at = np.stack(np.meshgrid(MIDDLES, MIDDLES, indexing="ij"), axis=-1).reshape(-1, 2)
    fitted = KernelDensity(bandwidth=BANDWIDTH, rtol=1e-4, atol=1e-13).fit(np.column_stack([x, y]))
    return np.exp(fitted.score_samples(at)).reshape(CELLS, CELLS) * x.size * SIZE**2


def fourier(x, y):
    padded = np.concatenate([MIDDLES[:1] - SIZE, MIDDLES, MIDDLES[-1:] + SIZE])  # must reach beyond every point
    at = np.stack(np.meshgrid(padded, padded, indexing="ij"), axis=-1).reshape(-1, 2)
    density = FFTKDE(bw=BANDWIDTH).fit(np.column_stack([x, y])).evaluate(at)
    return density.reshape(CELLS + 2, CELLS + 2)[1:-1, 1:-1] * x.size * SIZE**2


def off(found, right):
    return f"{np.abs(found - right).max() / right.max():.1e}"


@pytest.mark.parametrize("n", [10_000, 50_000])
def test_spread(race, n):
    past = history(n)
    events, domain = past.events(), past.domain
    x, y, weight = events.x - EAST, events.y - NORTH, np.ones(events.x.size)

    def ours():
        return spread(domain, events, weight, BANDWIDTH).reshape(CELLS, CELLS)

    right = exact(x, y)
    error = off(ours(), right)
    assert float(error) < 2e-3
    within = right[INNER, INNER]
    peers = [
        Peer("numpy and scipy, exact product", lambda: exact(x, y), "0"),
        Peer("KDEpy FFTKDE", lambda: fourier(x, y), off(fourier(x, y)[INNER, INNER], within)),
        Peer("scikit-learn, rtol 1e-4", lambda: tree(x, y), off(tree(x, y)[INNER, INNER], within)),
    ]
    on = f"{x.size:,} incidents, {CELLS**2:,} cells of {SIZE:.0f} m, bandwidth {BANDWIDTH:.0f} m, {SIDE / 1000:.0f} km"
    race("kde spread", on, ours, peers, error=error)
