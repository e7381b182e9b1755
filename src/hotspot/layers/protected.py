"""Names of columns that speak of protected attributes: they can be named in the audit and nowhere else.

The words stand in ``protected.toml``. A word list cannot know every name; `groups` of `read_areas` declares the others.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

PARTICLES = frozenset(["of", "the", "a", "an", "de", "del", "la", "le", "or", "y", "and"])
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-zA-Z])(?=\d{1,2}(?:\D|$))")


class _Kind(NamedTuple):
    what: str
    words: frozenset[str]
    stems: tuple[str, ...]
    phrases: tuple[str, ...]
    codes: tuple[re.Pattern[str], ...]
    unless: frozenset[str]


@lru_cache(maxsize=1)
def _kinds() -> tuple[_Kind, ...]:
    table = tomllib.loads(files("hotspot.layers").joinpath("protected.toml").read_text("utf-8"))
    return tuple(
        _Kind(
            kind["what"],
            frozenset(kind.get("words", "").split()),
            tuple(kind.get("stems", "").split()),
            tuple(" ".join(_without(phrase.split())) for phrase in kind.get("phrases", ())),
            tuple(re.compile(code) for code in kind.get("codes", ())),
            frozenset(kind.get("unless", "").split()),
        )
        for kind in table.values()
    )


@lru_cache(maxsize=4096)
def protected_name(name: str) -> str | None:
    """Say which protected attribute a column's name speaks of.

    Parameters
    ----------
    name : str
        As the file writes it.

    Returns
    -------
    str or None
        For example "race, ethnicity or colour"; None where it speaks of none.

    Examples
    --------
    >>> protected_name("pct_black")
    'race, ethnicity or colour'
    >>> protected_name("MedianAge")
    'the age of people'
    >>> protected_name("building_age") is None
    True
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    words = _without(re.findall(r"[^\W_]+", _CAMEL.sub(" ", plain).lower()))
    code = re.sub(r"\W+", "_", plain.strip().lower())
    return next((kind.what for kind in _kinds() if _speaks(words, code, kind)), None)


def _speaks(words: list[str], code: str, kind: _Kind) -> bool:
    if any(pattern.fullmatch(code) for pattern in kind.codes):
        return True
    if kind.unless.intersection(words):
        return False
    line = f" {' '.join(words)} "
    return (
        not kind.words.isdisjoint([*words, *(word.rstrip("0123456789") for word in words)])
        or any(word.startswith(kind.stems) for word in words if kind.stems)
        or any(f" {phrase} " in line for phrase in kind.phrases)
    )


def _without(words: list[str]) -> list[str]:
    return [word for word in words if word not in PARTICLES]
