"""A feed of a records system: what it published, version by version, and what was known at any moment.

`Feed.snapshot` and `Feed.changes` are what a city can download; `Feed.known` is the truth that a store which was fed
with them has to give back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from hotspot.simulate.clerks import as_text
from hotspot.simulate.entries import GONE, FeedHabits, draw_entries
from hotspot.simulate.process import Catalogue, World
from hotspot.windows import Moment, Times, as_utc, to_local, to_utc

SAYS = ["occurred_from", "occurred_to", "reported", "offense", "x", "y"]
COLUMNS = ["incident_id", *SAYS]
_CIVIL = ["occurred_from", "occurred_to", "reported"]
_UTC = ["known_at", "superseded_at"]


@dataclass(frozen=True, eq=False)
class Feed:
    """All that a records system published.

    Parameters
    ----------
    entries : pandas.DataFrame
        Changes of records, sorted by incident and moment: incident_id, known_at (when it was published, naive UTC),
        entry (what happened; one of `entries.GONE` takes the record out), and what the record says from then on:
        occurred_from, occurred_to, reported (naive civil times), offense, x, y.
    time_zone : str
        IANA name of the zone of civil times.
    """

    entries: pd.DataFrame
    time_zone: str

    @cached_property
    def log(self) -> pd.DataFrame:
        """Every version of every record, with superseded_at (naive UTC; NaT: still holds) and `fate`, what ended it."""
        by_record = self.entries.groupby("incident_id", sort=False)
        until, fate = by_record["known_at"].shift(-1), by_record["entry"].shift(-1).fillna("")
        versions = self.entries.assign(superseded_at=until, fate=fate)
        return versions[~versions["entry"].isin(GONE)].reset_index(drop=True)

    def snapshot(self, at: Moment) -> pd.DataFrame:
        """Give the full export as published at a moment: each record as it stood, deleted ones absent.

        Parameters
        ----------
        at : moment
            Naive: civil time of the feed; a `numpy.datetime64` is UTC.

        Returns
        -------
        pandas.DataFrame
            Columns `COLUMNS`, all text, sorted by incident.
        """
        moment, log = as_utc(at, self.time_zone), self.log
        ended = log["superseded_at"].to_numpy() <= moment
        return as_text(log.loc[(log["known_at"].to_numpy() <= moment) & ~ended, COLUMNS]).reset_index(drop=True)

    def changes(self, since: Moment, until: Moment) -> pd.DataFrame:
        """Give the records that came in, or came to say something else, after a moment; deletions do not show.

        Parameters
        ----------
        since, until : moment
            The span (since, until].

        Returns
        -------
        pandas.DataFrame
            Columns `COLUMNS`, all text: each such record as it stood at `until`.
        """
        first, last = as_utc(since, self.time_zone), as_utc(until, self.time_zone)
        log = self.log
        known, ended = log["known_at"].to_numpy(), log["superseded_at"].to_numpy() <= last
        return as_text(log.loc[(known > first) & (known <= last) & ~ended, COLUMNS]).reset_index(drop=True)

    def known(self, at: Moment) -> pd.DataFrame:
        """Tell the truth about what was known at a moment, versions that had been superseded included.

        Parameters
        ----------
        at : moment
            As for `snapshot`.

        Returns
        -------
        pandas.DataFrame
            Columns id, start, end, known_at, superseded_at (naive UTC; NaT: held at that moment), category, x, y;
            sorted by known_at and id, as `Incidents` are.
        """
        moment = as_utc(at, self.time_zone)
        log = self.log
        log = log[log["known_at"] <= moment]
        start, end = (to_utc(log[name].to_numpy(), self.time_zone) for name in ("occurred_from", "occurred_to"))
        return pd.DataFrame(
            {
                "id": log["incident_id"],
                "start": start,
                "end": np.where(np.isnat(end), start, end),
                "known_at": log["known_at"],
                "superseded_at": log["superseded_at"].where(log["superseded_at"] <= moment),
                "category": log["offense"],
                "x": log["x"],
                "y": log["y"],
            }
        ).sort_values(["known_at", "id"], ignore_index=True)

    def export(self) -> pd.DataFrame:
        """Give the whole log as one file, for publishers that keep every version.

        Returns
        -------
        pandas.DataFrame
            `COLUMNS` and known_at, superseded_at, all text; these two in UTC, with its sign.
        """
        log = self.log
        text = as_text(log[[*COLUMNS, *_UTC]])
        return text.assign(**{name: text[name].where(text[name] == "", text[name] + "Z") for name in _UTC})

    def published(self, moments: Times) -> Feed:
        """Let the same records be published at given moments only, as a nightly export is.

        Parameters
        ----------
        moments : ndarray of datetime64, shape (n,)
            Ascending, naive UTC. What is entered after the last one never appears.

        Returns
        -------
        Feed
            Each entry known at the first of the moments that follows it; what changed back before is no entry.
        """
        place = np.searchsorted(moments, self.entries["known_at"].to_numpy())
        seen = self.entries[place < len(moments)]
        return Feed(_settled(seen.assign(known_at=np.asarray(moments)[place[place < len(moments)]])), self.time_zone)


def simulate_feed(
    catalogue: Catalogue, world: World, rng: np.random.Generator, habits: FeedHabits | None = None
) -> Feed:
    """Turn what happened into the feed of a records system.

    Parameters
    ----------
    catalogue : Catalogue
        What happened.
    world : World
        Its city; the feed ends with its span.
    rng : numpy.random.Generator
        Source of lateness, errors and deletions.
    habits : FeedHabits, optional
        Shares of each.

    Returns
    -------
    Feed
        The same for the same generator. The last version of each record is true up to rounding.
    """
    habits = habits or FeedHabits()
    entries = draw_entries(catalogue, world, rng, habits)
    for name in _CIVIL:
        entries[name] = to_local(entries[name].to_numpy(), world.time_zone)
    entries["known_at"] = _after_outages(entries["known_at"].to_numpy(), habits, world.time_zone)
    entries = entries[entries["known_at"] < pd.Timestamp(world.end)]
    entries.insert(0, "incident_id", _numbered(entries))
    return Feed(_settled(entries.drop(columns="record")), world.time_zone)


def _after_outages(known: Times, habits: FeedHabits, zone: str) -> Times:
    """Publish what was entered during an outage at its end."""
    for span in habits.outages:
        start, end = (as_utc(moment, zone) for moment in span)
        known = np.where((known >= start) & (known < end), end, known)
    return known


def _numbered(entries: pd.DataFrame) -> pd.Series:
    """Give numbers in the order in which records came in, so that a number tells nothing of what came later."""
    first = entries.groupby("record")["known_at"].transform("min")
    order = entries.assign(first=first).sort_values(["first", "record"])["record"]
    return pd.Series(pd.factorize(order)[0] + 1, index=order.index).map("R-{:06d}".format)


def _settled(entries: pd.DataFrame) -> pd.DataFrame:
    """Keep the last entry of a record at each moment, and of those the ones that change what can be seen."""
    entries = entries.sort_values(["incident_id", "known_at"], kind="stable", ignore_index=True)
    entries = entries.drop_duplicates(["incident_id", "known_at"], keep="last", ignore_index=True)
    gone, new = entries["entry"].isin(GONE), entries["incident_id"] != entries["incident_id"].shift()
    was_gone = new | gone.shift(fill_value=True)
    before = entries[SAYS].shift()
    same = ((entries[SAYS] == before) | (entries[SAYS].isna() & before.isna())).all(axis=1)
    idle = (gone & was_gone) | (same & ~gone & ~was_gone)
    return entries[~idle].reset_index(drop=True)
