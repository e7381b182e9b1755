"""Columns that change while a dataset is paged, or since the last fetch: found, named, and by default refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hotspot.errors import PortalError
from hotspot.io.portals.base import Page


class DriftError(PortalError):
    """Columns are not what they were."""


def kind_of(value: Any) -> str | None:
    """Name the kind of a JSON value.

    Parameters
    ----------
    value : object
        Parsed JSON.

    Returns
    -------
    str or None
        "text", "whole", "number", "flag" or "nested"; None for an empty value.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "whole" if isinstance(value, int) and abs(value) < 2**63 else "number"
    return "text" if isinstance(value, str) else "nested"


def kinds_in(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> dict[str, set[str]]:
    """Gather the kinds of values by column.

    Parameters
    ----------
    rows : iterable of mapping
        Rows.
    names : sequence of str
        Columns.

    Returns
    -------
    dict of str to set of str
        Without columns that are empty throughout.
    """
    found: dict[str, set[str]] = {}
    for row in rows:
        for name in names:
            kind = kind_of(row.get(name))
            if kind is not None:
                found.setdefault(name, set()).add(kind)
    return found


def page_drift(
    page: Page, names: Sequence[str], types: Mapping[str, str] | None, kinds: Mapping[str, Iterable[str]]
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
    for name, now in kinds_in(page.rows, names).items():
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
