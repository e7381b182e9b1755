"""Features that leak, or break their contract, one way each; and some that do neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.features._memo import remembered
from hotspot.history import History
from hotspot.layers import Areas, Days, Events, Places, Series, Tracks
from hotspot.layers.base import Layer
from hotspot.windows import Times, Windows

DAY = np.timedelta64(86_400_000_000, "us")


def by_cell(history: History, times: Times, values: NDArray[np.float64]) -> xr.DataArray:
    """Label (issue_time, cell), or what of it the values have."""
    dims = ("issue_time", "cell")[-values.ndim :]
    coords = {"issue_time": times, "cell": history.domain.ids}
    attrs = {"units": "1", "source": "a test", "vintage": ""}
    return xr.DataArray(values, {dim: coords[dim] for dim in dims}, dims, attrs=attrs)


def layer(history: History, kind: type[Layer]) -> Layer:
    return next(one for one in history.layers if type(one) is kind)


def near(history: History, x: NDArray[np.float64], y: NDArray[np.float64], radius: float = 500.0) -> np.ndarray:
    """How many points lie near each cell."""
    centre_x, centre_y = history.domain.centres
    return (np.hypot(centre_x[:, None] - x, centre_y[:, None] - y) < radius).sum(axis=1).astype(float)


def points(frame: object) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    middle = frame.geometry.representative_point()  # type: ignore[attr-defined]
    return middle.x.to_numpy(), middle.y.to_numpy()


@dataclass(frozen=True)
class Planted:
    """A feature by cell, from a loop over issue times."""

    name: ClassVar[str] = "planted"

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        start, end = windows.bounds(issue_times, history.domain.time_zone)
        found = [self.at(history, *moments) for moments in zip(issue_times, start[:, 0], end[:, -1], strict=True)]
        return by_cell(history, issue_times, np.array(found))

    def at(self, history: History, time: np.datetime64, start: np.datetime64, end: np.datetime64) -> np.ndarray:
        """Give the values at an issue time, whose windows go from start to end."""
        raise NotImplementedError


def mass(history: History, start: np.datetime64, end: np.datetime64, asof: np.datetime64 | None = None) -> np.ndarray:
    known = None if asof is None else np.array([asof])
    return history.mass(np.array([start]), np.array([end]), asof=known)[0]


class ByOccurrence(Planted):
    """Counts what had happened, known or not."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        return mass(history, time - 28 * DAY, time)


class Smoothed(Planted):
    """Averages over the days around, the target's too."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        return mass(history, start - 3 * DAY, end + 3 * DAY)


class ScaledByAll(Planted):
    """Divides by the mean of the whole record."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        whole = mass(history, history.observed_from, history.versions.known_at.max()).mean()
        return mass(history, time - 28 * DAY, time, asof=time) / whole


class TargetEncoded(Planted):
    """One static column: how many incidents a cell has in all."""

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        return by_cell(history, issue_times, mass(history, history.observed_from, history.versions.known_at.max()))


class Undated(Planted):
    """Uses places as if they had always been known."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        places = layer(history, Places)
        since, until = places.lifetimes
        open_now = places.frame[(since <= time) & (time < until)]
        return near(history, *points(open_now))


class BeforeOpening(Planted):
    """Counts places that will open."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        places = layer(history, Places)
        return near(history, *points(places.frame)) if time >= places.vintage else no_value(history)


class BeforeAnnounced(Planted):
    """Counts events of the windows, announced or not."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        events = layer(history, Events)
        there = (events.start < end + DAY) & (events.end >= start)
        return near(history, *points(events.frame[there]), 3000) if time >= events.vintage else no_value(history)


class BeforeClosing(Planted):
    """Counts places that will close within a year."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        places = layer(history, Places)
        since, until = places.lifetimes
        closing = places.frame[(since <= time) & (time < until) & (until < time + 365 * DAY)]
        return near(history, *points(closing)) if time >= places.vintage else no_value(history)


class BeforeDecreed(Planted):
    """Tells whether the windows lie in school holidays, decreed or not."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        days = layer(history, Days)
        off = ((days.first < end + 5 * DAY) & (days.last + DAY > start)).sum()
        return np.full(history.domain.n_cells, float(off) if time >= days.vintage else np.nan)


class NewestCensus(Planted):
    """Uses the newest of two vintages, from the first one on."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        censuses = [one for one in history.layers if type(one) is Areas]
        first, newest = censuses[0], censuses[-1]
        income = newest.frame["income"].mean() if time >= first.vintage else np.nan
        return near(history, *points(newest.frame)) + income


class ObservedWeather(Planted):
    """Takes the temperature that was measured in the windows."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        weather = layer(history, Series)
        there = (weather.time >= start) & (weather.time < end)
        return np.full(history.domain.n_cells, weather.values[there, 0].sum())


class TomorrowsPatrols(Planted):
    """Counts where patrols will be."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        tracks = layer(history, Tracks)
        return tracks.dwell(history.domain, start, end)[0]


class Chunked(Planted):
    """Gives the change since the first of the issue times it is asked for."""

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        counts = history.mass(issue_times - 28 * DAY, issue_times, asof=issue_times)
        return by_cell(history, issue_times, counts - counts[0])


class Misremembered(Planted):
    """Keeps its answer under a key that lacks the issue times."""

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        def count() -> np.ndarray:
            return history.mass(issue_times - 28 * DAY, issue_times, asof=issue_times)

        return by_cell(history, issue_times, remembered(history, ("planted", issue_times.size), count))


class FirstRow(Planted):
    """Measures the distance to the first street of the file."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        streets = history.layers[1]
        x, y = points(streets.frame.iloc[:1])
        centre_x, centre_y = history.domain.centres
        return np.hypot(centre_x - x, centre_y - y) if time >= streets.vintage else no_value(history)


class ByThreads(Planted):
    """Depends on the number of threads."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        return np.full(history.domain.n_cells, float(numba.get_num_threads()))


class ByCutoff(Planted):
    """Tells how much was known at the end, not at the issue time."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        known = history.versions.known_at.max() if history.cutoff is None else history.cutoff
        return np.full(history.domain.n_cells, float((known - time) / DAY))


class NamedByCutoff(Planted):
    """Hides behind the name of its column, which nothing has twice."""

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        counts = by_cell(history, issue_times, history.mass(issue_times - 28 * DAY, issue_times))
        return counts.expand_dims(column=[f"until {history.cutoff}, {len(history.versions)} rows"])


class Anchored(Planted):
    """Counts days since a fixed date."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        return np.full(history.domain.n_cells, float((time - np.datetime64("2023-01-01")) / DAY))


class Mutating(Planted):
    """Works on the table of the History itself."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        history.incidents.table.loc[:, "x"] += 1.0
        return mass(history, time - 28 * DAY, time, asof=time)


class MutatingLayers(Planted):
    """Works on the table of a layer itself."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        layer(history, Series).frame["temperature"] += 1.0
        return no_value(history)


class Infinite(Planted):
    """Divides by nothing."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        return np.full(history.domain.n_cells, np.inf)


class WrongSizes(Planted):
    """Forgets a cell."""

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        values = history.mass(issue_times - 28 * DAY, issue_times, asof=issue_times)
        return by_cell(history, issue_times, values).isel(cell=slice(1, None))


class Relabelled(Planted):
    """Sorts the cells in its own way."""

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        values = history.mass(issue_times - 28 * DAY, issue_times, asof=issue_times)
        return by_cell(history, issue_times, values).isel(cell=slice(None, None, -1))


class WithoutUnits(Planted):
    """Says nothing of units."""

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        values = by_cell(history, issue_times, np.zeros(history.domain.n_cells))
        return values.assign_attrs(units=None)


class Whole(Planted):
    """Gives whole numbers."""

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        return by_cell(history, issue_times, np.zeros(history.domain.n_cells)).astype(int)


def no_value(history: History) -> np.ndarray:
    return np.full(history.domain.n_cells, np.nan)


@dataclass(frozen=True)
class Quarter:
    """A clean plug-in, as an author would write it: incidents of a quarter of a year, as known at each issue time."""

    name: ClassVar[str] = "quarter"

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Count."""
        counts = history.mass(issue_times - 91 * DAY, issue_times, asof=issue_times)
        coords = {"issue_time": issue_times, "cell": history.domain.ids}
        attrs = {"units": "incidents", "source": "incidents", "vintage": ""}
        return xr.DataArray(counts, coords, ("issue_time", "cell"), attrs=attrs)


class KnownEvents(Planted):
    """Clean: events of the windows, of those announced."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        events = layer(history, Events)
        there = (events.start < end) & (events.end >= start) & (events.known_from <= time)
        return near(history, *points(events.frame[there])) if time >= events.vintage else no_value(history)


class OpenPlaces(Planted):
    """Clean: places that are open and known."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        places = layer(history, Places)
        since, until = places.lifetimes
        now = places.frame[(since <= time) & (time < until)]
        return near(history, *points(now)) if time >= places.vintage else no_value(history)


class KnownCensus(Planted):
    """Clean: the newest vintage that is out."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        out = [one for one in history.layers if type(one) is Areas and one.vintage <= time]
        return near(history, *points(out[-1].frame), 2000) if out else no_value(history)


class KnownWeather(Planted):
    """Clean: the newest temperature known, measured or forecast, of each time of the windows."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        weather = layer(history, Series)
        rows = weather.frame[(weather.time >= start) & (weather.time < end) & (weather.known_from <= time)]
        newest = rows.groupby("time")["temperature"].last()
        return np.full(history.domain.n_cells, newest.mean() if len(newest) else np.nan)


class PastPatrols(Planted):
    """Clean: minutes of the last week, as known."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        return layer(history, Tracks).dwell(history.domain, time - 7 * DAY, time, time)[0]


class Size(Planted):
    """Clean: the size of each cell, which no time changes."""

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        return by_cell(history, issue_times, history.domain.size.astype(float))
