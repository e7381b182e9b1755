from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hotspot.kernels.density import LOWEST, fast_exp, fill_buckets, gaussian_sum
from tests.reference import density as twin

metres = st.floats(-5000, 5000, allow_subnormal=False)


@st.composite
def clouds(draw):
    n = draw(st.integers(1, 40))
    x, y = (draw(hnp.arrays(float, n, elements=metres)) for _ in range(2))
    return x, y, draw(hnp.arrays(float, n, elements=st.floats(0, 10)))


@given(st.floats(LOWEST, 709))
def test_exponential_is_right_to_1e_13(x):
    assert fast_exp(x) == pytest.approx(np.exp(x), rel=1e-13)


def test_exponential_stays_above_zero_far_down():
    assert 0 < fast_exp(-1e6) < 1e-300
    assert fast_exp(0.0) == 1.0


@given(clouds(), clouds(), st.floats(1, 3000))
def test_sum_equals_its_twin(at, of, bandwidth):
    x, y, _ = at
    fast = gaussian_sum(x, y, fill_buckets(*of, bandwidth), bandwidth)
    np.testing.assert_allclose(fast, twin.gaussian_sum(x, y, *of, bandwidth), rtol=1e-12, atol=1e-300)


@given(clouds(), st.floats(1, 3000))
def test_buckets_lose_no_point(of, bandwidth):
    buckets = fill_buckets(*of, bandwidth)
    before, after = (sorted(zip(*columns, strict=True)) for columns in (of, buckets[:3]))
    assert before == after
    assert buckets.indptr[0] == 0
    assert buckets.indptr[-1] == of[0].size
    assert (np.diff(buckets.indptr) >= 0).all()


def test_what_reaches_there_reaches_back():
    # two passes with swapped roles must agree on which pairs are within the cut, or totals are lost
    rng = np.random.default_rng(5)
    x, y = np.round(rng.uniform(0, 4000, (2, 500)))  # whole metres: many pairs lie exactly on the cut
    u, v = np.round(rng.uniform(0, 4000, (2, 700)))
    there = gaussian_sum(u, v, fill_buckets(x, y, np.ones(500), 250.0), 250.0)
    back = gaussian_sum(x, y, fill_buckets(u, v, np.ones(700), 250.0), 250.0)
    assert there.sum() == pytest.approx(back.sum(), rel=1e-12)


def test_threads_change_no_bit():
    rng = np.random.default_rng(2)
    x, y, weight = rng.uniform(0, 5000, (3, 3000))
    buckets = fill_buckets(x, y, weight, 300.0)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = gaussian_sum(y, x, buckets, 300.0)
        numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
        two = gaussian_sum(y, x, buckets, 300.0)
    finally:
        numba.set_num_threads(threads)
    assert one.tobytes() == two.tobytes()
