"""What the command line says to bad input: a sentence and an exit code, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest


def _refused(called: object, code: int, *words: str) -> None:
    assert called.code == code, called.err
    assert "Traceback" not in called.err + called.out
    for word in words:
        assert word in called.err, called.err


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ('category = ["burglary"]', 'category = ["burglry"]', 2, ["burglry", "did you mean 'burglary'"]),
        ('"incidents.csv"', '"incident.csv"', 2, ["incident.csv", "no such file"]),
        ('start = "occurred_from"', 'start = "occured_from"', 2, ["occured_from"]),
        (
            'crs = "EPSG:26916"\ntime_zone = "America/Chicago"\nlatency',
            'time_zone = "America/Chicago"\nlatency',
            1,
            ["CRS"],
        ),
        ('crs = "EPSG:26916"\ntime_zone', 'crs = "EPSG:4326"\ntime_zone', 2, ["metres"]),
        ('time_zone = "America/Chicago"\ncells', 'time_zone = "America/Chikago"\ncells', 2, ["Chikago"]),
        ("size = 500.0", "size = 0.01", 2, ["squares"]),
        ('kind = "kde"', 'kind = "kdee"', 2, ["kdee", "did you mean 'kde'"]),
    ],
)
def test_a_config_that_does_not_fit_the_data(
    city: Path, hotspot: Callable, edit: Callable, old: str, new: str, code: int, words: list[str]
) -> None:
    path = edit(old, new)
    for verb in ("check", "nightly"):
        _refused(hotspot(verb, path), code, *words)
    assert not (city / "runs" / "small" / "latest").exists()


def test_an_empty_file(city: Path, hotspot: Callable) -> None:
    header = (city / "incidents.csv").read_text("utf-8").splitlines()[0]
    (city / "incidents.csv").write_text(header + "\n", "utf-8")
    _refused(hotspot("nightly", city / "hotspot.toml"), 1, "incidents.csv")


def test_a_file_of_another_city(city: Path, hotspot: Callable) -> None:
    table = pd.read_csv(city / "incidents.csv")
    table["x"] += 50_000
    table.to_csv(city / "incidents.csv", index=False)
    _refused(hotspot("nightly", city / "hotspot.toml"), 1, "inside the boundary")


def test_nothing_known_at_the_training_cut(city: Path, hotspot: Callable) -> None:
    _refused(hotspot("nightly", city / "hotspot.toml", "--as-of", "2023-06-01"), 1, "known")


def test_a_moment_that_is_none(city: Path, hotspot: Callable) -> None:
    _refused(hotspot("nightly", city / "hotspot.toml", "--as-of", "yesterday"), 2, "yesterday")


def test_a_verb_that_does_not_exist(hotspot: Callable) -> None:
    _refused(hotspot("nigthly"), 2)


def test_check_reports_without_writing(city: Path, hotspot: Callable) -> None:
    called = hotspot("check", city / "hotspot.toml", "--json")
    assert called.code == 0, called.err
    assert '"rows_read": 10838' in called.out
    assert '"published": "kde"' in called.out
    assert not (city / "runs").exists()


def test_show_names_the_latest_map(city: Path, hotspot: Callable) -> None:
    _refused(hotspot("show", city / "hotspot.toml"), 1, "no run has been published")
    assert hotspot("nightly", city / "hotspot.toml").code == 0
    called = hotspot("show", city / "hotspot.toml")
    assert called.code == 0
    assert called.out.strip().endswith("map.html")
