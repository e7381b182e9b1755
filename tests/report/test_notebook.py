from __future__ import annotations

import html
from pathlib import Path

import pytest

import hotspot as hs
from hotspot.errors import InputError
from tests.report.cities import forecast_for, hex_city, square_city, streets


def test_forecast_and_selection_are_enough(tmp_path: Path) -> None:
    forecast = forecast_for(square_city())
    view = hs.report.map(forecast, lead=0, selected=hs.select(forecast, coverage=0.05))
    assert "Where to expect burglary" in view.html
    assert "selected cells cover" in view.html
    saved = view.save(tmp_path / "map.html")
    assert saved.read_text(encoding="utf-8") == view.html
    assert "MB" in repr(view)


def test_it_shows_itself_in_a_frame_of_its_own() -> None:
    view = hs.report.map(forecast_for(hex_city()))
    shown = view._repr_html_()
    assert shown.startswith('<iframe sandbox="allow-scripts"')
    inner = shown.split('srcdoc="')[1].split('"')[0]
    assert html.unescape(inner) == view.html


def test_everything_at_once(tmp_path: Path) -> None:
    city = square_city()
    forecast = forecast_for(city)
    roads = hs.Streets(streets().to_frame("geometry"), source="test")
    bars = hs.Places(streets().centroid.to_frame("geometry"), source="test")
    view = hs.report.map(
        forecast,
        lead=2,
        selected={0.01: hs.select(forecast, coverage=0.01), "twelve cells": hs.select(forecast, cells=12)},
        domain=city,
        layers=(bars, roads),
        trust="Trust it a little.",
        path=tmp_path / "map.html",
        title="A title",
    )
    assert (tmp_path / "map.html").exists()
    for text in ("A title", "Trust it a little.", "twelve cells", "1\u00a0% of the area"):
        assert text in view.html
    assert len(view.html) > len(hs.report.map(forecast, domain=city).html)


def test_a_forecast_without_domain_asks_for_it() -> None:
    forecast = forecast_for(square_city())
    del forecast.attrs["domain"]
    with pytest.raises(InputError, match="give it"):
        hs.report.map(forecast)
