from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hotspot.report.scale import COLOURS, OUTLINE, Scale, example

COUNTS = hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 50))


def lightness(colour: str) -> float:
    """L* of CIELAB."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126, 0.7152, 0.0722]
    return float(116 * np.cbrt(y) - 16) if y > 0.008856 else float(903.3 * y)


def deuteranope(colour: str) -> np.ndarray:
    """Linear RGB as seen without the green cones (Vienot, Brettel & Mollon 1999)."""
    rgb = (np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255) ** 2.2
    return np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]) @ rgb


def test_colours_run_evenly_from_light_to_dark() -> None:
    steps = np.diff([lightness(colour) for colour in COLOURS])
    assert (steps < -8).all()


def test_the_outline_stands_out_for_colour_blind_eyes() -> None:
    seen = [np.abs(deuteranope(OUTLINE) - deuteranope(colour)).max() for colour in COLOURS]
    assert min(seen) > 0.1


@given(COUNTS)
def test_classes_follow_the_counts(expected: np.ndarray) -> None:
    scale = Scale.of(expected)
    assert len(scale.colours) == len(scale.labels) == scale.edges.size + 1 <= len(COLOURS)
    assert len(set(scale.colours)) == len(scale.colours)
    classes = scale.classes(expected)
    order = np.argsort(expected, kind="stable")
    assert (np.diff(classes[order].astype(int)) >= 0).all()
    assert (classes[expected >= scale.edges[-1]] == scale.edges.size).all() if scale.edges.size else True


@given(COUNTS)
def test_lightest_and_darkest_class_are_used_where_counts_differ(expected: np.ndarray) -> None:
    scale = Scale.of(expected)
    assert set(scale.classes(np.array([expected.min(), expected.max()]))) == {0, scale.edges.size}


def test_equal_counts_make_one_class() -> None:
    scale = Scale.of(np.full(9, 0.25))
    assert scale.labels == ("0.25",)
    assert example(scale) == ""


def test_top_classes_hold_few_cells() -> None:
    expected = np.random.default_rng(3).lognormal(-5, 1.2, 10_000)
    share = np.bincount(Scale.of(expected).classes(expected)) / expected.size
    assert share.size == 7
    assert share[-1] == pytest.approx(0.01, abs=0.004)
    assert share[-3:].sum() == pytest.approx(0.1, abs=0.02)


def test_the_example_explains_the_unit() -> None:
    scale = Scale(np.array([0.02]), COLOURS[:2], ("below 0.02", "0.02 and more"))
    assert example(scale) == "0.02 means: about one incident in 50 such windows on average."
