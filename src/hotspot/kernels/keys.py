"""Numbers that stand for text as it lies in memory: to tell rows apart, and to sort them."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.mixing import STEP, mixed
from hotspot.kernels.text import Bytes, Offsets

_mixed = nb.njit(inline="always")(mixed)


@nb.njit(cache=True, nogil=True)
def text_keys(begins: Offsets, data: Bytes, also: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Make one number of each text and a number beside it; equal ones are equal, others nearly never.

    Parameters
    ----------
    begins : ndarray of int, shape (n + 1,)
        As for `iso_times`.
    data : ndarray of uint8
        UTF-8.
    also : ndarray of int64, shape (n,)
        The number.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Keys.
    """
    keys = np.empty(also.size, np.uint64)
    for i in range(also.size):
        state: np.uint64 = _mixed(nb.uint64(also[i]) + STEP)
        word, filled = nb.uint64(0), 0
        for k in range(begins[i], begins[i + 1]):
            word |= nb.uint64(data[k]) << nb.uint64(8 * filled)
            filled += 1
            if filled == 8:
                state = _mixed(state ^ word) + STEP
                word, filled = nb.uint64(0), 0
        length = nb.uint64(begins[i + 1] - begins[i])
        keys[i] = _mixed((state ^ word) + length * STEP)
    return keys


@nb.njit(cache=True, nogil=True)
def perhaps_blank(begins: Offsets, data: Bytes) -> NDArray[np.bool_]:
    """Tell the texts that are empty, or that begin with a byte that may be a blank.

    Parameters
    ----------
    begins : ndarray of int, shape (n + 1,)
        As for `iso_times`.
    data : ndarray of uint8
        UTF-8.

    Returns
    -------
    ndarray of bool, shape (n,)
        True where it takes a closer look.
    """
    blank = np.empty(begins.size - 1, np.bool_)
    for i in range(blank.size):
        at = begins[i]
        blank[i] = at == begins[i + 1] or data[at] <= 32 or data[at] > 126
    return blank


@nb.njit(cache=True, nogil=True)
def shared_start(begins: Offsets, data: Bytes, first: Bytes, length: int) -> int:
    """Count the bytes with which all texts begin.

    Parameters
    ----------
    begins : ndarray of int, shape (n + 1,)
        As for `iso_times`.
    data : ndarray of uint8
        UTF-8.
    first : ndarray of uint8
        A text to compare with.
    length : int
        At most so many.

    Returns
    -------
    int
        How many.
    """
    for i in range(begins.size - 1):
        at = begins[i]
        length = min(length, begins[i + 1] - at)
        for k in range(length):
            if data[at + k] != first[k]:
                length = k
                break
    return length


@nb.njit(cache=True, nogil=True)
def eight_bytes(begins: Offsets, data: Bytes, skip: int) -> NDArray[np.uint64]:
    """Make numbers of texts that are in the order of the texts, as far as eight bytes tell.

    Parameters
    ----------
    begins : ndarray of int, shape (n + 1,)
        As for `iso_times`.
    data : ndarray of uint8
        UTF-8.
    skip : int
        Bytes at the beginning that are the same in all.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Equal where the texts may differ further on.
    """
    out = np.zeros(begins.size - 1, np.uint64)
    for i in range(out.size):
        at, number = begins[i] + skip, nb.uint64(0)
        for k in range(8):
            number <<= nb.uint64(8)
            if at + k < begins[i + 1]:
                number |= nb.uint64(data[at + k])
        out[i] = number
    return out
