"""Which column plays which part: times told apart by name, the category and the id by name and content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hotspot.io.guess.names import name_score
from hotspot.io.guess.places import numeric
from hotspot.io.guess.times import TimeGuess
from hotspot.io.personal import safe_name
from hotspot.io.personal_names import words_of

TIME_ROLES = ("updated_at", "known_at", "end", "start")
MOST_CATEGORIES = 500
UNIQUE = 0.99
HOURS = {"hour", "hr", "uur", "stunde", "heure", "hora"}
TIMES_OF_DAY = HOURS | {"time", "tm", "zeit", "uhrzeit", "tijd", "tijdstip", "heures", "horario"}


@dataclass(frozen=True)
class Choice:
    """A column for one of our names.

    Parameters
    ----------
    ours, column : str
        Our name and the table's.
    why : tuple of str
        Reasons, without values.
    """

    ours: str
    column: str
    why: tuple[str, ...]


def choose_times(times: Mapping[str, TimeGuess]) -> dict[str, Choice]:
    """Tell start, end, known_at and the last change apart by the columns' names.

    Parameters
    ----------
    times : mapping of str to TimeGuess
        Columns that hold times with a date.

    Returns
    -------
    dict of str to Choice
        By our name. The only time there is becomes the start.
    """
    scores: dict[str, dict[str, float]] = {role: {} for role in TIME_ROLES}
    for name, guess in times.items():
        role = max(TIME_ROLES, key=lambda one, name=name: name_score(name, one))  # type: ignore[misc]
        if name_score(name, role) > 0:
            # of two names that speak alike, the one with a time of day says more
            scores[role][name] = name_score(name, role) + (0.5 if guess.what == "time" else 0.0)
    best = {role: max(by, key=lambda name: by[name]) for role, by in scores.items() if by}
    chosen = {role: Choice(role, name, ("its name says so", *times[name].why)) for role, name in best.items()}
    if "start" not in chosen and times:
        instead = next((role for role in ("known_at", "end") if role in chosen), None)
        name = chosen.pop(instead).column if instead else next(iter(times))
        why = "no other time is there" if len(times) == 1 else "no column's name speaks of when it happened"
        chosen["start"] = Choice("start", name, (why, *times[name].why))
    return chosen


def choose_clock(date: str, sample: pd.DataFrame, times: Mapping[str, TimeGuess], free: Sequence[str]) -> Choice | None:
    """Find the column of the time of day that belongs to a date.

    Parameters
    ----------
    date : str
        The column of the date.
    sample : DataFrame
        Rows of the table.
    times : mapping of str to TimeGuess
        What is known of columns that hold times.
    free : sequence of str
        Columns that may be taken.

    Returns
    -------
    Choice or None
        Its name for us is the pattern of `strptime`.
    """
    found: list[tuple[int, str, str]] = []
    for name in free:
        pattern = times[name].pattern if name in times and times[name].what == "clock" else _digits(name, sample[name])
        if pattern is not None:
            found.append((len(set(words_of(name)) & set(words_of(date))), name, pattern))
    if not found:
        return None
    shared, name, pattern = max(found, key=lambda one: one[0])
    why = f"its values are times of day, as {pattern}"
    return Choice(pattern, name, (why, f"its name shares words with {safe_name(date)}") if shared else (why,))


def _digits(name: str, values: pd.Series) -> str | None:
    """Read hours, or hours and minutes without a colon, where the name speaks of a time of day."""
    words = set(words_of(name))
    if not words & TIMES_OF_DAY:
        return None
    numbers = numeric(values)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size or (numbers != np.round(numbers)).any() or numbers.min() < 0 or numbers.max() > 2400:
        return None
    if numbers.max() <= 24:
        return "%H" if words & HOURS else None
    return "%H%M" if (numbers % 100 < 60).all() else None


def choose_category(sample: pd.DataFrame, free: Sequence[str]) -> tuple[Choice | None, tuple[str, ...]]:
    """Find the category: named as one, and with not too many different values.

    Parameters
    ----------
    sample : DataFrame
        Rows of the table.
    free : sequence of str
        Columns that may be taken.

    Returns
    -------
    choice : Choice or None
        The category.
    others : tuple of str
        Columns that might be meant as well, best first.
    """
    scores: dict[str, tuple[float, int]] = {}
    for name in free:
        named = name_score(name, "category")
        texts = sample[name].dropna().astype("str").str.strip()
        distinct = int(texts.nunique())
        if named <= 0 or not distinct:
            continue
        few = distinct <= MOST_CATEGORIES and distinct <= max(3.0, 0.5 * len(texts))
        letters = float(texts.str.contains(r"[^\W\d_]{2}").mean())
        scores[name] = (named + 2.0 * few + 2.0 * (letters > 0.5), distinct)
    order = sorted(scores, key=lambda name: -scores[name][0])
    if not order:
        return None, ()
    distinct = scores[order[0]][1]
    why = ("its name speaks of a kind of incident", f"{distinct:,} different values in the sample")
    return Choice("category", order[0], why), tuple(order[1:4])


def choose_id(sample: pd.DataFrame, free: Sequence[str]) -> tuple[Choice | None, str | None]:
    """Find the id: named as one, and unique.

    Parameters
    ----------
    sample : DataFrame
        Rows of the table.
    free : sequence of str
        Columns that may be taken.

    Returns
    -------
    choice : Choice or None
        The id.
    repeated : str or None
        A column that is named as an id and repeats, where no unique one is there.
    """
    unique: dict[str, float] = {}
    repeated: dict[str, float] = {}
    for name in free:
        there = sample[name].dropna()
        score = name_score(name, "id")
        if score < 2 or len(there) < 0.5 * len(sample) or there.empty:
            continue
        if pd.api.types.is_float_dtype(there.dtype) and (there != there.round()).any():
            continue
        (unique if there.nunique() >= UNIQUE * len(there) else repeated)[name] = score
    if not unique:
        return None, max(repeated, key=lambda name: repeated[name]) if repeated else None
    name = max(unique, key=lambda one: unique[one])
    return Choice("id", name, ("its name speaks of a number of the record", "every value of the sample differs")), None
