"""Seeded draws that hang on an id, not on the order of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.kernels.mixing import STEP, mixed


def lots(ids: NDArray[np.generic], seed: int) -> NDArray[np.float64]:
    """Draw a uniform number for each id: the same id and seed give the same number wherever it stands.

    Parameters
    ----------
    ids : ndarray, shape (n,)
        Whole numbers or text.
    seed : int
        Seed.

    Returns
    -------
    ndarray, shape (n,)
        In [0, 1).

    References
    ----------
    Steele, Lea & Flood (2014), the finaliser of SplitMix64, doi:10.1145/2660193.2660195.
    """
    key = hashed(ids)
    # The seed is mixed before the ids come in, else neighbouring seeds would share their draws.
    return (_mix(key ^ _mix(np.array([seed], np.uint64))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def hashed(ids: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Turn ids into 64-bit numbers.

    Parameters
    ----------
    ids : ndarray, shape (n,)
        Whole numbers or text.

    Returns
    -------
    ndarray of uint64, shape (n,)
        The same on every machine.
    """
    if ids.dtype.kind in "iu":
        return _mix(ids.astype(np.int64).view(np.uint64))
    return np.asarray(pd.util.hash_array(ids.astype(str).astype(object), categorize=False), np.uint64)


def _mix(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return mixed(key + STEP)
