from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from hotspot.errors import InputError
from hotspot.report import Page, write_png
from hotspot.report.picture import MAX_LINES, _map, _round_length, _shortened, _warned
from hotspot.report.scale import OUTLINE
from hotspot.report.scene import Scene
from tests.report.cities import hex_city, page_of, square_city

CITIES = {"square": square_city(), "turned": square_city(rotation=23.0), "hexagon": hex_city()}


def drawn(scene: Scene, lead: int) -> tuple[np.ndarray, object]:
    """Pixels of the map alone, and the transform from metres to pixels."""
    figure = Figure((8, 8), 100, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    _map(axes, scene, lead)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3], axes.transData


def colours_at(pixels: np.ndarray, transform: object, points: np.ndarray) -> np.ndarray:
    column, row = np.floor(transform.transform(points)).astype(int).T  # type: ignore[attr-defined]
    return pixels[pixels.shape[0] - 1 - row, column]


@pytest.mark.parametrize("name", list(CITIES))
@pytest.mark.parametrize("lead", [0, 2])
def test_every_cell_has_its_colour(name: str, lead: int) -> None:
    scene = Scene.of(page_of(CITIES[name], selections={}, streets=None))
    pixels, transform = drawn(scene, lead)
    # cells deep enough that no line of a neighbour reaches the point
    deep = np.flatnonzero(~shapely.is_empty(shapely.buffer(scene.cells, -60)))
    points = shapely.get_coordinates(shapely.point_on_surface(shapely.buffer(scene.cells[deep], -60)))
    seen = colours_at(pixels, transform, points)
    classes = scene.scale.classes(scene.expected[lead][deep])
    wanted = np.round([np.multiply(to_rgb(scene.scale.colours[k]), 255) for k in classes])
    assert deep.size > 150
    assert np.abs(seen - wanted).max() <= 1


@pytest.mark.parametrize("name", list(CITIES))
def test_the_lake_stays_empty(name: str) -> None:
    scene = Scene.of(page_of(CITIES[name], selections={}, streets=None))
    pixels, transform = drawn(scene, 0)
    lake = max(shapely.get_parts(shapely.polygonize([scene.boundary])), key=_roundness)
    inside = shapely.get_coordinates(shapely.boundary(shapely.buffer(lake, -80)))
    assert lake.area == pytest.approx(np.pi * 620**2, rel=0.01)
    assert (colours_at(pixels, transform, inside) == 255).all()


def _roundness(shape: shapely.Polygon) -> float:
    return 4 * np.pi * shape.area / shape.length**2


def test_hotspots_are_outlined() -> None:
    scene = Scene.of(page_of(CITIES["square"]))
    pixels, transform = drawn(scene, 0)
    first = next(iter(scene.chosen))
    middles = np.concatenate([(ring[1:] + ring[:-1]) / 2 for ring in scene.outline(first, 0)])
    seen = colours_at(pixels, transform, middles)
    wanted = np.multiply(to_rgb(OUTLINE), 255)
    assert np.median(np.abs(seen - wanted).max(axis=1)) < 40


@pytest.fixture(scope="module")
def page() -> Page:
    return page_of(CITIES["square"])


def test_equal_pages_have_equal_bytes(tmp_path: Path, page: Page) -> None:
    first, second = (write_png(tmp_path / f"{k}.png", page, lead=1) for k in range(2))
    assert first.read_bytes() == second.read_bytes()
    with Image.open(first) as image:
        assert image.size == (1500, 1350)
        assert set(image.info) <= {"dpi"}  # no software, no time


def test_the_window_changes_the_picture(tmp_path: Path, page: Page) -> None:
    first, second = (write_png(tmp_path / f"{k}.png", page, lead=k) for k in range(2))
    assert first.read_bytes() != second.read_bytes()


def test_settings_of_the_user_change_nothing(tmp_path: Path, page: Page) -> None:
    import matplotlib

    first = write_png(tmp_path / "a.png", page).read_bytes()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "savefig.facecolor": "red"}):
        assert write_png(tmp_path / "b.png", page).read_bytes() == first
        assert matplotlib.rcParams["font.size"] == 30


def test_odd_letters_are_no_reason_to_stop(tmp_path: Path, page: Page) -> None:
    odd = replace(page, title="\u6771\u4eac $\\frac{1}{", trust=("$x_{", "word " * 900))
    assert write_png(tmp_path / "odd.png", odd).stat().st_size > 20_000


def test_a_long_text_is_cut_with_a_word_on_it() -> None:
    lines = [str(k) for k in range(MAX_LINES + 3)]
    assert len(_shortened(lines)) == MAX_LINES
    assert "more on the page" in _shortened(lines)[-1]
    assert _shortened(lines[:MAX_LINES]) == lines[:MAX_LINES]


def test_many_warnings_leave_room_for_trust(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings, trust = tuple(f"warning {k} " + "word " * 80 for k in range(9)), "trusted " * 150 + "to the end"
    seen: list[str] = []
    keep = Figure.text
    monkeypatch.setattr(Figure, "text", lambda *args, **rest: (seen.append(args[3]), keep(*args, **rest))[1])
    write_png(tmp_path / "crowded.png", replace(page, warnings=warnings, trust=(trust,)))
    said = " ".join(seen)
    assert [k for k in range(9) if f"warning {k} " in said] == [0, 1, 2]
    assert "... and 6 more on the page beside this picture." in seen
    assert said.count("trusted") == 150
    assert "to the end" in said


def test_warnings_take_the_room_there_is() -> None:
    long = ("word " * 80,) * 5
    assert [len(_warned(long[:n], 10)) for n in (0, 1, 3, 4, 5)] == [0, 2, 6, 7, 7]
    assert [len(_warned(long[:n], 4)) for n in (1, 3, 4)] == [2, 3, 4]
    assert len(_warned(long, 0)) == 4
    assert all(line.endswith(" ...") for line in _warned(long[:3], 3))
    assert _warned(("short", "one more"), 5) == ["short", "one more"]


def test_the_scale_bar_is_round() -> None:
    assert [_round_length(v) for v in (1.0, 4.9, 5.0, 99.0, 2300.0)] == [1, 2, 5, 50, 2000]


def test_a_lead_that_is_not_there_is_refused(tmp_path: Path, page: Page) -> None:
    with pytest.raises(InputError, match="lead is 9"):
        write_png(tmp_path / "x.png", page, lead=9)
    assert not (tmp_path / "x.png").exists()
