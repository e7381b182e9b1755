"""Durations ``<n>h|D|W|M``: parsed here, because pandas reads "M" as minutes and refuses civil days."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hotspot.errors import InputError

_SECONDS = {"h": 3600.0, "D": 86400.0, "W": 604800.0, "M": 30.4375 * 86400.0}
_LARGEST_COUNT = 1_000_000
_NEAR_MISS = re.compile(
    r"\s*([0-9]{1,5})\s*(h|d|w|m|q|y|hours?|hrs?|days?|weeks?|months?|quarters?|years?)\s*", re.IGNORECASE
)
_MEANT = {"h": (1, "h"), "d": (1, "D"), "w": (1, "W"), "m": (1, "M"), "q": (3, "M"), "y": (12, "M")}


def is_whole(value: object, least: int) -> bool:
    """Tell whether a value is an int (no bool) of at least `least`."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


@dataclass(frozen=True)
class Duration:
    """A length of civil time.

    Parameters
    ----------
    count : int
        How many units, 0 to 1 000 000. `parse` refuses 0 unless told otherwise.
    unit : {"h", "D", "W", "M"}
        Elapsed hours, or civil days, weeks or calendar months.

    Raises
    ------
    InputError
        If the count or the unit is not one of these.

    Examples
    --------
    >>> Duration.parse("28D")
    Duration(count=28, unit='D')
    >>> str(Duration(28, "D"))
    '28D'
    """

    count: int
    unit: str

    def __post_init__(self) -> None:
        if not is_whole(self.count, 0) or self.count > _LARGEST_COUNT:
            raise InputError(f"Duration count: got {self.count!r}, expected an integer, 0 to {_LARGEST_COUNT}")
        if self.unit not in _SECONDS:
            raise InputError(f"Duration unit: got {self.unit!r}, expected one of {', '.join(_SECONDS)}")

    @classmethod
    def parse(cls, text: str | Duration, *, zero: bool = False) -> Duration:
        """Read ``<n>h|D|W|M``; a Duration passes through.

        Parameters
        ----------
        text : str or Duration
            Such as ``"8h"``, ``"28D"``, ``"1W"``, ``"6M"``.
        zero : bool
            Whether ``"0D"`` is allowed (a latency may be zero, a period may not).

        Returns
        -------
        Duration
            The parsed text.

        Raises
        ------
        InputError
            If the text is not a duration, or is zero where that has no meaning.
        """
        duration = text if isinstance(text, Duration) else _read(text)
        if duration.count == 0 and not zero:
            raise InputError(f"duration {str(text)!r}: got zero, expected at least 1, such as '1D'")
        return duration

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def seconds(self) -> float:
        """Nominal length [s]: a day has 24 h and a month 30.4375 days. For weights, not for calendars."""
        return self.count * _SECONDS[self.unit]


def _read(text: object) -> Duration:
    match = re.fullmatch(r"([0-9]{1,9})([hDWM])", text) if isinstance(text, str) else None
    if match is None:
        raise InputError(
            f"duration {text!r}: expected a whole number and one of h (hours), D (days), W (weeks), "
            f"M (calendar months), such as '8h' or '28D'{_hint(text)}"
        )
    return Duration(int(match[1]), match[2])


def _hint(text: object) -> str:
    match = _NEAR_MISS.fullmatch(str(text))
    if match is None:
        return ""
    factor, unit = _MEANT[match[2][0].lower()]
    return f"; did you mean '{int(match[1]) * factor}{unit}'?"
