"""Columns that look personal, by name or by content: told apart before anything of them is kept.

Whoever calls this gets names of columns and reasons in words. No reason ever holds a value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from hotspot.io.personal_names import listed, personal_name, words_of
from hotspot.io.personal_shapes import is_free_text
from hotspot.io.personal_values import LONGEST, are_birth_dates, personal_values, years

MOST_ROWS, FEWEST_ROWS, MOST_CELLS = 1_000, 30, 200_000
MOST_NAMES = 20  # in a message
OURS = frozenset(
    {"id", "start", "end", "known_at", "superseded_at", "category", "x", "y", "position_error", "time_precision"}
    | {"discovered", "source"}
)


def personal_columns(sample: pd.DataFrame) -> dict[str, str]:
    """Name the columns that look personal.

    A name decides by itself where it is clear ("victim_name", "Geburtsdatum"). Words that mean many things ("name",
    "description") and all other columns are judged by their values: patterns, check digits, free text, names.

    Parameters
    ----------
    sample : DataFrame
        The first rows of all columns, as text or any other type; at most 1,000 rows are looked at.

    Returns
    -------
    dict of str to str
        By the column's name as it stands, the reason in words, such as "its values look like phone numbers". Never a
        value. Show the name with `safe_name`.

    Examples
    --------
    >>> import pandas as pd
    >>> personal_columns(pd.DataFrame({"Case Number": ["JA1"], "VIC_SEX": ["F"], "Contact": ["jan@example.org"]}))
    {'VIC_SEX': 'its name speaks of age, sex, origin or another attribute of a person',
     'Contact': 'its values look like e-mail addresses'}
    """
    rows = int(np.clip(MOST_CELLS // max(1, sample.shape[1]), FEWEST_ROWS, MOST_ROWS))
    sample = sample.iloc[:rows]
    found: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for place, label in enumerate(sample.columns):
        name = str(label)
        texts = _texts(sample.iloc[:, place])
        reason = (None if name in OURS else personal_name(name)) or personal_values(texts) or _weak(name, texts)
        if reason is not None:
            found.setdefault(name, reason)
        values[name] = texts
    return found | _births({name: texts for name, texts in values.items() if name not in found})


def safe_name(name: str, longest: int = 60) -> str:
    r"""Write a column's name so that it can stand in a message, whatever it holds.

    Parameters
    ----------
    name : str
        As the source writes it.
    longest : int
        Characters that are shown; of a longer name the end is left out.

    Returns
    -------
    str
        In quotes. Controls, line ends and signs that turn the direction of writing are spelled out.

    Examples
    --------
    >>> print(safe_name("a\x1b[31m"))
    'a\x1b[31m'
    """
    cut = name if len(name) <= longest else name[:longest] + "…"
    signs = [
        sign if not unicodedata.category(sign).startswith(("C", "Z")) or sign == " " else _spelled(sign) for sign in cut
    ]
    return "'" + "".join(signs).replace("'", "\\'") + "'"


def safe_names(names: Iterable[str], most: int = MOST_NAMES) -> str:
    """Write names of columns for a message, each as `safe_name` does.

    Parameters
    ----------
    names : iterable of str
        As the source writes them.
    most : int
        How many are written out; the others are counted.

    Returns
    -------
    str
        With commas.

    Examples
    --------
    >>> safe_names(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    every = list(names)
    rest = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(map(safe_name, every[:most])) + rest


def told(found: Mapping[str, str], most: int = MOST_NAMES) -> str:
    """Say which columns look personal, and why.

    Parameters
    ----------
    found : mapping of str to str
        From `personal_columns`.
    most : int
        How many are written out.

    Returns
    -------
    str
        With commas.
    """
    rest = f" and {len(found) - most:,} more" if len(found) > most else ""
    return ", ".join(f"{safe_name(name)} ({why})" for name, why in list(found.items())[:most]) + rest


def shape_of(value: object, longest: int = 40) -> str:
    """Show how a value is written without showing the value.

    Parameters
    ----------
    value : object
        Of a cell.
    longest : int
        Characters that are looked at.

    Returns
    -------
    str
        9 stands for a digit, a for a letter.

    Examples
    --------
    >>> shape_of("03/01/2024 07:00 PM")
    '99/99/9999 99:99 aa'
    """
    try:
        text = str(value)
    # times beyond the calendar cannot be written; what calls this is writing an error already, and must not fail anew
    except (ValueError, NotImplementedError, OverflowError):
        return "what cannot be written"
    signs = (
        "9" if sign.isdigit() else sign if sign.isascii() and sign.isprintable() and not sign.isalpha() else "a"
        for sign in text[:longest]
    )
    return "".join(signs) + ("…" if len(text) > longest else "")


def _spelled(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii") if not sign.isascii() or not sign.isprintable() else sign


def _texts(column: pd.Series) -> list[str]:
    """Values that are there, as short text without blanks at the ends."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return []
    there = column.dropna()
    if pd.api.types.is_float_dtype(there.dtype):
        numbers = there.to_numpy(np.float64)
        # whole numbers that a file keeps as floats may be numbers of persons; measurements are not
        whole = np.isfinite(numbers) & (np.abs(numbers) < 2**53) & (numbers == np.round(numbers))
        return [str(int(number)) for number in numbers] if len(numbers) and whole.all() else []
    texts = (str(value)[: 2 * LONGEST].strip() for value in there.array if not isinstance(value, bytes))
    return [text for text in texts if text]


def _weak(name: str, texts: Sequence[str]) -> str | None:
    """Judge names that mean many things: only together with their values they say something."""
    words = words_of(name)
    if listed("weak", "texts").intersection(words) and is_free_text(texts, words=5, distinct=0.6):
        return "its name and values look like free text"
    if len(words) == 1 and words[0] in listed("weak", "names") and len(texts) >= 5 and _mostly_words(texts):
        return "its name and values look like names of persons"
    return None


def _mostly_words(texts: Sequence[str]) -> bool:
    two = [
        text
        for text in texts
        if re.fullmatch(r"[^\W\d_][^\W\d_.'\u2019-]*,?(?: [^\W\d_][\w.'\u2019-]*){1,3}", text[:80])
    ]
    return len(two) >= 0.6 * len(texts) and len(set(texts)) >= 0.8 * len(texts)


def _births(values: dict[str, list[str]]) -> dict[str, str]:
    """Find dates that lie a life before the source's most recent dates; a source's only dates are its incidents'."""
    dated = {name: found for name, texts in values.items() if (found := years(texts, days_only=False)) is not None}
    if len(dated) < 2:
        return {}
    newest = max(float(np.median(found)) for found in dated.values())
    return {name: "its values look like birth dates" for name in dated if are_birth_dates(values[name], newest)}
