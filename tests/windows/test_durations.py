from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.windows import Duration


@given(st.integers(1, 1_000_000), st.sampled_from("hDWM"))
def test_text_round_trips(count: int, unit: str) -> None:
    duration = Duration(count, unit)
    assert Duration.parse(str(duration)) == duration
    assert Duration.parse(duration) is duration


def test_zero_only_where_it_has_a_meaning() -> None:
    assert Duration.parse("0D", zero=True) == Duration(0, "D")
    for zero in ("0D", Duration(0, "D")):
        with pytest.raises(InputError, match="got zero"):
            Duration.parse(zero)


def test_nominal_seconds() -> None:
    assert Duration.parse("24h").seconds == Duration.parse("1D").seconds == 86400
    assert Duration.parse("2W").seconds == 14 * 86400
    assert Duration.parse("48M").seconds == (4 * 365 + 1) * 86400


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("7d", "7D"),
        ("8H", "8h"),
        ("2w", "2W"),
        ("6m", "6M"),
        (" 28 days", "28D"),
        ("7D\n", "7D"),
        ("1y", "12M"),
        ("2Q", "6M"),
    ],
)
def test_near_misses_get_a_hint(text: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"did you mean '{meant}'") as caught:
        Duration.parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["", "D", "7", "-1D", "1.5D", "1D12h", "15min", "٣D", 7, None])
def test_rubbish_is_named_with_what_is_allowed(text: str) -> None:
    with pytest.raises(InputError, match=r"h \(hours\), D \(days\), W \(weeks\), M \(calendar months\)") as caught:
        Duration.parse(text)
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("count", [-1, 1.0, True, "1", 1_000_001])
def test_counts_are_whole_and_bounded(count: int) -> None:
    with pytest.raises(InputError, match="Duration count"):
        Duration(count, "D")


def test_unknown_unit() -> None:
    with pytest.raises(InputError, match="Duration unit: got 'd', expected one of h, D, W, M"):
        Duration(1, "d")
