"""Rules on when rows became known, and how often they changed."""

from __future__ import annotations

from hotspot.quality.record import Record
from hotspot.quality.rule import UNKNOWN, Measured

FEWEST = 50
WRONG = "one of the two times is wrong, and a replay of past nights may know too much"


def known_before_start(record: Record) -> Measured:
    """Share of rows known before they started."""
    if len(record) < FEWEST:
        return UNKNOWN
    rows = int((record.rows["known_at"].to_numpy() < record.rows["start"].to_numpy()).sum())
    share = rows / len(record)
    return Measured(
        share, f"{rows:,} of {len(record):,} rows ({share:.1%}) were known before they started", rows, so=WRONG
    )


def revised(record: Record) -> Measured:
    """Share of incidents of which more than one version is known."""
    if len(record.log) < FEWEST:
        return UNKNOWN
    if record.log["id"].is_unique:
        return Measured(0.0, f"none of {len(record.log):,} incidents was revised")
    versions = record.log["id"].value_counts().to_numpy()
    rows, most = int((versions > 1).sum()), int(versions.max())
    share = rows / len(versions)
    sentence = (
        f"{rows:,} of {len(versions):,} incidents ({share:.1%}) were revised; the most versions of one are {most}"
    )
    return Measured(share, sentence, rows, {"most_versions": most}, so="the latest counts will still change")
