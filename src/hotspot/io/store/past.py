"""What a store can say of its own past: when its rows were recorded, and what its ingests set aside."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np

from hotspot.io.store.address import parse_address
from hotspot.io.store.database import reading

FOREVER = datetime(9999, 12, 31)  # naive UTC


def newest_recorded(
    url: str | Path, known_until: np.datetime64, *, feed: str | None = None, recorded_until: np.datetime64 | None = None
) -> np.datetime64:
    """Tell when the last of the versions known at a moment was recorded.

    Reading a later store until then gives the very versions of that moment again, whatever came back-dated since.

    Parameters
    ----------
    url : str
        Of the store.
    known_until : datetime64
        Naive UTC.
    feed : str, optional
        Default: all.
    recorded_until : datetime64, optional
        Only what the store held then.

    Returns
    -------
    datetime64
        Naive UTC; NaT if nothing was known.
    """
    asked = (
        "select max(recorded_at) as newest from versions "
        "where (known_at is null or known_at <= $1) and recorded_at <= $2 and (feed = $3 or $3 = '')"
    )
    with reading(parse_address(url)) as database:
        found = database.rows(asked, _plain(known_until), _plain(recorded_until), feed or "")[0]["newest"]
    return np.datetime64("NaT", "us") if found is None else np.datetime64(found, "us")


def set_aside_until(
    url: str | Path, moment: np.datetime64, *, feed: str | None = None, recorded_until: np.datetime64 | None = None
) -> dict[str, int]:
    """Count what ingests had set aside by a moment: since the last complete one of each feed, that one included.

    Parameters
    ----------
    url : str
        Of the store.
    moment : datetime64
        Naive UTC.
    feed : str, optional
        Default: all.
    recorded_until : datetime64, optional
        Only what the store held then.

    Returns
    -------
    dict of str to int
        Rows by reason.
    """
    asked = (
        "select feed, complete, set_aside from ingests where recorded_at <= $1 and recorded_at <= $2 "
        "and (feed = $3 or $3 = '') order by number"
    )
    counts: dict[str, Counter[str]] = {}
    with reading(parse_address(url)) as database:
        for row in database.rows(asked, _plain(moment), _plain(recorded_until), feed or ""):
            if row["complete"]:
                counts[row["feed"]] = Counter()
            counts.setdefault(row["feed"], Counter()).update(json.loads(row["set_aside"]))
    return dict(sorted(sum(counts.values(), Counter()).items()))


def _plain(moment: np.datetime64 | None) -> datetime:
    return FOREVER if moment is None else moment.astype("datetime64[us]").item()
