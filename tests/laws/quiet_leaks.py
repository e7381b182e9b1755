"""Features that let but a single number of the future through, the same for all cells."""

from __future__ import annotations

import numpy as np

from hotspot.history import History
from hotspot.layers import Areas, Places, Streets
from hotspot.layers.base import Layer
from tests.laws.leaks import DAY, Planted


def newest(history: History, kind: type[Layer]) -> Layer | None:
    return next((one for one in reversed(history.layers) if type(one) is kind), None)


class Quiet(Planted):
    """Gives one number to all cells."""

    def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
        return np.full(history.domain.n_cells, float(self.number(history, time)))

    def number(self, history, time):  # type: ignore[no-untyped-def]
        """Give the number at an issue time."""
        raise NotImplementedError


class StreetRows(Quiet):
    """How many streets there are in a file that is not out yet."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        streets = newest(history, Streets)
        return 0 if streets is None else len(streets.frame)


class StreetRowsDemanded(Quiet):
    """The same, of a feature that fails without streets."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return len(newest(history, Streets).frame)


class StreetLength(Quiet):
    """The length of all streets of a file that is not out yet."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return newest(history, Streets).geometry.length.sum()


class ShareOfMainStreets(Quiet):
    """The share of a class in a file that is not out yet."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        streets = newest(history, Streets)
        return (streets.frame[streets.category] == "main").mean()


class ScaledByLaterCensus(Quiet):
    """All residents of a later census."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        census = newest(history, Areas)
        return 0 if census is None else census.residents.sum()


class Censuses(Quiet):
    """How many censuses there will be."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return sum(type(one) is Areas for one in history.layers)


class UntilNextCensus(Quiet):
    """Days until the next census is out."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        later = [one.vintage for one in history.layers if type(one) is Areas and one.vintage > time]
        return (min(later) - time) / DAY if later else 0


class UntilStreets(Quiet):
    """Days until streets are out, of a feature that fails without them."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return max((newest(history, Streets).vintage - time) / DAY, 0)


class PlaceClasses(Quiet):
    """How many classes a file of places has that is not out yet."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return len(newest(history, Places).categories)


class Within(Quiet):
    """Incidents that become known just after the issue time."""

    span = np.timedelta64(60_000_000, "us")

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return (history.versions.known_at <= time + self.span).sum()


class WithinASecond(Within):
    """One second."""

    span = np.timedelta64(1_000_000, "us")


class WithinAMicrosecond(Within):
    """The shortest span there is."""

    span = np.timedelta64(1, "us")


class StartOfRecord(Quiet):
    """Days since the start of the record as it is known at the end."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return (time - history.observed_from) / DAY


class LargestError(Quiet):
    """The largest error of a position, of all that will be known."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return history.versions.position_error.max()


class Categories(Quiet):
    """How many categories there will be."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return len(set(history.versions.category))


class StartKnownThen(Quiet):
    """Clean: days since the start of the record, as known at the issue time."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return (time - history.as_of(time).observed_from) / DAY


class StreetRowsKnown(Quiet):
    """Clean: how many streets there are, once they are out."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        streets = newest(history, Streets)
        return len(streets.frame) if streets is not None and time >= streets.vintage else np.nan


class CensusesKnown(Quiet):
    """Clean: how many censuses are out, if any is."""

    def number(self, history, time):  # type: ignore[no-untyped-def]
        return sum(type(one) is Areas and one.vintage <= time for one in history.layers) or np.nan
