"""Plain twins of hotspot.kernels.selection."""

from __future__ import annotations

import itertools
import math

import numpy as np

SLACK = 1e-9


def greedy(size, budget, up):
    taken, used = [], 0.0
    for value in size:
        take = used < budget * (1 - SLACK) if up else used + value <= budget * (1 + SLACK)
        taken.append(take)
        used += value if take else 0.0
    return np.array(taken, bool)


def expected_hits(size, mass, group, budget):
    """Group by group, as the kernel says it does."""
    hits = used = chance = 0.0
    for name in dict.fromkeys(group.tolist()):
        room = budget * (1 + SLACK) - used
        fits = (group == name) & (size <= room)
        total = size[fits].sum()
        if total <= room:
            share = 1.0
        else:
            level = np.ptp(size[fits]) <= SLACK * size[fits].max()
            filled = math.floor(room / size[fits].max()) * size[fits].max() if level else budget - used
            share = filled / total
            chance += filled
        hits += share * mass[fits].sum()
        used += share * total
    return hits, used, chance


def mean_hits(size, mass, group, budget):
    """Average of the greedy walk over every order of tied cells."""
    names = dict.fromkeys(group.tolist())
    orders = itertools.product(*(itertools.permutations(np.flatnonzero(group == name)) for name in names))
    totals = []
    for order in orders:
        index = np.array([i for part in order for i in part], int)
        taken = index[greedy(size[index], budget, False)]
        totals.append((mass[taken].sum(), size[taken].sum()))
    return np.mean(totals, axis=0)
