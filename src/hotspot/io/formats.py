"""Times in forms that a source declares: patterns of `datetime.strptime`, and clocks beside dates."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import ConfigError
from hotspot.kernels import text as kernel
from hotspot.windows import Times

NAT = np.datetime64("NaT", "us")
MINUTE = np.timedelta64(60_000_000, "us")
OFFSET = r"(Z|[+-]\d{2}(?::?\d{2})?)"
STEPS = {
    "Y": kernel.YEAR, "m": kernel.MONTH, "d": kernel.DAY, "H": kernel.HOUR, "I": kernel.HOUR12, "M": kernel.MINUTE,
    "S": kernel.SECOND, "p": kernel.HALF,
}  # fmt: skip
CLOCK_LETTERS, DAY_LETTERS = "HIcXr", "djaAuwcxD"


def has_clock(pattern: str) -> bool:
    """Tell whether a pattern says a time of day.

    Parameters
    ----------
    pattern : str
        Of `datetime.strptime`.

    Returns
    -------
    bool
        False for a date alone.
    """
    return any(f"%{letter}" in pattern for letter in CLOCK_LETTERS)


def has_day(pattern: str) -> bool:
    """Tell whether a pattern says a day, and not only a month.

    Parameters
    ----------
    pattern : str
        Of `datetime.strptime`.

    Returns
    -------
    bool
        False for ``%Y-%m``.
    """
    return any(f"%{letter}" in pattern for letter in DAY_LETTERS)


def steps_of(pattern: str) -> NDArray[np.int64] | None:
    """Make of a pattern what the kernel follows.

    Parameters
    ----------
    pattern : str
        Of `datetime.strptime`.

    Returns
    -------
    ndarray of int64, or None
        None where the kernel cannot be sure to read as strptime does: names of months, numbers without anything
        between them.
    """
    parts = re.findall(r"%.|\s+|.", pattern, re.DOTALL)
    steps: list[int] = []
    for part in parts:
        if part[0] == "%":
            step = STEPS.get(part[1:])
            if step is None or (steps and kernel.YEAR < steps[-1] < kernel.HALF):
                return None  # one or two digits, and then more: where do the first end?
            steps.append(step)
        elif part.isspace():
            steps.append(kernel.BLANKS)
        elif part.isascii() and not part.isdigit():
            steps.append(ord(part))
        else:
            return None
    complete = kernel.YEAR in steps and kernel.MONTH in steps and (kernel.HALF in steps) == (kernel.HOUR12 in steps)
    once = len(set(steps) & set(STEPS.values())) == sum(step > 255 and step != kernel.BLANKS for step in steps)
    both = kernel.HOUR in steps and kernel.HOUR12 in steps
    return np.array(steps, np.int64) if complete and once and not both else None


def strptime_many(texts: pd.Series, pattern: str, where: str) -> tuple[Times, NDArray[np.timedelta64]]:
    """Read distinct texts by a pattern.

    Parameters
    ----------
    texts : Series of str, shape (n,)
        Without blanks at the ends.
    pattern : str
        Of `datetime.strptime`; an offset is read where it ends in ``%z``.
    where : str
        For the message.

    Returns
    -------
    wall : ndarray of datetime64[us], shape (n,)
        As written; NaT where the text does not follow the pattern.
    offset : ndarray of timedelta64[us], shape (n,)
        NaT where there is none.

    Raises
    ------
    ConfigError
        If the pattern is none.
    """
    offset: NDArray[np.timedelta64] = np.full(len(texts), np.timedelta64("NaT", "us"))
    head = pattern.removesuffix("%z")
    if head != pattern:
        split = texts.str.extract(rf"\A(.*?)\s*{OFFSET}\Z")
        texts, offset, head = split[0], offsets_of(split[1]), head.rstrip()
    try:
        wall = pd.to_datetime(texts, format=head, errors="coerce", exact=True)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{where}: {pattern!r} is no pattern ({error}); expected such as '%m/%d/%Y'") from error
    return wall.to_numpy().astype("datetime64[us]"), offset


def offsets_of(texts: pd.Series) -> NDArray[np.timedelta64]:
    """Turn ``Z``, ``+01:00``, ``-0500`` or ``+00`` into offsets.

    Parameters
    ----------
    texts : Series of str, shape (n,)
        Missing where there is none.

    Returns
    -------
    ndarray of timedelta64[us], shape (n,)
        NaT where there is none.
    """
    digits = texts.str.replace("Z", "+0000").str.replace(":", "").str.ljust(5, "0")
    sign = np.where(digits.str.startswith("-", na=False), -1.0, 1.0)
    minutes = sign * (60 * digits.str[1:3].astype(float) + digits.str[3:5].astype(float)).to_numpy()
    known = np.where(np.isnan(minutes), 0, minutes).astype("timedelta64[m]").astype("timedelta64[us]")
    return np.where(np.isnan(minutes), np.timedelta64("NaT", "us"), known)


def clock_times(texts: pd.Series, patterns: tuple[str, ...]) -> NDArray[np.timedelta64]:
    """Read distinct times of day.

    Parameters
    ----------
    texts : Series of str, shape (n,)
        Such as ``13:05:00``, ``1305``, ``905`` or ``5`` (zeros in front may be lost where a pattern has nothing
        between its numbers). ``24:00`` is the midnight that ends the day.
    patterns : tuple of str
        Of `datetime.strptime`, tried in turn; ``%H:%M:%S`` and ``%H:%M`` are always tried.

    Returns
    -------
    ndarray of timedelta64[us], shape (n,)
        Since the midnight that begins the day; NaT where the text follows no pattern.
    """
    plain = texts.str.strip().str.replace(r"(?<=\d)\.0+\Z", "", regex=True)
    clock = np.full(len(texts), np.timedelta64("NaT", "us"))
    for pattern in (*patterns, "%H:%M:%S", "%H:%M"):
        tried, digits = plain, {"%H%M": 4, "%H%M%S": 6, "%H": 2}.get(pattern)
        if digits is not None:
            whole = tried.str.fullmatch(rf"\d{{1,{digits}}}", na=False)
            tried = tried.where(whole).str.zfill(digits)
        midnight = tried.str.fullmatch(r"24(:?00){0,2}", na=False).to_numpy(dtype=bool)
        read = pd.to_datetime(tried, format=pattern, errors="coerce", exact=True).to_numpy().astype("datetime64[us]")
        found = read - read.astype("datetime64[D]")
        found = np.where(midnight, np.timedelta64(1, "D"), found)
        clock = np.where(np.isnat(clock), found, clock)
    return clock
