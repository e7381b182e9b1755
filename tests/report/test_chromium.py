"""The page in a real browser: it works offline, asks for nothing, and shows what the forecast says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotspot.report import Page, map, write_page  # noqa: A004
from hotspot.report.scale import COLOURS, OUTLINE
from hotspot.report.scene import Scene
from tests.report.browser import Seen, chromium, look
from tests.report.cities import forecast_for, hex_city, page_of, square_city

pytestmark = [chromium, pytest.mark.chromium]


@pytest.fixture(scope="module")
def page() -> Page:
    return page_of(square_city(), streets=None)


@pytest.fixture(scope="module")
def written(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(tmp_path_factory.mktemp("page") / "map.html", page)


@pytest.fixture(scope="module")
def opened(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return look(written, tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def third(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return look(written, tmp_path_factory.mktemp("third"), "#lead=2&selection=none")


def test_the_watch_sees_requests_and_errors(tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text('<body><img src="http://127.0.0.1:9/x.png"><script>console.error("boo")</script></body>')
    seen = look(bad, tmp_path / "run")
    assert seen.requests == ["http://127.0.0.1:9/x.png"]
    assert any("boo" in line for line in seen.console)


def test_the_page_asks_the_network_for_nothing(opened: Seen, third: Seen) -> None:
    assert opened.requests == third.requests == []


def test_the_console_is_quiet(opened: Seen, third: Seen) -> None:
    lines = [line for line in opened.console + third.console if "setting log level" not in line]
    assert lines == []


def test_the_script_ran_and_shows_the_first_window(opened: Seen, page: Page) -> None:
    scene = Scene.of(page)
    first = next(iter(scene.chosen))
    assert opened.body == {"lead": "0", "selection": "0", "ready": "yes"}
    assert opened.text("summary") == scene.summary(first, 0).replace("\u00a0", " ")
    assert opened.text("total") == scene.total(0)


def test_the_canvas_shows_cells_and_hotspots(opened: Seen, page: Page) -> None:
    scene = Scene.of(page)
    used = np.unique(scene.scale.classes(scene.expected[0]))
    assert used.size > 3
    assert all(opened.share(scene.scale.colours[k]) > 1e-3 for k in used)
    assert opened.share(OUTLINE) > 5e-4


def shares(seen: Seen, scene: Scene) -> np.ndarray:
    """Share of each class among the pixels of all classes."""
    pixels = np.array([seen.share(colour) for colour in scene.scale.colours])
    return pixels / pixels.sum()


def test_a_link_opens_a_window_and_its_colours_cover_what_they_should(third: Seen, page: Page) -> None:
    scene = Scene.of(page)
    assert third.body == {"lead": "2", "selection": "none", "ready": "yes"}
    assert third.text("total") == scene.total(2)
    assert third.text("summary") == ""
    area = np.bincount(scene.scale.classes(scene.expected[2]), scene.size, len(scene.scale.colours))
    assert shares(third, scene) == pytest.approx(area / area.sum(), abs=0.02)


def test_the_bump_moves_from_south_west_to_north_east(opened: Seen, third: Seen) -> None:
    def middle(seen: Seen) -> np.ndarray:
        dark = [int(COLOURS[-2][k : k + 2], 16) for k in (1, 3, 5)]
        return np.argwhere((seen.pixels[150:] == dark).all(axis=-1) & (np.arange(1280) < 680)).mean(axis=0)

    (row0, column0), (row2, column2) = middle(opened), middle(third)
    assert row2 < row0 - 100
    assert column2 > column0 + 100


def test_a_wrong_link_opens_the_start(written: Path, tmp_path: Path) -> None:
    seen = look(written, tmp_path, "#lead=99&selection=<x>")
    assert seen.body == {"lead": "2", "selection": "0", "ready": "yes"}


def test_a_phone_shows_the_map_and_no_overflow(written: Path, tmp_path: Path) -> None:
    seen = look(written, tmp_path, size=(400, 900))
    assert seen.body["ready"] == "yes"
    assert seen.requests == []
    assert [line for line in seen.console if "setting log level" not in line] == []
    assert sum(seen.share(colour) for colour in COLOURS) > 0.1
    margin = (seen.pixels[:, -5:] == 255).all(axis=(1, 2))
    assert (~margin).sum() <= 2  # the line under the heading


def test_a_map_in_a_notebook_frame_works(tmp_path: Path) -> None:
    city = hex_city()
    view = map(forecast_for(city), domain=city)
    outer = tmp_path / "notebook.html"
    outer.write_text(f"<!DOCTYPE html><body>{view._repr_html_()}</body>", encoding="utf-8")
    seen = look(outer, tmp_path / "run", size=(1280, 900))
    assert seen.requests == []
    assert [line for line in seen.console if "setting log level" not in line] == []
    assert sum(seen.share(colour) for colour in COLOURS) > 0.1
