"""Which columns hold coordinates, and in which CRS they may be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.io.guess.names import name_score
from hotspot.io.personal import safe_name

PAIR = re.compile(r"\(?\s*(-?\d{1,3}\.\d+)\s*,\s*(-?\d{1,3}\.\d+)\s*\)?")
WELL_KNOWN_TEXT = re.compile(r"POINT\s*\(\s*-?\d+(?:\.\d+)?\s+-?\d+(?:\.\d+)?\s*\)", re.IGNORECASE)
SHARE = 0.5  # of rows with a number; many publications leave out half
DEGREES = "EPSG:4326"

# west, south, east, north in the units of the CRS, of the country or city that uses it
GRIDS = {
    "EPSG:28992": ("the Dutch national grid", (7000.0, 289000.0, 300000.0, 629000.0)),
    "EPSG:31370": ("the Belgian Lambert 72 grid", (14000.0, 20000.0, 297000.0, 245000.0)),
    "EPSG:2154": ("the French Lambert-93 grid", (100000.0, 6000000.0, 1250000.0, 7150000.0)),
    "EPSG:2056": ("the Swiss LV95 grid", (2480000.0, 1070000.0, 2840000.0, 1300000.0)),
    "EPSG:27700": ("the British national grid", (0.0, 0.0, 700000.0, 1300000.0)),
    "EPSG:25832": ("UTM zone 32 N (Germany, Denmark)", (280000.0, 5200000.0, 920000.0, 6150000.0)),
    "EPSG:25830": ("UTM zone 30 N (Spain)", (166000.0, 3980000.0, 1050000.0, 4860000.0)),
    "EPSG:3857": ("Web Mercator (towns of North America)", (-19000000.0, 2000000.0, -5500000.0, 11000000.0)),
}


@dataclass(frozen=True)
class PlaceGuess:
    """Where the coordinates are.

    Parameters
    ----------
    x, y : str, optional
        Names of the columns.
    point : str, optional
        Name of a text column that holds both, latitude first.
    crs : str, optional
        Where it can be reasoned.
    why, unsure : tuple of str
        Reasons, and what cannot be known; no values.
    middle : tuple of float, optional
        Longitude and latitude [degrees] of the middle of the sample, to reason about the time zone.
    """

    x: str | None = None
    y: str | None = None
    point: str | None = None
    crs: str | None = None
    why: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    middle: tuple[float, float] | None = None


def guess_place(sample: pd.DataFrame, columns: Sequence[str]) -> PlaceGuess:
    """Find the coordinates of a table without geometry.

    Parameters
    ----------
    sample : DataFrame
        Rows of it.
    columns : sequence of str
        Those that may be looked at.

    Returns
    -------
    PlaceGuess
        Degrees before projected coordinates, where both are there; nothing where there is no pair of numbers.
    """
    numbers = {name: numeric(sample[name]) for name in columns}
    numbers = {name: values for name, values in numbers.items() if np.isfinite(values).mean() >= SHARE}
    pairs = [
        (degrees, score_x + score_y, x, y)
        for x in numbers
        for y in numbers
        if x != y and (score_x := name_score(x, "x")) > 0 and (score_y := name_score(y, "y")) > 0
        if (degrees := _in_degrees(numbers[x], numbers[y])) is not None
    ]
    if not pairs:
        return _in_one_column(sample, columns)
    # the widest names win, degrees first; the order of the columns breaks ties
    degrees, _, x, y = max(pairs, key=lambda pair: (pair[0], pair[1]))
    why = (f"{safe_name(x)} and {safe_name(y)} are numbers and named as coordinates",)
    if degrees:
        return _degrees(x, y, numbers[x], numbers[y], why)
    return _projected(x, y, numbers[x], numbers[y], why)


def numeric(values: pd.Series) -> NDArray[np.float64]:
    """Read numbers; a decimal comma is read too.

    Parameters
    ----------
    values : Series, shape (n,)
        Numbers or texts.

    Returns
    -------
    ndarray, shape (n,)
        NaN where there is none.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return np.full(len(values), np.nan)
    if not pd.api.types.is_numeric_dtype(values.dtype):
        values = values.astype("str").str.strip().str.replace(r"\A(-?\d+),(\d+)\Z", r"\1.\2", regex=True)
    return np.asarray(pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan))


def _used(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    nowhere = ((x == 0) & (y == 0)) | ((x == -1) & (y == -1))
    return np.asarray(np.isfinite(x) & np.isfinite(y) & ~nowhere)


def _in_degrees(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool | None:
    """Tell degrees from metres and feet; None where the numbers are neither."""
    use = _used(x, y)
    if not use.any():
        return None
    x, y = x[use], y[use]
    small = (np.abs(x) <= 180) & (np.abs(y) <= 180)
    if small.mean() >= 0.98:
        return bool((x != np.round(x)).mean() > 0.5) or None
    return False if (np.abs(x) > 1000).mean() >= 0.9 and (np.abs(y) > 1000).mean() >= 0.9 else None


def _degrees(x: str, y: str, east: NDArray[np.float64], north: NDArray[np.float64], why: tuple[str, ...]) -> PlaceGuess:
    use = _used(east, north)
    east, north = east[use], north[use]
    if np.median(np.abs(north)) > 90 or (np.abs(north) > 90).mean() > 0.5:
        x, y, east, north = y, x, north, east
        why = (*why, "latitudes above 90 do not exist, so the names stand the wrong way round: exchanged")
    why = (*why, "between -180 and 180 with decimals, so degrees; WGS 84 is usual, others differ by metres")
    middle = (float(np.median(east)), float(np.median(north)))
    return PlaceGuess(x, y, None, DEGREES, why, (), middle)


def _projected(
    x: str, y: str, east: NDArray[np.float64], north: NDArray[np.float64], why: tuple[str, ...]
) -> PlaceGuess:
    use = _used(east, north)
    span = [*np.quantile(east[use], [0.01, 0.99]), *np.quantile(north[use], [0.01, 0.99])]
    fits = [
        f"{code} ({what})"
        for code, (what, (west, south, right, top)) in GRIDS.items()
        if west <= span[0] and span[1] <= right and south <= span[2] and span[3] <= top
    ]
    if span[0] >= 166000 and span[1] <= 834000 and span[2] >= 0 and span[3] <= 9400000:
        fits.append("UTM in metres, whose zone the numbers do not tell")
    if span[0] >= 100000 and span[1] <= 9000000 and span[2] >= 0 and span[3] <= 7500000:
        whole = bool((east[use] == np.round(east[use])).all())
        fits.append(
            "a US state plane zone in feet or metres" + (" (whole numbers, as feet often are)" if whole else "")
        )
    why = (*why, "too large for degrees, so projected")
    unsure = (
        f"the CRS cannot be known from numbers alone; their range fits {'; '.join(fits) or 'no system known here'}; "
        "take the one that the publisher states",
    )
    return PlaceGuess(x, y, None, None, why, unsure)


def _in_one_column(sample: pd.DataFrame, columns: Sequence[str]) -> PlaceGuess:
    """Find a text column that holds both coordinates."""
    for name in columns:
        texts = sample[name].dropna().astype("str").str.strip()
        if texts.empty:
            continue
        parts = texts.str.extract(re.compile(rf"\A{PAIR.pattern}\Z")).dropna().astype(float)
        if len(parts) >= SHARE * len(texts):
            why = (f"{safe_name(name)} holds pairs of numbers in degrees, latitude first",)
            middle = (float(parts[1].median()), float(parts[0].median()))
            return PlaceGuess(None, None, name, DEGREES, why, ("latitude first is usual, not certain",), middle)
        if texts.str.fullmatch(WELL_KNOWN_TEXT).mean() >= SHARE:
            return PlaceGuess(unsure=(f"{safe_name(name)} holds points as well-known text; make two columns of it",))
    return PlaceGuess(unsure=("no pair of columns looks like coordinates",))
