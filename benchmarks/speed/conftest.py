"""What the speed benchmarks share: ours and the peers take turns, and each comparison becomes a row of one table."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import pytest

ROWS = pytest.StashKey[list]()
LIBRARIES = ("numpy", "scipy", "numba", "pandas", "scikit-learn", "KDEpy", "geopandas", "h3")
HEAD = ("what", "on", "ours", "CPU", "peer or limit", "its time", "CPU", "its time / ours", "error: ours; its")


class Peer(NamedTuple):
    """Someone else's way to the same result, or the least that the machine has to do for it."""

    name: str
    call: Callable[[], object]
    error: str = "same"


class Spent(NamedTuple):
    """Median seconds on the wall, and of CPU in this process and the children it waited for."""

    wall: float
    cpu: float


def cpu_seconds():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def timed(call):
    wall, cpu = time.perf_counter(), cpu_seconds()
    call()
    return Spent(time.perf_counter() - wall, cpu_seconds() - cpu)


def middle(spent):
    return Spent(*(median(column) for column in zip(*spent, strict=True)))


@pytest.fixture
def rows(request):
    """Rows of the table printed at the end."""
    return request.config.stash.setdefault(ROWS, [])


@pytest.fixture
def race(benchmark, rows):
    """Time ours and the peers in turn. Both were called before: that is how their results were compared."""

    def run(what, on, ours, peers, *, error="same", rounds=5):
        own, others = [], {peer.name: [] for peer in peers}

        def peers_first():
            for peer in peers:
                others[peer.name].append(timed(peer.call))

        benchmark.pedantic(lambda: own.append(timed(ours)), setup=peers_first, rounds=rounds)
        for peer in peers:
            row = (what, on, middle(own), peer.name, middle(others[peer.name]), f"{error}; {peer.error}")
            rows.append(row)
        benchmark.extra_info.update({"on": on, "peers": {name: middle(spent).wall for name, spent in others.items()}})

    return run


def written(seconds):
    if np.isnan(seconds):
        return "-"
    unit, factor = next(((u, f) for u, f in (("s", 1), ("ms", 1e3)) if seconds * f >= 1), ("us", 1e6))
    return f"{seconds * factor:.3g} {unit}"


def cells_of(row):
    what, on, own, name, other, error = row
    return (
        what, on, written(own.wall), written(own.cpu), name, written(other.wall), written(other.cpu),
        f"{other.wall / own.wall:.3g}", error,
    )  # fmt: skip


def processor():
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def machine():
    """Say what the figures were measured on, and how busy it was."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}; "
        f"load at the end {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}, {libraries}",
    ]


def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash.get(ROWS, [])
    if not rows:
        return
    table = [HEAD, *map(cells_of, rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    terminalreporter.section("speed")
    for line in machine():
        terminalreporter.write_line(line)
    terminalreporter.write_line("")
    for number, row in enumerate(table):
        terminalreporter.write_line("| " + " | ".join(map(str.ljust, row, widths)) + " |")
        if number == 0:
            terminalreporter.write_line("|" + "|".join("-" * (width + 2) for width in widths) + "|")


@pytest.fixture
def rng():
    return np.random.default_rng(20261120)
