from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hotspot.kernels.recursion import excitation_sums
from hotspot.models._etas_em import Record
from tests.reference import recursion as twin


def fast(cell, moment, level, scale, omega):
    record = Record.of(cell, moment, np.ones(level.size), 100.0, 0.0)
    return np.array(excitation_sums(record.first, record.gap, level, scale, omega))


@st.composite
def worlds(draw):
    n, n_cells = draw(st.integers(0, 40)), draw(st.integers(1, 6))
    cell = draw(hnp.arrays(np.int64, n, elements=st.integers(0, n_cells - 1)))
    moment = draw(hnp.arrays(np.int64, n, elements=st.integers(0, 30))).astype(float)  # often equal
    level = draw(hnp.arrays(float, n_cells, elements=st.floats(1e-3, 10)))
    return cell, moment, level


@given(worlds(), st.floats(0, 5), st.floats(1e-3, 3))
def test_recursion_equals_the_sum_over_pairs(world, scale, omega):
    slow = twin.excitation_sums(*world, scale, omega)
    np.testing.assert_allclose(fast(*world, scale, omega), slow, rtol=1e-10, atol=1e-300)  # subnormals have few digits


def test_incidents_of_one_moment_never_trigger_each_other():
    moment = np.full(5, 3.0)
    sums = fast(np.zeros(5, np.int64), moment, np.array([0.5]), 2.0, 0.1)
    np.testing.assert_array_equal(sums[:, 0], [5.0, 0.0, 0.0, 5 * np.log(0.5)])


def test_far_apart_incidents_underflow_to_no_trigger():
    sums = fast(np.zeros(2, np.int64), np.array([0.0, 1e9]), np.array([0.5]), 2.0, 1.0)
    assert np.isfinite(sums).all()
    assert sums[1, 0] == 0
