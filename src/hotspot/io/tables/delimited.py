"""CSV files as tables."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from hotspot.errors import InputError
from hotspot.io.tables.table import Table, guarded

SEPARATORS = ",;\t|"


def of_csv(path: Path) -> Table:
    """Look into a CSV file.

    Parameters
    ----------
    path : Path
        The file; with the ending ``.gz`` it is unpacked.

    Returns
    -------
    Table
        All values are text; only an empty field is missing.
    """
    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rt", encoding="utf-8-sig") as file:
        header = str(file.readline())
    if not header.strip():
        raise InputError(f"{path}: is empty; expected a line of column names and rows below it")
    separator = max(SEPARATORS, key=header.count)
    # all values stay text, and only an empty field is missing: a category may be called "NA"
    options = {"sep": separator, "dtype": str, "keep_default_na": False, "na_values": [""], "encoding": "utf-8-sig"}
    read: Callable[..., pd.DataFrame] = partial(pd.read_csv, path, **options)  # type: ignore[assignment]

    def load(wanted: Sequence[str], _: bool) -> pd.DataFrame:
        return guarded(path, lambda: read(usecols=list(wanted)))

    return Table(str(path), tuple(map(str, read(nrows=0).columns)), None, False, load)
