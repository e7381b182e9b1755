"""Which columns are asked for: those of a schema, or those that are named. Nobody asks for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from hotspot.errors import ColumnError, nearest
from hotspot.io.layout import Layout
from hotspot.io.personal import personal_columns, safe_name
from hotspot.io.portals.base import Ask, Portal

SAMPLE = 200


@dataclass(frozen=True)
class Chosen:
    """Columns of a portal.

    Parameters
    ----------
    columns : tuple of str
        The portal's names.
    updated_at : str, optional
        The schema's column of the last change.
    """

    columns: tuple[str, ...]
    updated_at: str | None = None


def choose(wanted: Layout | Sequence[str], offered: Mapping[str, str]) -> Chosen:
    """Find the wanted columns among those that a portal offers; letter case does not matter.

    Parameters
    ----------
    wanted : Layout or sequence of str
        A schema, of which the first name that is there counts, or the portal's own names.
    offered : mapping of str to str
        The portal's columns and types.

    Returns
    -------
    Chosen
        Columns, each once.

    Raises
    ------
    ColumnError
        If a named column, or all that may hold a schema's start or category, are missing.
    """
    if isinstance(wanted, str):
        raise ColumnError(f"columns: expected several names, got the text {wanted!r}")
    known = {name.strip().casefold(): name for name in offered}
    if isinstance(wanted, Layout):
        return _of_schema(wanted, known)
    missing = [name for name in wanted if name.strip().casefold() not in known]
    if missing:
        raise ColumnError(f"the portal has no column {missing[0]!r}; {nearest(missing[0], offered)}")
    return Chosen(tuple(dict.fromkeys(known[name.strip().casefold()] for name in wanted)))


def _of_schema(layout: Layout, known: Mapping[str, str]) -> Chosen:
    ours = {**layout.columns, "point": layout.point, "count": layout.count, "area": layout.area}
    ours |= {f"{name}.clock": times.clock for name, times in layout.times.items()}
    ours |= {f"id {number}": names for number, names in enumerate(layout.id_parts)}
    found = {our: name for our, names in ours.items() if (name := _first(names, known))}
    for our in ("start", "category"):
        if our in layout.columns and our not in found:
            raise ColumnError(
                f"schema {layout.name!r}: the portal has no column for {our!r}, looked for "
                f"{list(layout.columns[our])}; it has {sorted(known.values())}; another dataset, or has it changed?"
            )
    if {"x", "y"} <= found.keys():
        found.pop("point", None)  # says the same again
    return Chosen(tuple(dict.fromkeys(found.values())), _first(layout.updated_at, known))


def _first(names: Sequence[str], known: Mapping[str, str]) -> str | None:
    return next((known[key] for name in names if (key := name.strip().casefold()) in known), None)


def personal_among(portal: Portal, columns: Sequence[str]) -> dict[str, str]:
    """Look at the first rows and say which columns look personal.

    Parameters
    ----------
    portal : Portal
        Asked for one small page.
    columns : sequence of str
        The portal's names.

    Returns
    -------
    dict of str to str
        Reasons in words; no value.
    """
    ask = Ask(tuple(columns), size=SAMPLE)
    rows = portal.page(ask, portal.start(ask)).rows[:SAMPLE]
    return personal_columns(pd.DataFrame({name: [row.get(name) for row in rows] for name in columns}, dtype=object))


def offer(portal: Portal) -> list[dict[str, str]]:
    """List what a portal offers, and what of it looks personal.

    Parameters
    ----------
    portal : Portal
        Asked for its columns and one small page.

    Returns
    -------
    list of dict
        ``name``, ``type``, and ``personal``: why it looks personal, or empty.
    """
    offered = portal.columns()
    personal = personal_among(portal, list(offered))
    return [{"name": name, "type": kind, "personal": personal.get(name, "")} for name, kind in offered.items()]


def nobody_asks_for_all(portal: Portal) -> ColumnError:
    """Say that columns have to be named, and which there are.

    Parameters
    ----------
    portal : Portal
        Asked for its columns and one small page.

    Returns
    -------
    ColumnError
        To be raised.
    """
    lines = [
        f"  {safe_name(entry['name'])} ({entry['type']})"
        + (entry["personal"] and f": looks personal, {entry['personal']}")
        for entry in offer(portal)
    ]
    question = "only named columns are fetched: give a schema, or name them (--columns a,b,c)"
    return ColumnError("\n".join([f"{question}. The portal has", *lines]))
