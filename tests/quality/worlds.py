"""Clean records to break one rule at a time: bursts and a season, random places and minutes, two categories."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import shapely

from hotspot.domain import Domain
from hotspot.history import History
from hotspot.incidents import Incidents, QualityReport

CRS, ZONE = "EPSG:26916", "UTC"
WEST, SOUTH, SIDE = 440_000.0, 4_620_000.0, 10_000.0
FIRST = np.datetime64("2022-01-03", "D")
DAY = np.timedelta64(86_400_000_000, "us")
MINUTE = np.timedelta64(60_000_000, "us")
NAT = np.datetime64("NaT", "us")
WEEKS = 120
YEAR = 365.25 / 7


@lru_cache(maxsize=1)
def domain() -> Domain:
    box = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
    return Domain.square(box, size=500.0, crs=CRS, time_zone=ZONE)


def daily(
    rng: np.random.Generator, weeks: int = WEEKS, mean: float = 70.0, spread: float = 2.0, season: float = 0.2,
    factor: np.ndarray | float = 1.0,
) -> np.ndarray:  # fmt: skip
    """Rows a day: negative binomial weeks (variance = spread x mean) with a yearly wave, shared out over their days."""
    level = mean * np.exp(season * np.sin(2 * np.pi * np.arange(weeks) / YEAR)) * factor
    rate = rng.gamma(level / (spread - 1), spread - 1) if spread > 1 else level
    return rng.multinomial(rng.poisson(rate), np.full(7, 1 / 7)).ravel()


def rows(
    rng: np.random.Generator, by_day: np.ndarray | None = None, shares: tuple[float, ...] = (0.6, 0.4)
) -> pd.DataFrame:
    """One row an incident, known an hour after its start."""
    by_day = daily(rng) if by_day is None else by_day
    n = int(by_day.sum())
    start = (
        np.repeat(FIRST + np.arange(len(by_day)), by_day).astype("datetime64[us]") + rng.integers(0, 1440, n) * MINUTE
    )
    return pd.DataFrame(
        {
            "id": np.char.add("i", np.arange(n).astype(str)).astype(object),
            "start": start,
            "end": start,
            "known_at": start + 60 * MINUTE,
            "superseded_at": np.full(n, NAT),
            "category": np.array(["a", "b", "c", "d"], object)[rng.choice(len(shares), n, p=shares)],
            "x": rng.uniform(WEST + 1, WEST + SIDE - 1, n),
            "y": rng.uniform(SOUTH + 1, SOUTH + SIDE - 1, n),
            "position_error": np.nan,
            "time_precision": "time",
        }
    )


def history(table: pd.DataFrame, aside: pd.DataFrame | None = None, **keywords: object) -> History:
    """Records of the clean domain, with rows set aside as the reader would."""
    report = QualityReport(len(table))
    if aside is not None:
        report = QualityReport(len(table) + len(aside))
        for reason, part in aside.groupby("reason", sort=True):
            report = report.without(str(reason), len(part), part.drop(columns="reason"))
    incidents = Incidents(table.reset_index(drop=True), CRS, report)
    return History(domain(), incidents.within(domain()), **keywords)  # type: ignore[arg-type]


def end_of(table: pd.DataFrame) -> np.datetime64:
    """The first midnight after the newest row became known."""
    return table["known_at"].max().to_datetime64().astype("datetime64[D]").astype("datetime64[us]") + DAY


def lost(table: pd.DataFrame, reason: str, chosen: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take rows out, as set aside for a reason."""
    columns = ["start", "end", "known_at", "category"]
    return table[~chosen], table.loc[chosen, columns].assign(reason=reason).reset_index(drop=True)
