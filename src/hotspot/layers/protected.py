"""Names that speak of protected attributes: they can be named in the audit and nowhere else.

The words stand in ``protected.toml``. A word list cannot know every name; `groups` of `read_areas` declares the others.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from hotspot.errors import InputError

PARTICLES = frozenset(["of", "the", "a", "an", "de", "del", "la", "le", "or", "y", "and"])
LEAST_LETTERS = 3  # of a word that may run together with others
AUDIT = "the audit and no feature"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-zA-Z])(?=\d{1,2}(?:\D|$))")


class _Kind(NamedTuple):
    what: str
    words: frozenset[str]
    stems: tuple[str, ...]
    phrases: tuple[str, ...]
    codes: tuple[re.Pattern[str], ...]
    unless: frozenset[str]
    joined: re.Pattern[str]


class _Table(NamedTuple):
    kinds: tuple[_Kind, ...]
    places: _Kind
    innocent: tuple[tuple[frozenset[str], frozenset[str]], ...]
    plain: frozenset[str]


@lru_cache(maxsize=1)
def _table() -> _Table:
    table = tomllib.loads(files("hotspot.layers").joinpath("protected.toml").read_text("utf-8"))
    names, places = table.pop("names"), table.pop("places")
    pairs = tuple((frozenset(pair["first"].split()), frozenset(pair["second"].split())) for pair in names["innocent"])
    glue = names["glue"].split()
    kinds = tuple(_kind(kind, glue) for kind in table.values())
    return _Table(kinds, _kind(places, []), pairs, frozenset(names["plain"].split()))


def _kind(kind: Mapping[str, Any], glue: list[str]) -> _Kind:
    words = kind.get("words", "").split()
    whole = "|".join(word for word in words if len(word) >= LEAST_LETTERS) or "(?!)"
    return _Kind(
        kind["what"],
        frozenset(words),
        tuple(kind.get("stems", "").split()),
        tuple(" ".join(_without(phrase.split())) for phrase in kind.get("phrases", ())),
        tuple(re.compile(code) for code in kind.get("codes", ())),
        frozenset(kind.get("unless", "").split()),
        re.compile(f"(?:{'|'.join(glue) or '(?!)'})*(?:{whole})(?:{'|'.join([*glue, whole])})*"),
    )


def folded(name: str) -> str:
    """Give a name without case, accents, blanks and separators: two that agree in this are one column.

    Parameters
    ----------
    name : str
        As a file or a person writes it.

    Returns
    -------
    str
        Small letters and digits.

    Examples
    --------
    >>> folded(" Zz_1 ") == folded("ZZ1")
    True
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "", plain.casefold())


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
    words, code = _read(name)
    return next((kind.what for kind in _table().kinds if _speaks(words, code, kind)), None)


@lru_cache(maxsize=4096)
def protected_category(name: str) -> str | None:
    """Say why the places of a category make no column.

    Parameters
    ----------
    name : str
        Of the category.

    Returns
    -------
    str or None
        For example "speaks of religion", "is a place of a religious or other community"; None for other places.

    Examples
    --------
    >>> protected_category("mosque")
    'is a place of a religious or other community'
    >>> protected_category("bar") is None
    True
    """
    spoken = protected_name(name)
    if spoken is not None:
        return f"speaks of {spoken}"
    words, code = _read(name)
    places = _table().places
    return f"is a place {places.what}" if _speaks(words, code, places) else None


def refuse_protected(names: Iterable[str], where: str) -> None:
    """Refuse to read columns whose names speak of protected attributes.

    Parameters
    ----------
    names : iterable of str
        Columns of the source.
    where : str
        The source, for the message.

    Raises
    ------
    InputError
        If one does.
    """
    for name in names:
        spoken = protected_name(name)
        if spoken:
            raise InputError(
                f"{where}: column {name!r} is protected (its name speaks of {spoken}): it serves {AUDIT}; leave it out "
                "here, and name it there: hotspot.read_areas(..., groups={...}) for hotspot.audit, or [audit] groups"
            )


def _read(name: str) -> tuple[list[str], str]:
    """Words of a name without those that are innocent, and the name as a code."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    words = _without(re.findall(r"[^\W_]+", _CAMEL.sub(" ", plain).lower()))
    left = [
        word
        for word, follow, before in zip(words, [*words[1:], ""], ["", *words], strict=False)
        if not (_innocent(word, follow) or _innocent(before, word))
    ]
    return left, re.sub(r"\W+", "_", plain.strip().lower())


def _innocent(word: str, follow: str) -> bool:
    return any(word in first and follow in second for first, second in _table().innocent)


def _speaks(words: list[str], code: str, kind: _Kind) -> bool:
    if any(pattern.fullmatch(code) for pattern in kind.codes):
        return True
    if kind.unless.intersection(words):
        return False
    line = f" {' '.join(words)} "
    bare = [word.rstrip("0123456789") for word in words]
    return (
        not kind.words.isdisjoint([*words, *bare])
        or any(kind.joined.fullmatch(word) for word in bare if word not in _table().plain)
        or any(word.startswith(kind.stems) for word in words if kind.stems)
        or any(f" {phrase} " in line for phrase in kind.phrases)
    )


def _without(words: list[str]) -> list[str]:
    return [word for word in words if word not in PARTICLES]
