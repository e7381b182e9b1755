"""Hashes of what results depend on, so that a stored result is used again only where it would come out the same."""

from __future__ import annotations

import hashlib
from importlib.metadata import version

import numpy as np
import pandas as pd

from hotspot.history import History
from hotspot.windows import Times


def digest(*parts: str | bytes | np.ndarray) -> str:
    """Hash text, bytes and arrays.

    Parameters
    ----------
    *parts : str, bytes or ndarray
        What to hash.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    total = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, str):
            part = part.encode()
        raw = part if isinstance(part, bytes) else part.tobytes()
        total.update(len(raw).to_bytes(8, "big"))
        total.update(raw)
    return total.hexdigest()


def known_digest(history: History, issue_times: Times, *settings: object) -> str:
    """Hash all that was known at the last issue time, and the settings of a run.

    Parameters
    ----------
    history : History
        What is known.
    issue_times : ndarray of datetime64[us], shape (n_issue_times,)
        Naive UTC, ascending.
    *settings : object
        Whatever else the result depends on; their `repr` counts.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    known = history.as_of(issue_times[-1])
    table = known.versions.table
    text = {name: str for name, kind in table.dtypes.items() if not isinstance(kind, np.dtype)}
    rows = pd.util.hash_pandas_object(table.astype(text), index=False)  # codes of categories hang on what else there is
    spread = known.spread if isinstance(known.spread, str) else known.spread.fingerprint
    own = (known.target, known.latency, known.estimates, spread, known.eligible)
    layers = [layer.fingerprint for layer in known.layers]
    fixed = (known.domain.fingerprint, version("hotspot-forecast"), repr((own, settings)))
    return digest(*fixed, issue_times, rows.to_numpy(), *layers)
