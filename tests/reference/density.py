"""Plain-numpy twin of hotspot.kernels.density."""

from __future__ import annotations

import numpy as np


def gaussian_sum(x, y, of_x, of_y, weight, bandwidth):
    """Every pair: weight_j exp(-d^2 / (2 bandwidth^2)) where d <= 4 bandwidths."""
    d2 = np.subtract.outer(x, of_x) ** 2 + np.subtract.outer(y, of_y) ** 2
    near = d2 <= (4.0 * bandwidth) * (4.0 * bandwidth)
    return np.where(near, np.exp(-0.5 * d2 / bandwidth**2), 0.0) @ weight
