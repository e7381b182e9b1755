"""Eligibility: which categories may be forecast, and which are left out unless somebody gives a reason.

Two kinds are left out. Victim-sensitive ones would mark a victim, or a child, on the map. Enforcement-driven ones are
recorded where police look, so a forecast of them sends police to where police have been. The table, `eligibility.toml`,
reads the names of categories; what hides behind another name it cannot see.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hotspot.errors import InputError, RefusedError, nearest
from hotspot.incidents import Incidents

ENFORCEMENT = "enforcement-driven"
REASON = "category not eligible"


class Rule(NamedTuple):
    """A line of the table.

    Attributes
    ----------
    kind : str
        "victim-sensitive" or "enforcement-driven".
    why : str
        Why categories of this line are left out.
    words : re.Pattern
        Names of categories.
    unless : re.Pattern
        Names that only look like it.
    """

    kind: str
    why: str
    words: re.Pattern[str]
    unless: re.Pattern[str]


@dataclass(frozen=True)
class Eligibility:
    """What the table left out of a History, and what was let in against it.

    Parameters
    ----------
    left_out : mapping of str to Rule
        Categories left out.
    overridden : mapping of str to str
        Categories of the table that are used all the same, and the reason given.
    known : mapping of str to ndarray of datetime64
        When the versions of each of these categories became known, ascending.
    """

    left_out: Mapping[str, Rule] = field(default_factory=dict)
    overridden: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, NDArray[np.datetime64]] = field(default_factory=dict)

    def as_dict(self, cutoff: np.datetime64 | None) -> dict[str, Any]:
        """Put it into plain words and numbers.

        Parameters
        ----------
        cutoff : numpy.datetime64 or None
            Count the versions known then; None counts all.

        Returns
        -------
        dict
            ``left_out`` and ``overridden``: by category `rows`, `kind`, `why`, and for those overridden the `reason`
            given. Categories of which nothing was known are not there.
        """

        def lines(names: Mapping[str, object]) -> dict[str, Any]:
            rows = {
                name: self.known[name].size
                if cutoff is None
                else int(np.searchsorted(self.known[name], cutoff, "right"))
                for name in sorted(names)
            }
            return {name: {"rows": number, **_told(name)} for name, number in rows.items() if number}

        overridden = lines(self.overridden)
        return {
            "left_out": lines(self.left_out),
            "overridden": {name: {**line, "reason": self.overridden[name]} for name, line in overridden.items()},
        }


@lru_cache(maxsize=4096)
def rule_for(category: str) -> Rule | None:
    """Find the line of the table that leaves a category out.

    Parameters
    ----------
    category : str
        As the source writes it.

    Returns
    -------
    Rule or None
        None where the category may be used.

    Examples
    --------
    >>> rule_for("NARCOTICS").kind
    'enforcement-driven'
    >>> rule_for("Theft from the person") is None
    True
    """
    name = re.sub(r"[^\w&]+|_", " ", category.casefold().replace("'", "")).strip()
    rules, reported, tools = _table()
    known = bool(reported.search(name)) and not tools.search(name)
    for rule in rules:
        exempt = known and rule.kind == ENFORCEMENT
        if not exempt and rule.words.search(name) and not rule.unless.search(name):
            return rule
    return None


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[Rule, ...], re.Pattern[str], re.Pattern[str]]:
    text = resources.files("hotspot").joinpath("eligibility.toml").read_text("utf-8")
    table = tomllib.loads(text)
    rules = tuple(
        Rule(rule["kind"], rule["why"], _pattern(rule["words"]), _pattern(rule.get("unless", ())))
        for rule in table["rules"]
    )
    return rules, _pattern(table["reported"]), _pattern(table["reported_unless"])


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Turn words with stars and dots into one expression; none matches nothing."""
    parts = [re.escape(word).replace(r"\*", r"\w*").replace(r"\ \.\.\.\ ", r"\b.*\b") for word in words]
    return re.compile(rf"\b(?:{'|'.join(parts)})(?!\w)" if parts else r"(?!)")


def screen(
    incidents: Incidents, target: tuple[str, ...] | None, eligible: Mapping[str, str] | None
) -> tuple[Incidents, Eligibility]:
    """Leave out the rows of categories that the table names, unless a reason lets them in.

    Parameters
    ----------
    incidents : Incidents
        Of every category, with `known_at`.
    target : tuple of str or None
        Categories to forecast.
    eligible : mapping of str to str, optional
        Categories to use all the same, each with the reason.

    Returns
    -------
    incidents : Incidents
        The others; what was left out is in their report.
    eligibility : Eligibility
        What was left out, and what was not.

    Raises
    ------
    InputError
        If `eligible` names a category that does not exist, or gives no reason.
    RefusedError
        If the target names a category of the table, or every category is in it.
    """
    reasons = _checked(eligible or {}, incidents)
    named = {name: rule for name in incidents.categories if (rule := rule_for(name)) is not None}
    left_out = {name: rule for name, rule in named.items() if name not in reasons}
    overridden = {name: reasons[name] for name in named if name in reasons}
    for name in target or ():
        if name in left_out:
            raise RefusedError(f"History(target=...): {_refusal(name, left_out[name])}")
    if not named:
        return incidents, Eligibility()
    category, known = incidents.table["category"], incidents.table["known_at"].to_numpy()
    found = Eligibility(left_out, overridden, {name: np.sort(known[(category == name).to_numpy()]) for name in named})
    out = category.isin(list(left_out)).to_numpy()
    if out.all():
        first = next(iter(left_out))
        raise RefusedError(
            f"History: every category is refused ({', '.join(map(repr, left_out))}), so nothing is left to forecast. "
            f"{_refusal(first, left_out[first])}"
        )
    if not out.any():
        return incidents, found
    table, report = incidents.table, incidents.quality
    singly = report.aside is not None or not report.set_aside  # else the rows set aside before would be forgotten
    report = report.without(REASON, int(out.sum()), table[out] if singly else None)
    return replace(incidents, table=table[~out], report=report), found


def _checked(eligible: Mapping[str, str], incidents: Incidents) -> dict[str, str]:
    for name, reason in eligible.items():
        if not isinstance(reason, str) or not reason.strip():
            raise InputError(
                f"History(eligible=...): the reason for {name!r} is {reason!r}; expected a sentence, which goes "
                "into the manifest"
            )
        if name not in incidents.categories:
            raise InputError(
                f"History(eligible=...): no incident has category {name!r}; {nearest(name, incidents.categories)}"
            )
    return {name: reason.strip() for name, reason in eligible.items()}


def _refusal(name: str, rule: Rule) -> str:
    return (
        f"{name!r} is refused as {rule.kind}: {rule.why}. To use it all the same, give the reason, which goes into the "
        f"manifest: History(..., eligible={{{name!r}: 'why'}}), or in the file [eligibility] with {name!r} = \"why\""
    )


def _told(name: str) -> dict[str, str]:
    rule = rule_for(name)
    return {} if rule is None else {"kind": rule.kind, "why": rule.why}
