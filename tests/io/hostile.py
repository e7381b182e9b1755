"""What the attack tests share: the one thing that may come of any input, and a process with limits."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hotspot.errors import HotspotError
from hotspot.io import read_incidents

LONLAT: dict[str, Any] = {"crs": "EPSG:4326", "time_zone": "America/Chicago"}
HEADER = "id,start,category,lon,lat\n"
ROW = {"id": "1", "start": "2024-03-01T07:00", "category": "theft", "lon": -87.6, "lat": 41.9}
LONGEST_MESSAGE = 8_000
MODULES = "import pandas, pyarrow.csv, pyarrow.parquet, pyogrio, geopandas, numba, python_calamine"

LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
{modules}
from hotspot.errors import HotspotError
from hotspot.io import read_incidents
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for source, options in {calls!r}:
    try:
        quality = read_incidents(source, **options).quality
        print("kept", quality.rows_read, quality.rows_kept, sum(quality.set_aside.values()))
    except HotspotError as error:
        print("refused", " ".join(str(error).split())[:2000])
print("MiB", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def rows(number: int, first: int = 0) -> str:
    return "".join(f"{i},2024-03-01T07:00,theft,-87.6,41.9\n" for i in range(first, first + number))


def outcome(source: Any, **options: Any) -> tuple[int, int, Mapping[str, int]] | str:
    """Rows read and kept, and those set aside by reason; or what the refusal says. Anything else is a fault."""
    try:
        incidents = read_incidents(source, **{**LONLAT, **options})
    except HotspotError as error:
        message = str(error)
        assert message.strip()
        assert len(message) <= LONGEST_MESSAGE
        assert all(sign.isprintable() or sign == "\n" for sign in message)
        return message
    quality = incidents.quality
    assert quality.rows_kept == len(incidents) > 0
    assert quality.rows_read == quality.rows_kept + sum(quality.set_aside.values())
    for text in (*quality.notes, *quality.set_aside):
        assert len(text) <= LONGEST_MESSAGE
        assert text.isprintable()
    return quality.rows_read, quality.rows_kept, dict(quality.set_aside)


def in_limits(sources: Sequence[Path], *, mebibytes: int, seconds: int = 60, **options: Any) -> list[str]:
    """What comes of sources in a process of its own, whose memory may grow so far and no further."""
    calls = [(str(source), {**LONLAT, **options}) for source in sources]
    command = [sys.executable, "-c", LIMITED.format(modules=MODULES, calls=calls, seconds=seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3 * seconds, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    *said, memory = done.stdout.strip().splitlines()
    assert len(said) == len(sources)
    assert int(memory.split()[1]) < mebibytes, memory
    return said


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(path: Path, members: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
