"""How long a fresh process takes before it can do anything."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.speed.conftest import Peer

PUBLIC = "import hotspot as hs; [getattr(hs, name) for name in hs.__all__]"


def fresh(code):
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)


def test_import(race):
    ours = fresh("import hotspot")
    ours()
    peers = [Peer("python -c pass", fresh("pass"), "-"), Peer("import numpy", fresh("import numpy"), "-")]
    race("import hotspot", "a fresh process; bar 0.3 s", ours, peers, error="-", rounds=7)


def test_every_public_name(race):
    ours = fresh(PUBLIC)
    ours()
    peers = [Peer("import geopandas, xarray, numba", fresh("import geopandas, xarray, numba"), "-")]
    race("load every public name", "a fresh process", ours, peers, error="-")
