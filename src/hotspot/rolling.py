"""The as-of loop over issue times: fit now and then, forecast each time, and never see what came later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import xarray as xr

from hotspot.history import History, Times
from hotspot.protocols import Fitted, Model
from hotspot.windows import Duration, Windows, shift

DEFAULT_SEED = 0


def child_seed(*parts: object) -> int:
    """Derive a seed from what it is for, so that order and number of workers change nothing.

    Parameters
    ----------
    *parts : object
        The parent seed (None is the default seed 0) and the purpose: text and numbers.

    Returns
    -------
    int
        0 to 2**63 - 1, the same on every machine.

    Examples
    --------
    >>> child_seed(None, "fit", "burglary") == child_seed(0, "fit", "burglary") != child_seed(1, "fit", "burglary")
    True
    """
    text = "\x1f".join(str(DEFAULT_SEED if part is None else part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def roll(
    model: Model,
    history: History,
    issue_times: Times,
    *,
    windows: Windows,
    refit: str | Duration = "28D",
    rng: int | None = None,
) -> Iterator[tuple[np.datetime64, xr.Dataset]]:
    """Forecast at each issue time with what was known then.

    The model is fitted at the first issue time, and again at the first one that lies `refit` or more after the
    last fit. In between, the fitted parameters stay and only the History moves on.

    Parameters
    ----------
    model : Model
        Recipe.
    history : History
        With no cutoff, or one at or after every issue time.
    issue_times : ndarray of datetime64, shape (n_issue_times,)
        Naive UTC; taken in ascending order.
    windows : Windows
        What is forecast.
    refit : str or Duration
        Civil time between fits.
    rng : int, optional
        Seed; default 0. Fits and forecasts get children by purpose, target, model name, and number of the fit
        or of the issue time.

    Yields
    ------
    issue_time : datetime64
        Naive UTC.
    forecast : xarray.Dataset
        With that one issue time.

    Raises
    ------
    LeakageError
        If an issue time lies after the cutoff of the History.
    """
    every, zone = Duration.parse(refit), history.domain.time_zone
    purpose = (history.target_name, model.name)
    fitted: Fitted | None = None
    fits, due = 0, None
    for number, issue_time in enumerate(np.sort(np.asarray(issue_times, "datetime64[us]"))):
        past = history.as_of(issue_time)
        if fitted is None or issue_time >= due:
            fitted = model.fit(past, windows=windows, rng=child_seed(rng, "fit", *purpose, fits))
            fits, due = fits + 1, shift(issue_time, every, zone)
        yield issue_time, fitted.forecast(past, rng=child_seed(rng, "forecast", *purpose, number))
