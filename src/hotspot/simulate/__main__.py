"""Write the sample city again: ``python -m hotspot.simulate --out data/sample``."""

from __future__ import annotations

import argparse
from pathlib import Path

from hotspot.simulate.lakeview import SEED
from hotspot.simulate.sample import make_sample, write_sample


def main() -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(description="Write the sample city Lakeview.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of everything (default: %(default)s)")
    arguments = parser.parse_args()
    write_sample(make_sample(arguments.seed), arguments.out)


if __name__ == "__main__":
    main()
