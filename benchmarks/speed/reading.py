"""Turn a CSV into Parquet and print what it took as JSON: `python reading.py WAY SOURCE TARGET`.

A process of its own for each way, so that memory and threads of one do not weigh on another. Ways: `hotspot`, which
also parses times and coordinates, checks every row and writes a report; `duckdb`, `polars` (times stay text),
`polars_dates`, `pyarrow`, which only copy; `read`, which gives Incidents.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

CIVIL = {"crs": "EPSG:4326", "time_zone": "America/Chicago"}


def hotspot(source, target):
    from hotspot.io.stream import convert_incidents

    return convert_incidents(source, target, **CIVIL).rows_kept


def read(source, _):
    from hotspot.io import read_incidents

    return len(read_incidents(source, **CIVIL))


def duckdb(source, target):
    import duckdb

    duckdb.sql(f"copy (select * from read_csv('{source}')) to '{target}' (format parquet)")


def polars(source, target, dates=False):
    import polars

    polars.scan_csv(source, try_parse_dates=dates).sink_parquet(target)


def polars_dates(source, target):
    polars(source, target, dates=True)


def pyarrow(source, target):
    import pyarrow.csv as csv
    import pyarrow.parquet as parquet

    reader = csv.open_csv(source, csv.ReadOptions(block_size=2**24))
    with parquet.ParquetWriter(target, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


def main():
    way, source, target = sys.argv[1:]
    Path(target).unlink(missing_ok=True)
    wall, cpu = time.perf_counter(), time.process_time()
    rows = globals()[way](source, target)
    print(json.dumps({"rows": rows, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main()
