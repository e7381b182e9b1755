"""Plain-numpy twin of hotspot.kernels.recursion: every pair of incidents."""

from __future__ import annotations

import numpy as np


def excitation_sums(cell, moment, level, scale, omega):
    """Sums by cell of background and trigger probability, delay, and log intensity; shape (4, n_cells)."""
    delay = moment[:, None] - moment[None, :]
    earlier = (cell[:, None] == cell[None, :]) & (delay > 0)
    pull = np.where(earlier, scale * np.exp(-omega * np.where(earlier, delay, 0.0)), 0.0)
    intensity = level[cell] + pull.sum(1)
    parts = (
        level[cell] / intensity,
        pull.sum(1) / intensity,
        (pull * delay).sum(1) / intensity,
        np.log(intensity),
    )
    return np.array([np.bincount(cell, part, minlength=level.size) for part in parts])
