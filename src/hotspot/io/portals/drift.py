"""Columns that change while a dataset is paged, or since the last fetch: found, named, and by default refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hotspot.errors import PortalError
from hotspot.io.portals.base import Page

KINDS = {str: "text", bool: "flag", int: "whole", float: "number"}
TOO_LARGE = 2**63


class DriftError(PortalError):
    """Columns are not what they were."""


def kinds_in(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, set[str]]:
    """Gather the kinds of values by column.

    Parameters
    ----------
    rows : sequence of mapping
        Parsed JSON.
    names : sequence of str
        Columns.

    Returns
    -------
    dict of str to set of str
        "text", "whole", "number", "flag", "nested"; without columns that are empty throughout.
    """
    found = {}
    for name in names:
        types = {type(row.get(name)) for row in rows} - {type(None)}
        if types:
            found[name] = {KINDS.get(kind, "nested") for kind in types}
        if int in types and max(abs(value) for row in rows if type(value := row.get(name)) is int) >= TOO_LARGE:
            found[name] |= {"number"}
    return found


def page_drift(
    page: Page,
    names: Sequence[str],
    types: Mapping[str, str] | None,
    *,
    kinds: Mapping[str, Iterable[str]],
    found: Mapping[str, set[str]],
) -> list[str]:
    """Compare a page with what was asked for and with the pages before it.

    Parameters
    ----------
    page : Page
        The answer.
    names : sequence of str
        Columns that it should have.
    types : mapping, optional
        What the first page told.
    kinds : mapping of str to iterable of str
        Kinds of values on the pages before.
    found : mapping of str to set of str
        Kinds of values on this page, see `kinds_in`.

    Returns
    -------
    list of str
        Differences in words; none if all is as it was.
    """
    told = set(page.types or names)
    there = set().union(*page.rows) if page.rows else set()
    full = set(names) if page.sparse or not page.rows else set.intersection(*(set(row) for row in page.rows))
    lines = [f"new column {name!r}" for name in sorted((there | told) - set(names))]
    lines += [f"missing column {name!r}" for name in names if name not in told or name not in full]
    if page.types and types:
        lines += changed_types({name: types[name] for name in names if name in types}, page.types)
    for name, now in found.items():
        before = set(kinds.get(name, ())) or now
        if len(_families(now | before)) > 1:
            lines.append(f"column {name!r} held {_words(before)} and now holds {_words(now)}")
    return lines


def changed_types(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Compare the types that a portal tells.

    Parameters
    ----------
    before, now : mapping of str to str
        Type by column.

    Returns
    -------
    list of str
        Differences in words.
    """
    return [
        f"column {name!r} was {before[name]} and is now {now[name]}"
        for name in before
        if name in now and now[name] != before[name]
    ]


def _families(kinds: Iterable[str]) -> set[str]:
    return {"number" if kind == "whole" else kind for kind in kinds}


def _words(kinds: Iterable[str]) -> str:
    return " and ".join(sorted(_families(kinds)))
