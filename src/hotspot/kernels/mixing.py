"""The finaliser of SplitMix64: whole numbers stirred so that near ones lie far apart.

References
----------
Steele, G. L., Lea, D. & Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA 2014, 453-472.
https://doi.org/10.1145/2660193.2660195
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

STEP = np.uint64(0x9E3779B97F4A7C15)  # what the generator adds from draw to draw
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)

Key = TypeVar("Key", np.uint64, NDArray[np.uint64])


def mixed(key: Key) -> Key:
    """Stir 64-bit numbers; the same for arrays, and inside compiled kernels for one number.

    Parameters
    ----------
    key : uint64, scalar or array
        Any.

    Returns
    -------
    uint64, scalar or array
        A permutation of all such numbers.
    """
    key = (key ^ (key >> _30)) * _FIRST
    key = (key ^ (key >> _27)) * _SECOND
    return key ^ (key >> _31)
