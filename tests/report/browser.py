"""A headless Chromium that opens one page and tells what it saw."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

CHROMIUM = shutil.which("chromium")
chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path: apt-get install chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
    *("--force-device-scale-factor=1", "--virtual-time-budget=10000", "--enable-logging=stderr", "--v=0"),
)


class Seen(NamedTuple):
    """What the browser saw: the document after scripts, pixels, console, and what the page asked the network for."""

    dom: str
    pixels: np.ndarray
    console: list[str]
    requests: list[str]

    @property
    def body(self) -> dict[str, str]:
        """Data attributes of the body, which the script sets last."""
        tag = re.search(r"^<body[^>]*>", self.dom, re.MULTILINE)
        return dict(re.findall(r'data-(\w+)="(\w+)"', tag[0] if tag else ""))

    def text(self, name: str) -> str:
        """Text of the element with an id."""
        found = re.search(rf'id="{name}"[^>]*>([^<]*)<', self.dom)
        return found[1].replace("&nbsp;", " ") if found else ""

    def share(self, colour: str) -> float:
        """Share of the pixels that have exactly this colour."""
        wanted = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        return float((self.pixels == wanted).all(axis=-1).mean())


def look(page: Path, folder: Path, fragment: str = "", size: tuple[int, int] = (1280, 800)) -> Seen:
    """Open a page in a fresh profile."""
    folder.mkdir(parents=True, exist_ok=True)
    shot, log = folder / "shot.png", folder / "net.json"
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}"]
    command += [f"--screenshot={shot}", "--dump-dom", f"--window-size={size[0]},{size[1]}", page.as_uri() + fragment]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    with Image.open(shot) as image:
        pixels = np.asarray(image.convert("RGB"))
    console = [line for line in run.stderr.splitlines() if ":CONSOLE" in line]
    return Seen(run.stdout, pixels, console, _requests(log.read_text(encoding="utf-8")))


def _requests(log: str) -> list[str]:
    """Addresses that the page asked for; what the browser asks for itself has no page as its initiator."""
    try:
        events = json.loads(log)["events"]
    except json.JSONDecodeError:  # the log of a browser that ends early lacks its last bracket
        events = json.loads(log.rstrip().rstrip(",") + "]}")["events"]
    params = [event.get("params", {}) for event in events]
    started = [p for p in params if "url" in p and p.get("initiator", "not an origin") != "not an origin"]
    return sorted({p["url"] for p in started})
