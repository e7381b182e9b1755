"""Plain twins of hotspot.kernels.selection."""

from __future__ import annotations

import itertools

import numpy as np

SLACK = 1e-9


def greedy(size, budget, whole, up):
    taken, used = [], 0.0
    for value in size:
        enough = not up and used > 0 and budget - used < whole - SLACK * budget
        take = not enough and (used < budget * (1 - SLACK) if up else used + value <= budget * (1 + SLACK))
        taken.append(take)
        used += value if take else 0.0
    return np.array(taken, bool)


def expected_hits(size, mass, group, budget, whole):
    """Group by group, as the kernel says it does."""
    hits = used = chance = 0.0
    for name in dict.fromkeys(group.tolist()):
        if used > 0 and budget - used < whole - SLACK * budget:
            break
        room = budget * (1 + SLACK) - used
        fits = (group == name) & (size <= room)
        total = size[fits].sum()
        if not fits.any():
            continue
        if np.ptp(size[fits]) <= SLACK * size[fits].max():
            one, taken, left = size[fits].max(), 0, room
            while taken < fits.sum() and one <= left and ((used == 0 and taken == 0) or left >= max(whole, one)):
                taken, left = taken + 1, left - one
            filled = taken * one
        else:
            filled = total if total <= room else budget - used
        share = filled / total
        if filled < total - SLACK * budget:
            chance += filled
        hits += share * mass[fits].sum()
        used += share * total
    return hits, used, chance


def mean_hits(size, mass, group, budget, whole):
    """Average of the greedy walk over every order of tied cells."""
    names = dict.fromkeys(group.tolist())
    orders = itertools.product(*(itertools.permutations(np.flatnonzero(group == name)) for name in names))
    totals = []
    for order in orders:
        index = np.array([i for part in order for i in part], int)
        taken = index[greedy(size[index], budget, whole, False)]
        totals.append((mass[taken].sum(), size[taken].sum()))
    return np.mean(totals, axis=0)
