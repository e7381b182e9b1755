"""Small things several models do with incidents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotspot.history import Events


def midpoints(events: Events) -> NDArray[np.datetime64]:
    """Middle of each interval.

    Parameters
    ----------
    events : Events
        Incidents.

    Returns
    -------
    ndarray of datetime64[us], shape (n,)
        Naive UTC.
    """
    return events.start + (events.end - events.start) // 2
