"""Texts that no pattern fixes: narratives, names of persons, addresses with house numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from hotspot.io.personal_names import folded, listed

FEWEST = 20  # values, before a shape says anything
WORDY = 8  # words of a value, at the upper quartile, that make a column text
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]{2,}")

_PART = r"(?:[^\W\d_]{2,}(?:['\u2019-][^\W\d_]+)*|(?:de|da|do|dos|van|der|den|von|di|la|el|le|du|O'|Mc)(?= ))"
_COMMA = re.compile(rf"{_PART}(?: {_PART}){{0,2}}, ?{_PART}(?:[ -](?:{_PART}|[^\W\d_]\.?)){{0,2}}")
_PLAIN = re.compile(rf"{_PART}(?: [^\W\d_]\.?)?(?: {_PART}){{1,3}}")
_STREET = re.compile(
    r"\b(?:st|str|street|ave?|avenue|rd|road|blvd|bl|boulevard|dr|drive|ln|lane|ct|court|pl|place|way|pkwy|ter|terrace|cir|hwy"
    r"|rue|chemin|allée|calle|avenida|avda|plaza|paseo|rua|travessa|praça|via)\b"
    r"|(?:straße|strasse|str\.|straat|laan|plein|gracht|kade|weg|platz|allee|gasse|dijk|singel)\b",
    re.IGNORECASE,
)
_LEADING = re.compile(r"(\d{1,5})[A-Za-z]? \S")
_TRAILING = re.compile(r"[^\d]{4,}[ ,](\d{1,4}) ?[A-Za-z]?(?:[ ,-].*)?")


def is_free_text(values: Sequence[str], words: int = WORDY, distinct: float = 0.7) -> bool:
    """Tell whether values are sentences, nearly all of them different.

    Parameters
    ----------
    values : sequence of str
        Values that are there.
    words : int
        How many words the longer quarter of them has at least.
    distinct : float
        Share of different ones among these.

    Returns
    -------
    bool
        False for structured cells, whose words repeat.
    """
    if len(values) < FEWEST:
        return False
    cut = [_WORD.findall(value) for value in values]
    limit = max(float(words), sorted(map(len, cut))[len(cut) * 3 // 4] / 2)
    long = [one for one in cut if len(one) >= limit]
    if len(long) < len(values) / 4:
        return False
    different = len({" ".join(one) for one in long})
    vocabulary = {word.lower() for one in long for word in one}
    typical = sorted(map(len, long))[len(long) // 2]
    return different >= distinct * len(long) and len(vocabulary) >= 3 * typical


def is_person_names(values: Sequence[str]) -> bool:
    """Tell whether values are names of persons.

    Parameters
    ----------
    values : sequence of str
        Values that are there.

    Returns
    -------
    bool
        Whether nearly all are "Surname, Given" or two to four capitalised words, nearly all different, without words
        of places and offences, and some common given names among them.
    """
    if len(values) < FEWEST or len(set(values)) < 0.6 * len(values):
        return False
    comma = [value for value in values if _name_like(value, _COMMA)]
    plain = [value for value in values if _name_like(value, _PLAIN)]
    if len(comma) + len(plain) < 0.7 * len(values):
        return False
    given = sum(
        bool(listed("values", "given").intersection(re.findall(r"[^\W\d_]+", folded(value)))) for value in values
    )
    return given >= (0.03 if len(comma) >= 0.7 * len(values) else 0.12) * len(values)


def _name_like(value: str, pattern: re.Pattern[str]) -> bool:
    if len(value) > 60 or not pattern.fullmatch(value):
        return False
    words = re.findall(r"[^\W\d_]+", value)
    words_folded = re.findall(r"[^\W\d_]+", folded(value))
    capital = sum(word[0].isupper() for word in words)
    return capital >= 2 and not listed("values", "no_person").intersection(words_folded)


def is_home_address(values: Sequence[str]) -> bool:
    """Tell whether values are addresses with the number of a house, not of a block.

    Parameters
    ----------
    values : sequence of str
        Values that are there.

    Returns
    -------
    bool
        Whether half of them are, and their numbers are not rounded to tens or hundreds.
    """
    if len(values) < FEWEST:
        return False
    numbers = []
    for value in values:
        match = _LEADING.match(value) or _TRAILING.fullmatch(value)
        if match and _STREET.search(value) and "block" not in value.lower():
            numbers.append(match[1])
    if len(numbers) < len(values) / 2 or len(set(numbers)) < 5:
        return False
    ends = Counter(number[-1] for number in numbers)
    return ends["0"] < 0.5 * len(numbers)
