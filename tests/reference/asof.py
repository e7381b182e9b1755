"""The rules of an as-of store, the slow way: a list of versions an id, one row after another."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

TICK = np.timedelta64(1, "us")
NAT = np.datetime64("NaT", "us")


@dataclass
class Version:
    """One state of a record; no category means that it is deleted."""

    known: np.datetime64
    order: np.datetime64
    recorded: np.datetime64
    category: str | None


@dataclass
class SlowStore:
    """Sources with one row an id: {id: (known_at or NaT, category)}."""

    versions: dict[str, list[Version]] = field(default_factory=dict)
    ingests: int = 0

    def ingest(
        self, rows: dict[str, tuple[np.datetime64, str]], at: np.datetime64, *, complete: bool
    ) -> dict[str, int]:
        """Take in a source, and count what happened."""
        every = [version.known for versions in self.versions.values() for version in versions]
        newest = max((known for known in every if not np.isnat(known)), default=NAT)
        counts = dict.fromkeys(("new", "changed", "unchanged", "deleted", "back_dated"), 0)
        for name, (known, category) in rows.items():
            had = self.versions.setdefault(name, [])
            if not had:
                counts["new"] += 1
                counts["back_dated"] += int(known < newest)
                told = known if self.ingests == 0 or not np.isnat(known) else at
                had.append(Version(told, at if np.isnat(told) else told, at, category))
            elif had[-1].category == category:
                counts["unchanged"] += 1
            else:
                counts["changed"] += 1
                later = known > had[-1].order
                counts["back_dated"] += int(later and known < newest)
                told = known if later else max(at, had[-1].order + TICK)
                had.append(Version(told, told, at, category))
        for name, had in self.versions.items() if complete else ():
            if name not in rows and had[-1].category is not None:
                counts["deleted"] += 1
                told = max(at, had[-1].order + TICK)
                had.append(Version(told, told, at, None))
        self.ingests += 1
        return counts

    def read(self) -> set[tuple[str, str, str, str]]:
        """Every version as (id, known_at, superseded_at, category)."""
        rows = set()
        for name, had in self.versions.items():
            for number, version in enumerate(had):
                if version.category is not None:
                    ends = [later.known for later in had[number + 1 :]]
                    rows.add((name, str(version.known), str(min(ends, default=NAT)), version.category))
        return rows
