"""Maps of street segments and of given polygons: what is drawn, what it counts per, and what it is called."""

from __future__ import annotations

import html
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from hotspot.report import Page, write_page, write_png
from hotspot.report.figure import _paths
from hotspot.report.scale import COLOURS, LINE_COLOURS
from hotspot.report.scene import Scene
from hotspot.report.shapes import DETAIL, cell_shapes
from hotspot.report.web import page_html
from tests.report.browser import chromium, look
from tests.report.cities import EVIL, beat_city, page_of, street_city

STREETS, BEATS = street_city(), beat_city()


@pytest.fixture(scope="module")
def streets() -> Page:
    return page_of(STREETS, title="Testville", target="burglary", trust=("The PAI was 3.",))


@pytest.fixture(scope="module")
def beats() -> Page:
    return page_of(BEATS, title="Testville", target="burglary", selections={})


def test_segments_are_lines_within_a_small_distance_of_the_streets() -> None:
    shapes = cell_shapes(STREETS.ids, STREETS)
    assert (shapely.get_dimensions(shapes) == 1).all()
    assert shapely.hausdorff_distance(shapes, STREETS.shapes).max() < 6000 / DETAIL
    assert shapely.length(shapes) == pytest.approx(STREETS.size, rel=0.02)


def test_simplified_beats_still_share_their_edges() -> None:
    shapes = cell_shapes(BEATS.ids, BEATS)
    assert shapely.get_num_coordinates(shapes).sum() < shapely.get_num_coordinates(BEATS.shapes).sum() / 2
    assert shapely.area(shapes) == pytest.approx(BEATS.area, rel=0.01)
    assert shapely.coverage_is_valid(shapes)


@pytest.mark.parametrize(("name", "unit"), [("streets", 1e3), ("beats", 1e6)])
def test_colours_count_per_size_as_ranks_do(name: str, unit: float, request: pytest.FixtureRequest) -> None:
    scene = Scene.of(request.getfixturevalue(name))
    np.testing.assert_allclose(scene.shown, scene.expected / scene.size * unit, rtol=1e-6)
    order = np.argsort(scene.ranks[0], kind="stable")
    assert (np.diff(scene.shades[0][order].astype(int)) <= 0).all()
    assert scene.scale.colours[0] == (LINE_COLOURS if name == "streets" else COLOURS)[0]


def test_a_large_beat_is_not_dark_for_its_size(beats: Page) -> None:
    scene = Scene.of(beats)
    even = Page(
        "a", "b", beats.forecast.assign(expected_count=beats.forecast["expected_count"] * 0 + BEATS.area * 1e-6)
    )
    assert scene.scale.edges.size > 1
    assert not Scene.of(even).scale.edges.size


def test_strokes_take_a_part_of_the_space_between_streets() -> None:
    scene = Scene.of(page_of(STREETS))
    assert 0.2 * 250 < scene.stroke < 0.3 * 250  # streets lie 250 m apart
    assert Scene.of(page_of(BEATS, selections={})).stroke == 0


def test_words_are_those_of_streets(streets: Page) -> None:
    scene = Scene.of(streets)
    assert list(scene.chosen) == ["2\u00a0% of the street length", "10\u00a0% of the street length"]
    first = next(iter(scene.chosen))
    assert " selected street segments cover " in scene.summary(first, 0)
    assert " of the street length, with " in scene.summary(first, 0)
    text = page_html(streets)
    for words in ("per km and window", "Point at a street segment", "share of the street length that was selected"):
        assert words in text
    assert "share of the area" not in text


def test_the_page_of_beats_counts_per_square_kilometre(beats: Page) -> None:
    text = page_html(beats)
    assert "per km\u00b2 and window" in text
    assert "Point at a cell" in text


def test_lines_of_two_parts_have_a_gap() -> None:
    two = shapely.MultiLineString([[(0, 0), (1, 0)], [(5, 0), (6, 1)]])
    xs, ys = _paths(np.array([two, shapely.LineString([(0, 0), (0, 9)])], object))
    assert [math.isnan(value) for value in xs[0]] == [False, False, True, False, False]
    assert ys[1] == [0, 9]


def test_a_page_of_many_segments_stays_small(tmp_path: Path) -> None:
    fine = street_city(length=25.0)
    path = write_page(tmp_path / "map.html", page_of(fine))
    bare = write_page(tmp_path / "bare.html", page_of(BEATS, selections={}))
    assert fine.n_cells > 5000
    assert path.stat().st_size - bare.stat().st_size < 150 * fine.n_cells  # bytes, for three windows


@pytest.mark.parametrize("name", ["streets", "beats"])
def test_equal_pages_and_pictures_have_equal_bytes(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(name)
    assert write_page(tmp_path / "a.html", page).read_bytes() == write_page(tmp_path / "b.html", page).read_bytes()
    assert write_png(tmp_path / "a.png", page).read_bytes() == write_png(tmp_path / "b.png", page).read_bytes()


HOSTILE = [f"{k} {EVIL}</script>@rank $x <img src=x onerror=alert(1)>" for k in range(7)]


def test_names_of_a_file_are_shown_and_never_run() -> None:
    city = beat_city(HOSTILE)
    scene = Scene.of(replace(page_of(city, selections={}), domain=None))  # read from the forecast's own text
    assert scene.names.tolist() == city.names.tolist()
    text = page_html(page_of(city, selections={}))
    assert "<img" not in text
    assert text.count("</script>") == page_html(page_of(BEATS, selections={})).count("</script>")
    data = re.search(r'id="figure">(.*?)</script>', text, re.DOTALL)
    assert data
    found = str(json.loads(data[1]))
    assert all(repr(name) in found for name in HOSTILE)


POINT = """<script>
const go = () => {
  if (document.body.dataset.ready !== "yes") { setTimeout(go, 50); return; }
  setTimeout(() => {
    const [map] = Bokeh.documents, plot = map.get_model_by_name("plot"), cells = map.get_model_by_name("cells");
    cells.selected.indices = [3];
    const view = [...Bokeh.index][0], hover = plot.toolbar.tools.find((tool) => tool.type === "HoverTool");
    const tool = [...view.tool_views.values()].find((each) => each.model === hover);
    const told = tool._render_tooltips(cells, { index: 3 });
    document.body.append(told);
    document.body.dataset.told = String(told.textContent.includes("<img src=x"));
    document.body.dataset.images = String(document.images.length);
  }, 500);
};
go();
</script></body>"""


@chromium
@pytest.mark.chromium
def test_hostile_names_in_the_browser(tmp_path: Path) -> None:
    path = write_page(tmp_path / "map.html", page_of(beat_city(HOSTILE), selections={}))
    path.write_text(path.read_text("utf-8").replace("</body>", POINT), "utf-8")
    seen = look(path, tmp_path / "browser")
    assert [line for line in seen.console if "setting log level" not in line] == []
    assert seen.requests == []
    assert html.unescape(seen.text("picked")).startswith(f"Cell {beat_city(HOSTILE).names[3]}: ")
    assert seen.body["images"] == "0"
    assert seen.body["told"] == "true"


LATER = """<script>
const go = () => {
  if (document.body.dataset.ready !== "yes") { setTimeout(go, 50); return; }
  setTimeout(() => {
    const [map] = Bokeh.documents, plot = map.get_model_by_name("plot"), cells = map.get_model_by_name("cells");
    const widths = () => [map.get_model_by_name("width").y[1], plot.x_range.end - plot.x_range.start];
    const before = widths();
    for (let i = 0; i < 3; i++) document.getElementById("closer").click();
    cells.selected.indices = [7];
    const wider = () => { const now = widths(); return now[0] > before[0] && now[1] < before[1] / 3; };
    setTimeout(() => { document.body.dataset.wider = String(wider()); }, 500);
  }, 500);
};
go();
</script></body>"""


@chromium
@pytest.mark.chromium
def test_strokes_widen_while_a_reader_zooms_and_a_tap_tells(streets: Page, tmp_path: Path) -> None:
    path = write_page(tmp_path / "map.html", streets)
    path.write_text(path.read_text("utf-8").replace("</body>", LATER), "utf-8")
    seen = look(path, tmp_path / "browser")
    assert [line for line in seen.console if "setting log level" not in line] == []
    scene = Scene.of(streets)
    assert seen.text("picked").startswith(f"Street segment {STREETS.ids[7]}: ")
    assert f"rank {scene.ranks[0][7]} of {STREETS.n_cells}" in seen.text("picked")
    assert seen.body["wider"] == "true"
