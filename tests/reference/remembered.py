"""What a store has to remember, the slow way: one list of versions a record, one row after another."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

COLUMNS = ["id", "start", "end", "known_at", "superseded_at", "category", "x", "y"]
NAT = np.datetime64("NaT", "us")


class Remembered:
    """Versions of records as they were handed in, night by night."""

    def __init__(self, time_zone: str) -> None:
        self.zone = ZoneInfo(time_zone)
        self.versions: dict[str, list[dict[str, object]]] = {}

    def ingest(self, rows: pd.DataFrame, at: np.datetime64, *, complete: bool = True) -> None:
        """Take in rows of a feed (text); a complete export takes out what it lacks."""
        for row in rows.to_dict("records"):
            says = self._says(row)
            versions = self.versions.setdefault(str(row["incident_id"]), [])
            if versions and versions[-1]["superseded_at"] is NAT:
                if {name: versions[-1][name] for name in says} == says:
                    continue
                versions[-1]["superseded_at"] = at
            versions.append({**says, "known_at": at, "superseded_at": NAT})
        if complete:
            there = set(rows["incident_id"])
            for name, versions in self.versions.items():
                if name not in there and versions[-1]["superseded_at"] is NAT:
                    versions[-1]["superseded_at"] = at

    def known(self, at: np.datetime64) -> pd.DataFrame:
        """Every version known at a moment; what ended it later is not known."""
        rows = [
            {**version, "id": name, "superseded_at": end if (end := version["superseded_at"]) <= at else NAT}
            for name, versions in self.versions.items()
            for version in versions
            if version["known_at"] <= at
        ]
        table = pd.DataFrame(rows, columns=COLUMNS)
        types = dict.fromkeys(["start", "end", "known_at", "superseded_at"], "datetime64[us]") | {
            "x": float,
            "y": float,
        }
        return table.astype(types).sort_values(["known_at", "id"], ignore_index=True)

    def _says(self, row: dict[str, str]) -> dict[str, object]:
        start = self._utc(row["occurred_from"])
        end = self._utc(row["occurred_to"]) if row["occurred_to"] else start
        return {"start": start, "end": end, "category": row["offense"], "x": float(row["x"]), "y": float(row["y"])}

    def _utc(self, text: str) -> np.datetime64:
        civil = datetime.fromisoformat(text).replace(tzinfo=self.zone)
        return np.datetime64(civil.astimezone(UTC).replace(tzinfo=None), "us")
