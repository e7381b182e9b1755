"""Versions that must be set aside still end the ones before them: as their publisher has it, those stand no longer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hotspot.io.identity import CONTRADICTING, REPEATED

FORGOTTEN = "rows set aside are too many to remember; versions before them stand on"


def lost_versions(aside: pd.DataFrame | None) -> pd.DataFrame:
    """Pick the versions among the rows that were set aside.

    Parameters
    ----------
    aside : pandas.DataFrame, optional
        As `QualityReport` keeps it.

    Returns
    -------
    pandas.DataFrame
        `id` and `known_at` (perhaps NaT), of rows that say an id and repeat no other row.
    """
    if aside is None or "id" not in aside:
        return pd.DataFrame({"id": pd.Series([], dtype=str), "known_at": pd.Series([], dtype="datetime64[us]")})
    version = aside["id"].notna() & ~aside["reason"].isin([REPEATED, CONTRADICTING])
    return aside.loc[version, ["id", "known_at"]].reset_index(drop=True)


def end_before(table: pd.DataFrame, aside: pd.DataFrame | None) -> pd.DataFrame:
    """Let each version end when a later one of its id became known that was set aside.

    Parameters
    ----------
    table : pandas.DataFrame
        As Incidents holds it.
    aside : pandas.DataFrame, optional
        What was set aside from the same source.

    Returns
    -------
    pandas.DataFrame
        With an earlier `superseded_at` where that is so.
    """
    lost = lost_versions(aside).dropna()
    there = np.flatnonzero(table["id"].isin(lost["id"]) & table["known_at"].notna())
    if not there.size:
        return table
    rows = table.iloc[there][["id", "known_at"]].assign(row=there, id=lambda part: part["id"].astype(object))
    ends = lost.assign(id=lost["id"].astype(object), ended=lost["known_at"])
    met = pd.merge_asof(
        rows.sort_values("known_at"), ends.sort_values("known_at"),
        on="known_at", by="id", direction="forward", allow_exact_matches=False,
    )  # fmt: skip
    superseded = table["superseded_at"].to_numpy().copy()
    row = met["row"].to_numpy()
    superseded[row] = np.fmin(superseded[row], met["ended"].to_numpy())  # fmin: the other where one is missing
    return table.assign(superseded_at=superseded)
