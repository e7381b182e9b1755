"""What the laws do to a History: forget the future, shuffle it, move all of it in time."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pandas as pd

from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.layers import Layer
from hotspot.testing.layers import reordered_layer, replaced_layer, shifted_layer, shuffled_later, without_later
from hotspot.windows import Times, as_utc

LATER = np.timedelta64(17, "D")  # than it was: the vintage of a layer that stays


def rebuilt(history: History, table: pd.DataFrame, layers: tuple[Layer, ...] | None = None) -> History:
    """Make a History like another one from other records.

    Parameters
    ----------
    history : History
        Gives domain, target and latency.
    table : pandas.DataFrame
        Versions.
    layers : tuple of layers, optional
        Default: the same.

    Returns
    -------
    History
        Without a cutoff.
    """
    records = Incidents(table.drop(columns="cell", errors="ignore"), history.incidents.crs)
    return replace(
        history, incidents=records, layers=history.layers if layers is None else layers, cutoff=None, log=None
    )


def without_future(history: History, cutoff: np.datetime64) -> History:
    """Delete every version, every later fate of a version, and every row of a layer, not known at a cutoff.

    Parameters
    ----------
    history : History
        Without a cutoff.
    cutoff : numpy.datetime64
        Naive UTC.

    Returns
    -------
    History
        What files written at the cutoff would hold, and layers whose vintage is later still.
    """
    table = history.versions.table
    table = table[table["known_at"] <= cutoff]
    fate = table["superseded_at"].where(table["superseded_at"] <= cutoff)
    layers = tuple(without_later(layer, cutoff) for layer in history.layers)
    return rebuilt(history, table.assign(superseded_at=fate), layers)


def shuffled_future(history: History, cutoff: np.datetime64, rng: np.random.Generator) -> History:
    """Shuffle what versions and rows of layers not known at a cutoff say.

    Parameters
    ----------
    history : History
        Without a cutoff.
    cutoff : numpy.datetime64
        Naive UTC.
    rng : numpy.random.Generator
        For the order.

    Returns
    -------
    History
        The same rows, their future contents exchanged.
    """
    table = history.versions.table.copy()
    later = np.flatnonzero(table["known_at"].to_numpy() > cutoff)
    order = rng.permutation(later)
    for columns in (["x", "y", "category"], ["start", "end"]):
        table.loc[later, columns] = table.loc[order, columns].to_numpy()
    return rebuilt(history, table, tuple(shuffled_later(layer, cutoff, rng) for layer in history.layers))


def shifted(history: History, span: np.timedelta64) -> History:
    """Move everything that has a time.

    Parameters
    ----------
    history : History
        Without a cutoff.
    span : numpy.timedelta64
        By how much.

    Returns
    -------
    History
        Records and layers moved.
    """
    table = history.versions.table
    moved = {name: table[name] + span for name in ("start", "end", "known_at", "superseded_at")}
    return rebuilt(history, table.assign(**moved), tuple(shifted_layer(layer, span) for layer in history.layers))


def reordered(history: History, rng: np.random.Generator) -> History:
    """Mix the rows of records and layers, as another export of the same data might.

    Parameters
    ----------
    history : History
        Without a cutoff.
    rng : numpy.random.Generator
        For the order.

    Returns
    -------
    History
        The same rows.
    """
    table = history.versions.table
    mixed = table.iloc[rng.permutation(len(table))]
    return rebuilt(history, mixed, tuple(reordered_layer(layer, rng) for layer in history.layers))


def without_gap(history: History, complete_until: np.datetime64) -> History:
    """Delete what is known of the time that is not complete yet.

    Parameters
    ----------
    history : History
        Without a cutoff.
    complete_until : numpy.datetime64
        Naive UTC.

    Returns
    -------
    History
        Without incidents that begin at `complete_until` or later.
    """
    table = history.versions.table
    return rebuilt(history, table[table["start"].to_numpy() < complete_until])


def replaced_layers(history: History, by: float, since: np.datetime64 | None = None) -> History:
    """Put other layers in the place of dated ones, so that a model which sees them answers differently.

    Parameters
    ----------
    history : History
        Without a cutoff.
    by : float
        How far they move along both axes [m].
    since : numpy.datetime64, optional
        Only layers of this vintage or a later one.

    Returns
    -------
    History
        The same records.
    """
    layers = tuple(replaced_layer(layer, by) if _is_since(layer, since) else layer for layer in history.layers)
    return replace(history, layers=layers)


def with_fewest_layers(history: History, since: np.datetime64) -> History:
    """Take away the layers of a vintage or a later one, but for the first of a name that has none before.

    A feature may demand a layer, or do without: that there is one at all is a setting.

    Parameters
    ----------
    history : History
        Without a cutoff.
    since : numpy.datetime64
        Naive UTC.

    Returns
    -------
    History
        The same records; the layers that stay are of a later vintage.
    """
    later = sorted((layer for layer in history.layers if _is_since(layer, since)), key=_vintage)
    named = {(type(layer), layer.name) for layer in history.layers if layer not in later}
    first = {(type(layer), layer.name): layer for layer in reversed(later)}
    stay = [layer for key, layer in first.items() if key not in named]
    layers = (
        replace(layer, vintage=_vintage(layer) + LATER) if layer in stay else layer
        for layer in history.layers
        if layer in stay or layer not in later
    )
    return replace(history, layers=tuple(layers))


def _is_since(layer: Layer, since: np.datetime64 | None) -> bool:
    return layer.vintage is not None and (since is None or bool(_vintage(layer) >= since))


def _vintage(layer: Layer) -> np.datetime64:
    return as_utc(layer.vintage, "UTC")  # type: ignore[arg-type]


def vintages(history: History) -> list[np.datetime64]:
    """Give the vintages of dated layers.

    Parameters
    ----------
    history : History
        With or without layers.

    Returns
    -------
    list of numpy.datetime64
        Each once, ascending, naive UTC.
    """
    return sorted({as_utc(layer.vintage, "UTC") for layer in history.layers if layer.vintage is not None})


def fresh(history: History) -> History:
    """Copy a History with all that it holds, so that nothing remembers what was computed from it.

    Parameters
    ----------
    history : History
        With or without a cutoff.

    Returns
    -------
    History
        Equal, and sharing no array.
    """
    incidents, log, layers = deepcopy((history.incidents, history.log, history.layers))
    domain = replace(history.domain, ids=history.domain.ids.copy(), size=history.domain.size.copy())
    return replace(history, domain=domain, incidents=incidents, log=log, layers=layers)


def content(history: History) -> str:
    """Hash what a History holds.

    Parameters
    ----------
    history : History
        With or without a cutoff.

    Returns
    -------
    str
        Equal for equal records, cells and layers.
    """
    digest = sha256(f"{history.cutoff}|{history.target_name}|{history.latency}".encode())
    for records in (history.incidents, history.versions):
        digest.update(pd.util.hash_pandas_object(records.table).to_numpy().tobytes())
    for cells in (history.domain.ids, history.domain.size):
        digest.update(cells.tobytes())
    for layer in history.layers:
        digest.update(replace(layer).fingerprint.encode())  # a copy: a layer remembers its fingerprint
    return digest.hexdigest()


def moments(times: Times) -> list[np.datetime64]:
    """Take the times of an array one by one.

    Parameters
    ----------
    times : ndarray of datetime64, shape (n,)
        Naive UTC.

    Returns
    -------
    list of numpy.datetime64
        The same.
    """
    return [np.datetime64(time, "us") for time in times]
