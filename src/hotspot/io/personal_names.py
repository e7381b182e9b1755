"""Column names that speak of persons; the words stand in ``personal.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

PARTICLES = frozenset(["of", "the", "de", "del", "la", "le", "do", "da", "der", "van", "d", "l"])
LONGEST = 300  # letters of a name that are looked at
_SHORT = re.compile(r"(vic|vict|susp|sus|perp|def|off|ofc|comp|compl)(age|sex|race|dob|name|eth|descent)\w*")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Kind:
    """A kind of personal data and the words that name it.

    Parameters
    ----------
    key, what : str
        In the file of words; completes "its name speaks of ...".
    stems, words : frozenset of str
        Count inside a word, and as a whole word.
    phrases : tuple of str
        Words in a row, joined by blanks, without particles such as "of" and "de".
    """

    key: str
    what: str
    stems: frozenset[str]
    words: frozenset[str]
    phrases: tuple[str, ...]


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    return tomllib.loads(files("hotspot.io").joinpath("personal.toml").read_text("utf-8"))


@lru_cache(maxsize=64)
def listed(section: str, key: str) -> frozenset[str]:
    """Give a list of words.

    Parameters
    ----------
    section, key : str
        In the file of words.

    Returns
    -------
    frozenset of str
        Folded words.
    """
    return frozenset(_file()[section][key].split())


@lru_cache(maxsize=1)
def _kinds() -> tuple[Kind, ...]:
    return tuple(
        Kind(
            key,
            entry["what"],
            frozenset(entry.get("stems", "").split()),
            frozenset(entry.get("words", "").split()),
            tuple(entry.get("phrases", ())),
        )
        for key, entry in _file()["kinds"].items()
    )


def folded(text: str) -> str:
    """Take accents off, and write small letters."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def words_of(name: str) -> tuple[str, ...]:
    """Cut a column's name into folded words.

    Parameters
    ----------
    name : str
        As the source writes it.

    Returns
    -------
    tuple of str
        Small letters and digits, without accents; of a very long name only what stands in front.

    Examples
    --------
    >>> words_of("VícAge_Group")
    ('vic', 'age', 'group')
    """
    return tuple(re.findall(r"[^\W_]+", folded(_CAMEL.sub(" ", unicodedata.normalize("NFC", name[:LONGEST])))))


def personal_name(name: str) -> str | None:
    """Say what a column's name alone says about persons.

    Parameters
    ----------
    name : str
        As the source writes it.

    Returns
    -------
    str or None
        For example "its name speaks of a birth date"; None where it says nothing.

    Examples
    --------
    >>> personal_name("Vict Age")
    'its name speaks of age, sex, origin or another attribute of a person'
    >>> personal_name("Case Number") is None
    True
    """
    words = words_of(name)
    kind = next((kind for kind in _kinds() if _speaks(words, kind)), None)
    return None if kind is None else f"its name speaks of {kind.what}"


def _speaks(words: tuple[str, ...], kind: Kind) -> bool:
    if kind.key == "role":
        return _speaks_of_a_role(words, kind)
    words = _unexcused(words) if kind.key == "attribute" else words
    if kind.key == "attribute" and any(_SHORT.fullmatch(word) for word in words):
        return True
    return _phrase(words, kind) or _stem(words, kind) or bool(kind.words.intersection(words))


def _phrase(words: tuple[str, ...], kind: Kind) -> bool:
    line = f" {' '.join(word for word in words if word not in PARTICLES)} "
    return any(f" {phrase} " in line for phrase in kind.phrases)


def _stem(words: tuple[str, ...], kind: Kind) -> bool:
    return any(stem in word for word in words for stem in kind.stems)


def _speaks_of_a_role(words: tuple[str, ...], kind: Kind) -> bool:
    """Tell whether a role is named, and not how many had it."""
    has = frozenset(words)
    number = has & listed("roles", "many") and has & listed("roles", "amount")
    if number or has & listed("roles", "counted"):
        return False
    if _stem(words, kind) or (has & kind.words) - listed("roles", "vague"):
        return True
    return bool(has & listed("roles", "vague") and has & listed("roles", "fields"))


def _unexcused(words: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out words that others beside them make something else: sex offence, age in days, race track."""
    has = frozenset(words)
    out = {word for word in ("age", "race") if has & listed("excuses", word)}
    if has & listed("excuses", "sex"):
        out |= {"sex", "sexe", "sexo"}
    if len(has) > 1:
        out |= {"alter"}  # German for age, and an English verb
    return tuple(word for word in words if word not in out)
