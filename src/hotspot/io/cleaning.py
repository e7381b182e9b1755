"""Batches of a source made into batches of clean rows; what cannot be used is set aside and counted.

Some rules look at a whole column: a column that holds nothing but local midnights holds dates. They are assumed as
long as all rows so far agree. A row that does not agree ends the pass, and the source is read again without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyproj

from hotspot.errors import InputError
from hotspot.io.columns import GEOMETRY, Mapped
from hotspot.io.counts import how_many, stands_for
from hotspot.io.identity import CONTENT, hex_ids, numbered, row_hashes, version_keys
from hotspot.io.layout import Layout, TimeLayout
from hotspot.io.personal import safe_name, shape_of
from hotspot.io.points import AreaPoints, text_points
from hotspot.io.positions import PositionRules
from hotspot.io.sieve import Sieve, Tally
from hotspot.io.spans import PRECISIONS, spans
from hotspot.io.tables import Log, Table
from hotspot.io.times import Parsed, in_utc, local_midnights, refuse_no_zone
from hotspot.io.values import as_flags, as_ids, as_numbers, as_text, has_decimal_comma
from hotspot.io.written import read_written

TIMES = ("start", "end", "known_at", "superseded_at")
TOTAL = "total of other categories"
NO_AREA = "area that is none of the places"
STRANGE_FLAG = "say neither yes nor no in `discovered`; taken as not said"
NOT_KNOWN = "do not say when they became known; a History takes their end and its latency"
EARLY = "were known before they started; kept"
LONG = "span more than 7 days"
WEEK = np.timedelta64(7, "D")
NO_ID = "have no id; theirs is made of their content"


@dataclass(frozen=True)
class Clean:
    """Rows that are kept.

    Parameters
    ----------
    columns : dict of str to column
        Ours; `id` is an Arrow array of text.
    keys : ndarray of uint64, shape (n,)
        Of id and known_at; of the content where the id is made of it.
    made : ndarray of bool, shape (n,)
        Whether the id is made of the content.
    """

    columns: dict[str, Any]
    keys: np.ndarray
    made: np.ndarray


class Sink(Protocol):
    """Takes clean rows."""

    def take(self, batch: Clean) -> None:
        """Take a batch."""

    def forget(self) -> None:
        """Throw away all that was taken; the source is read from the beginning."""


class _Otherwise(Exception):  # noqa: N818
    """A row does not agree with what was assumed."""


@dataclass
class Door:
    """A source with its columns, CRS and zone found out.

    Parameters
    ----------
    table : Table
        The source.
    layout : Layout
        How it says things.
    mapped : Mapped
        Its columns.
    crs : pyproj.CRS
        Of coordinates.
    zone : str, optional
        Of times without an offset.
    now : datetime64
        Naive UTC; nothing can have happened later.
    places : AreaPoints, optional
        Where areas are.
    personal : mapping of str to str
        Columns that are left out because they look personal, and why.
    """

    table: Table
    layout: Layout
    mapped: Mapped
    crs: pyproj.CRS
    zone: str | None
    now: np.datetime64
    places: AreaPoints | None = None
    personal: Mapping[str, str] = field(default_factory=dict)
    tally: Tally = field(init=False)
    first: pd.DataFrame | None = field(init=False, default=None)
    _midnights: dict[str, bool | None] = field(init=False)
    _decimal: str | None = field(init=False, default=None)
    _area_codes: str | None = field(init=False, default=None)

    def read(self, sink: Sink) -> Tally:
        """Read all, and give what is kept to a sink.

        Parameters
        ----------
        sink : Sink
            Takes it.

        Returns
        -------
        Tally
            Of all rows.

        Raises
        ------
        InputError
            If there are no rows, nearly all coordinates look swapped, or no row is left.
        """
        settled: set[str] = set()  # columns that are known to hold times of day
        while True:
            try:
                self._pass(sink, settled)
            except _Otherwise as column:
                settled.add(str(column))
                sink.forget()
                continue
            return self.tally

    def _pass(self, sink: Sink, settled: set[str]) -> None:
        self.tally, log = Tally(), self._expecting()
        self._midnights = {name: False if name in settled else None for name in TIMES}
        rules = PositionRules(self.crs, self.table.name)
        for loaded in self.table.batches(self.mapped.wanted, self.mapped.geometry, log):
            if len(loaded):
                sink.take(self._cleaned(self._ours(loaded), rules))
        self._add_log(log)
        if not self.tally.rows:
            raise InputError(f"{self.table.name}: has no rows; expected at least one incident")
        rules.refuse_swapped()
        if not self.tally.kept:
            raise self._nothing_left()

    def _expecting(self) -> Log:
        """Say what the columns hold, where nothing is declared that speaks against it."""

        def named(*ours: str) -> tuple[str, ...]:
            found = (self.mapped.names.get(name) for name in ours)
            return tuple(name for name in found if name is not None and name not in GEOMETRY)

        if self.layout.missing:
            return Log()
        numbers = () if self.layout.decimal == "," else named("x", "y", "position_error")
        texts = set(self.mapped.wanted) - set(named("category", "source"))
        return Log(numbers, tuple(name for name in named("category", "source") if name not in {*texts, *numbers}))

    def _add_log(self, log: Log) -> None:
        for reason, rows in log.set_aside.items():
            self.tally.add(rows, pd.DataFrame({"reason": [reason] * rows}))
        self.tally.notes = [*log.notes, *self.tally.notes]

    def _ours(self, loaded: pd.DataFrame) -> dict[str, pd.Series]:
        """Give the columns our names; texts that mean nothing go."""
        if self.layout.missing:
            loaded = _without(loaded, self.layout.missing)
        raw = {ours: loaded[name] for ours, name in self.mapped.names.items()}
        raw |= {f"clock of {ours}": loaded[name] for ours, name in self.mapped.clocks.items()}
        raw |= {f"part {i} of id": loaded[name] for i, name in enumerate(self.mapped.id_parts)}
        for role in ("point", "area", "count"):
            if (name := getattr(self.mapped, role)) is not None:
                raw[role] = loaded[name]
        if self.first is None:
            self.first = pd.DataFrame({name: column.iloc[:1] for name, column in raw.items()})
            self._find_out(raw)
        return raw

    def _find_out(self, raw: dict[str, pd.Series]) -> None:
        """Decide by the first batch what the source does not say of its numbers and areas."""
        self._decimal = self.layout.decimal
        if self._decimal is None and "x" in raw:
            self._decimal = "," if has_decimal_comma(raw["x"], raw["y"]) else "."
        if "area" in raw:
            if self.places is None:
                raise InputError(
                    f"{self.table.name}: holds codes of areas and no points; say where the areas are: "
                    "places='areas.gpkg', with a column of the same codes"
                )
            self._area_codes = self.places.code_column(raw["area"], str(self.mapped.area))

    def _cleaned(self, raw: dict[str, pd.Series], rules: PositionRules) -> Clean:
        rows = len(next(iter(raw.values())))
        sieve = Sieve(rows)
        times = {name: self._times(raw, name) for name in TIMES if name in raw}
        columns = {**spans(times, sieve, self.now), **self._category(raw, rows, sieve)}
        columns |= self._position(raw, rows, sieve, rules)
        columns |= self._also(raw, rows, sieve)
        number = how_many(raw["count"], sieve) if "count" in raw else None
        ids = self._ids(raw)
        self.tally.add(rows, sieve.aside(columns, None if ids is None else _said(*ids)))
        kept = slice(None) if sieve.kept.all() else sieve.kept
        columns = {name: column[kept] for name, column in columns.items()} if not sieve.kept.all() else columns
        if ids is not None and not sieve.kept.all():
            ids = (ids[0].filter(sieve.kept), ids[1][kept])
        if number is not None:
            columns, ids = self._repeated(columns, ids, number[kept])
        return self._identified(columns, ids)

    def _times(self, raw: dict[str, pd.Series], name: str) -> Parsed:
        where = f"{self.table.name}, column {self.mapped.names[name]!r}"
        layout = self.layout.times.get(name, TimeLayout())
        written = read_written(raw[name], where, layout, raw.get(f"clock of {name}"))
        refuse_no_zone(written, self.zone, where)
        assumed = self._midnights[name]
        if assumed is not False:
            found = local_midnights(written, self.zone)
            if assumed and found is False:
                raise _Otherwise(name)
            self._midnights[name] = assumed if found is None else found
        return in_utc(written, self.zone, layout, bool(self._midnights[name]))

    def _category(self, raw: dict[str, pd.Series], rows: int, sieve: Sieve) -> dict[str, Any]:
        if "category" not in raw:
            return {"category": _constant(self.layout.constants["category"], rows)}
        category, missing = as_text(raw["category"])
        sieve.drop("missing category", missing)
        totals = {total.strip() for total in self.layout.totals}
        if totals:
            sum_of_others = np.array([*(name.strip() in totals for name in category.categories), False])
            sieve.drop(TOTAL, sum_of_others[category.codes])
        return {"category": category}

    def _position(self, raw: dict[str, pd.Series], rows: int, sieve: Sieve, rules: PositionRules) -> dict[str, Any]:
        decimal = self._decimal or "."
        error = as_numbers(raw["position_error"], decimal) if "position_error" in raw else np.full(rows, np.nan)
        if "point" in raw:
            x, y = text_points(raw["point"])
        elif "area" in raw and self.places is not None:
            x, y, radius = self.places.points(raw["area"], str(self._area_codes))
            error = np.where(np.isnan(error), radius, error)
            sieve.drop(NO_AREA, np.isnan(x))
        else:
            x, y = as_numbers(raw["x"], decimal), as_numbers(raw["y"], decimal)
        for reason, wrong in rules.faults(x, y).items():
            sieve.drop(reason, wrong)
        return {"x": x, "y": y, "position_error": np.where(error >= 0, error, np.nan)}

    def _also(self, raw: dict[str, pd.Series], rows: int, sieve: Sieve) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        for name in ("discovered", "source"):
            if name not in raw and name in self.layout.constants:
                raw[name] = pd.Series(np.full(rows, self.layout.constants[name], object))
        if "discovered" in raw:
            columns["discovered"], strange = as_flags(raw["discovered"])
            self.tally.noted[STRANGE_FLAG] += int((sieve.kept & strange).sum())
        return columns | ({"source": as_text(raw["source"])[0]} if "source" in raw else {})

    def _ids(self, raw: dict[str, pd.Series]) -> tuple[Any, np.ndarray] | None:
        """Ids as the source says them, and which are missing; None where it has none."""
        if "id" in raw:
            return as_ids(raw["id"])
        parts = [as_ids(raw[f"part {i} of id"]) for i in range(len(self.mapped.id_parts))]
        if not parts:
            return None
        import pyarrow.compute as pc

        texts = [pc.utf8_trim_whitespace(part) for part, _ in parts]
        missing = np.logical_or.reduce([gone for _, gone in parts])
        return (pc.binary_join_element_wise(*texts, "/") if len(texts) > 1 else texts[0]), missing

    def _repeated(self, columns: dict[str, Any], ids: Any, number: np.ndarray) -> tuple[dict[str, Any], Any]:
        """Let a row that stands for several incidents be several rows."""
        rows = np.repeat(np.arange(number.size), number)
        again = np.arange(rows.size) - np.repeat(np.cumsum(number) - number, number)
        self.tally.rows += rows.size - number.size
        self.tally.noted[stands_for(self.mapped.count)] += number.size
        columns = {name: column[rows] for name, column in columns.items()}
        if ids is None:
            return columns, None
        return columns, (numbered(ids[0].take(rows), again), ids[1][rows])

    def _identified(self, columns: dict[str, Any], ids: tuple[Any, np.ndarray] | None) -> Clean:
        rows = len(columns["start"])
        made = np.ones(rows, bool) if ids is None else ids[1]
        keys = np.zeros(rows, np.uint64)
        text = None
        if ids is not None:
            text = ids[0]
            keys = version_keys(text, columns["known_at"])
            self.tally.noted[NO_ID] += int(made.sum())
        if made.any():
            keys, text = self._made(columns, made, keys, text)
        clean = {"id": text, **columns}
        self.tally.noted.update(notable(clean, "known_at" in self.mapped.names))
        return Clean(clean, keys, made)

    def _made(self, columns: dict[str, Any], made: np.ndarray, keys: np.ndarray, text: Any) -> tuple[np.ndarray, Any]:
        """Make ids of content where there are none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        hashes = row_hashes(pd.Series(columns[name][made]) for name in CONTENT if name in columns)
        ids = hex_ids(hashes)
        keys[made] = hashes
        if text is not None:
            ids = pc.replace_with_mask(text, pa.array(made), ids.cast(text.type))
        return keys, ids

    def _nothing_left(self) -> InputError:
        reasons = "; ".join(f"{reason}: {rows:,}" for reason, rows in self.tally.set_aside.items())
        shown = {}
        for name in ("start", "x", "y", "point", "area", "category"):
            theirs = self.mapped.names.get(name) or getattr(self.mapped, name, None)
            if self.first is not None and theirs is not None and name in self.first:
                shown[safe_name(theirs)] = shape_of(self.first[name].iloc[0])
        first = ", ".join(f"{name} as {shape}" for name, shape in shown.items())
        written = f"; the first one is written {first} (9 is a digit, a is a letter)" if shown else ""
        return InputError(
            f"{self.table.name}: none of {self.tally.rows:,} rows can be used ({reasons}){written} in "
            f"{self.crs.to_string()}; expected times such as "
            "'2024-03-01T07:00' (other forms are declared, for example formats={'start': '%m/%d/%Y %H:%M'}), plain "
            "numbers for x and y in that CRS, and a category"
        )


def notable(columns: Mapping[str, Any], dated: bool) -> Counter[str]:
    """Count what is so about rows that are kept.

    Parameters
    ----------
    columns : mapping of str to column
        Of clean rows.
    dated : bool
        Whether the source says when rows became known.

    Returns
    -------
    Counter of str
        Rows by what is so about them.
    """
    start, end, known = (np.asarray(columns[name]) for name in ("start", "end", "known_at"))
    precision = np.bincount(pd.Categorical(columns["time_precision"], PRECISIONS).codes, minlength=3)
    found = Counter({NOT_KNOWN: int(np.isnat(known).sum()) if dated else 0, EARLY: int((known < start).sum())})
    found |= {"name a day and no time of day": int(precision[1]), "name a month and no day": int(precision[2])}
    found[LONG] = int((end - start > WEEK).sum()) if not precision[2] else 0
    return found


def _said(ids: Any, missing: np.ndarray) -> Any:
    """Ids, null where they are missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pa.array(missing), pa.scalar(None, ids.type), ids) if missing.any() else ids


def _constant(text: str, rows: int) -> Any:
    return pd.Categorical.from_codes(np.zeros(rows, np.int8), categories=pd.Index([text], dtype=str))


def _without(loaded: pd.DataFrame, texts: tuple[str, ...]) -> pd.DataFrame:
    """Take out what means that there is nothing."""
    numbers = [number for number in pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce") if number == number]
    plain = [text.strip() for text in texts]
    changed = {}
    for name, column in loaded.items():
        if str(name) in GEOMETRY or pd.api.types.is_datetime64_any_dtype(column.dtype):
            continue
        if pd.api.types.is_numeric_dtype(column.dtype):
            nothing = column.isin(numbers)
        else:
            nothing = column.astype(object).map(lambda cell: isinstance(cell, str) and cell.strip() in plain)
        if nothing.any():
            changed[str(name)] = column.astype(object).where(~nothing, None)
    return loaded.assign(**changed) if changed else loaded
