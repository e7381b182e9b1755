"""Forms of times in the layers that vary in time: what the caller declares, and how the ones not understood look."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import ConfigError, nearest
from hotspot.io.layout import TimeLayout
from hotspot.io.personal import shape_of

Formats: TypeAlias = Mapping[str, str | Sequence[str]]
LAYOUT = TimeLayout()


def first_form(values: pd.Series, wrong: NDArray[np.bool_]) -> str:
    """Say how the first of the wrong values is written.

    Parameters
    ----------
    values : Series, shape (n,)
        As the source has them.
    wrong : ndarray of bool, shape (n,)
        Which are no times.

    Returns
    -------
    str
        Digits as 9 and letters as such; empty where none is wrong.
    """
    return shape_of(values.iloc[int(np.argmax(wrong))]) if wrong.any() else ""


def written_as(form: str, what: str) -> str:
    """Say how a time that was not understood is written, and what to do.

    Parameters
    ----------
    form : str
        From `first_form`.
    what : str
        Our name of the time.

    Returns
    -------
    str
        To be put after a note; empty where nothing looks like a time.
    """
    if "9" not in form:  # words such as "soon" are no form of a time
        return ""
    return f" but of the form {form!r}; say how it is written, such as formats={{{what!r}: '%m/%d/%Y %H:%M'}}"


def time_layouts(formats: Formats | None, names: Collection[str], where: str) -> dict[str, TimeLayout]:
    """Say how each time of a source is written.

    Parameters
    ----------
    formats : mapping of str to str or sequence of str, optional
        Our names of times to patterns of `datetime.strptime`, tried in turn; ISO 8601 is always read as well.
    names : collection of str
        Times that there are.
    where : str
        The source, for messages.

    Returns
    -------
    dict of str to TimeLayout
        For each of the names.

    Raises
    ------
    ConfigError
        If a format is for no time of ours.
    """
    found = dict.fromkeys(names, LAYOUT)
    for name, patterns in (formats or {}).items():
        if name not in found:
            raise ConfigError(f"{where} formats: got {name!r}, which is no time of ours; {nearest(name, found)}")
        found[name] = TimeLayout((patterns,) if isinstance(patterns, str) else tuple(patterns))
    return found
