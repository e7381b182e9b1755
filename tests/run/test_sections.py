"""Cells and layers in the config: what each kind takes, the words for what it does not take, and what is protected."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import shapely.affinity

from hotspot.errors import ColumnError, ConfigError, InputError
from hotspot.io import read_areas
from hotspot.layers import Areas, Days, Events, Places, Series, Streets, Tracks
from hotspot.run.config import load_config
from hotspot.run.inputs import _files, make_domain
from hotspot.run.section_layers import READERS, read_layer

BASE = """
name = "small"
[domain]
boundary = "boundary.geojson"
crs = "EPSG:26916"
time_zone = "America/Chicago"
cells = { kind = "square", size = 250.0 }
[incidents]
source = "incidents.csv"
"""
SQUARES = 'cells = { kind = "square", size = 250.0 }'
X, Y = 440_000.0, 4_630_000.0

LAYERS = {
    "places": ('category = "kind"', Places),
    "streets": ('category = "class"\nvintage = 2020-01-01', Streets),
    "areas": ('id = "tract"\nresidents = "pop"', Areas),
    "events": ('crs = "EPSG:26916"\ntime_zone = "America/Chicago"\ncolumns = { attendance = "seats" }', Events),
    "days": ("vintage = 2023-01-01T00:00:00Z", Days),
    "series": ('time_zone = "America/Chicago"\nvariables = ["temperature"]\nlatency = "1h"', Series),
    "tracks": ('crs = "EPSG:26916"\ntime_zone = "America/Chicago"\ngap = 30.0', Tracks),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One file for each kind of cells and layers."""
    box = shapely.box(X, Y, X + 1000, Y + 1000)
    gpd.GeoSeries([box], crs=26916).to_file(tmp_path / "boundary.geojson")
    gpd.GeoSeries([shapely.box(X, Y, X + 500, Y + 1000)], crs=26916).to_file(tmp_path / "water.geojson")
    lines = [shapely.LineString([(X + d, Y), (X + d, Y + 1000)]) for d in (100, 500, 900)]
    gpd.GeoDataFrame({"class": ["a", "b", "a"]}, geometry=lines, crs=26916).to_file(tmp_path / "streets.geojson")
    halves = [shapely.box(X, Y, X + 300, Y + 1000), shapely.box(X + 300, Y, X + 1000, Y + 1000)]
    tracts = {"tract": [1, 2], "pop": [900, 800], "grp_b": [400, 10], "income": [30, 20]}
    gpd.GeoDataFrame(tracts, geometry=halves, crs=26916).to_file(tmp_path / "areas.geojson")
    points = [shapely.Point(X + 10, Y + 10), shapely.Point(X + 700, Y + 70)]
    gpd.GeoDataFrame({"kind": ["bar", "shop"]}, geometry=points, crs=26916).to_file(tmp_path / "places.geojson")
    times = ["2024-03-01 19:00", "2024-03-01 19:20"]
    where = {"x": [X + 10, X + 20], "y": [Y + 10, Y + 20]}
    pd.DataFrame({"start": times, "seats": [10, 20], **where}).to_csv(tmp_path / "events.csv", index=False)
    pd.DataFrame({"start": ["2024-03-25"], "end": ["2024-03-29"]}).to_csv(tmp_path / "days.csv", index=False)
    pd.DataFrame({"time": times, "temperature": [3.0, 2.5]}).to_csv(tmp_path / "series.csv", index=False)
    pd.DataFrame({"unit": [1, 1], "time": times, **where}).to_csv(tmp_path / "tracks.csv", index=False)
    (tmp_path / "incidents.csv").write_text("start,x,y,category\n")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "hotspot.toml"
    path.write_text(text, "utf-8")
    return path


def layer_text(kind: str, lines: str = "") -> str:
    ending = "csv" if kind in ("events", "days", "series", "tracks") else "geojson"
    return f'\n[[layers]]\nkind = "{kind}"\npath = "{kind}.{ending}"\n{lines}\n'


@pytest.mark.parametrize(
    ("cells", "kind", "n"),
    [
        (SQUARES, "square", 16),
        ('cells = { kind = "segments", streets = "streets.geojson", length = 250.0 }', "segments", 12),
        ('cells = { kind = "polygons", path = "areas.geojson", id = "tract" }', "polygons", 2),
    ],
)
def test_every_kind_of_cells_is_made(folder: Path, cells: str, kind: str, n: int) -> None:
    domain = make_domain(load_config(write(folder, BASE.replace(SQUARES, cells))))
    assert (domain.kind, domain.n_cells) == (kind, n)


CROSS = ["LINESTRING (0 500, 500 500)", "LINESTRING (500 500, 1000 500)", "LINESTRING (250 0, 250 1000)"]


@pytest.mark.parametrize(
    ("options", "n"),
    [("", 4), (', crossings = "vertices"', 2), (', category = "class"', 5), (', category = "one"', 4)],
)
def test_segments_of_a_table_meet_and_stay_apart_as_the_file_says(folder: Path, options: str, n: int) -> None:
    moved = [shapely.affinity.translate(shapely.from_wkt(text), X, Y) for text in CROSS]
    table = {"geometry": [line.wkt for line in moved], "class": ["a", "b", "a"], "one": "a"}
    pd.DataFrame(table).to_csv(folder / "streets.csv", index=False)
    cells = f'cells = {{ kind = "segments", streets = "streets.csv", length = 5000.0, crs = "EPSG:26916"{options} }}'
    assert make_domain(load_config(write(folder, BASE.replace(SQUARES, cells)))).n_cells == n


OSM = """<osm version="0.6">
<node id="1" lat="41.8200" lon="-87.7200"/><node id="2" lat="41.8210" lon="-87.7200"/>
<node id="3" lat="41.8220" lon="-87.7200"/>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="2"><nd ref="2"/><nd ref="3"/><tag k="highway" v="footway"/></way>
</osm>"""


@pytest.mark.parametrize(
    ("options", "n"), [("", 1), (", footways = true", 2), (', tags = { highway = ["footway"] }', 1)]
)
def test_segments_of_an_extract(folder: Path, options: str, n: int) -> None:
    (folder / "town.osm").write_text(OSM, "utf-8")
    gpd.GeoSeries([shapely.box(-87.73, 41.81, -87.71, 41.83)], crs=4326).to_file(folder / "boundary.geojson")
    cells = f'cells = {{ kind = "segments", streets = "town.osm", length = 5000.0{options} }}'
    assert make_domain(load_config(write(folder, BASE.replace(SQUARES, cells)))).n_cells == n


def test_polygons_do_without_a_boundary_and_others_do_not(folder: Path) -> None:
    bare = BASE.replace('boundary = "boundary.geojson"\n', "")
    with pytest.raises(ConfigError, match=r"domain: boundary is missing"):
        load_config(write(folder, bare))
    cells = 'cells = { kind = "polygons", path = "areas.geojson" }'
    config = load_config(write(folder, bare.replace(SQUARES, cells)))
    assert make_domain(config).total_area == pytest.approx(1e6, rel=1e-3)
    assert set(_files(config)) == {"polygons", "incidents"}


def test_land_is_left_out_and_its_file_counts_among_the_inputs(folder: Path) -> None:
    config = load_config(write(folder, BASE.replace(SQUARES, f'{SQUARES}\nwithout = "water.geojson"')))
    assert make_domain(config).total_area == pytest.approx(0.5e6, rel=1e-3)
    assert "land without cells" in _files(config)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ('{ kind = "segmnts", streets = "s" }', ["domain.cells", "segmnts", "did you mean 'segments'"]),
        ('{ kind = "segments" }', ["domain.cells", "streets"]),
        ('{ kind = "segments", streets = "s", length = 0 }', ["length", "greater than 0"]),
        ('{ kind = "segments", streets = "s", snap = -5.0 }', ["snap", "greater than 0"]),
        ('{ kind = "segments", streets = "s", tolerance = -1.0 }', ["tolerance", "greater than or equal to 0"]),
        ('{ kind = "segments", streets = "s", crossings = "cut" }', ["crossings", "'split' or 'vertices'"]),
        ('{ kind = "segments", street = "s" }', ["'street'", "did you mean 'streets'"]),
        ('{ kind = "polygons", file = "s" }', ["'file'", "allowed", "'path'"]),
        ('{ kind = "h3", resolution = 16 }', ["resolution", "less than or equal to 15"]),
        ("{ size = 250.0 }", ["no kind", "'square'"]),
    ],
)
def test_wrong_cells_are_named(folder: Path, cells: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, BASE.replace(SQUARES, f"cells = {cells}")))
    for word in words:
        assert word in str(caught.value)


def test_every_kind_of_layer_has_a_reader_and_is_read(folder: Path) -> None:
    assert set(READERS) == set(LAYERS)
    text = BASE + "".join(layer_text(kind, lines) for kind, (lines, _) in LAYERS.items())
    config = load_config(write(folder, text))
    layers = [read_layer(section, {}) for section in config.layers]
    assert [type(layer) for layer in layers] == [made for _, made in LAYERS.values()]
    assert [layer.is_dated for layer in layers] == [False, True, False, False, True, True, True]
    assert {name for name in _files(config) if name.startswith("layer")} == {
        f"layer {i} ({kind})" for i, kind in enumerate(LAYERS)
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (layer_text("plces"), ["layers", "plces", "did you mean 'places'"]),
        (layer_text("places", 'categry = "kind"'), ["categry", "did you mean 'category'"]),
        (layer_text("series", 'latncy = "1h"'), ["latncy", "did you mean 'latency'"]),
        (layer_text("tracks", "gap = -1.0"), ["gap", "greater than 0"]),
        ('\n[[layers]]\npath = "places.geojson"\n', ["layers", "no kind"]),
        (layer_text("areas", 'groups = { b = "grp_b" }'), ["unknown key 'groups'"]),
    ],
)
def test_wrong_layers_are_named(folder: Path, text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, BASE + text))
    for word in words:
        assert word in str(caught.value)


def test_a_layer_with_another_file_beside_it_counts_both(folder: Path) -> None:
    config = load_config(write(folder, BASE + layer_text("places", 'extent = "water.geojson"')))
    assert {name: path.name for name, path in _files(config).items() if name.startswith("layer")} == {
        "layer 0 (places)": "places.geojson",
        "layer 0 (places), file 2": "water.geojson",
    }


AUDIT = '\n[audit]\ngroups = { path = "areas.geojson", residents = "pop", groups = { b = "grp_b" } }\n'


@pytest.mark.parametrize(
    "asks",
    [
        '\n[[features]]\nkind = "area_attributes"\noptions = { columns = ["income", "grp_b"] }\n',
        '\n[[features]]\nkind = "area_attributes"\noptions = { counts = ["GRP_B"] }\n',
        '\n[[features]]\nkind = "area_attributes"\noptions = { columns = [" Grp-b"] }\n',
        '\n[[models]]\nkind = "boosted"\noptions = { features = [["area_attributes", { columns = ["grp_b"] }]] }\n',
        '\n[[layers]]\nkind = "places"\npath = "areas.geojson"\ncategory = "grp_b"\n',
    ],
)
def test_a_group_of_the_audit_is_refused_as_a_feature(folder: Path, asks: str) -> None:
    assert load_config(write(folder, BASE + asks))  # nothing says yet that it is a group
    with pytest.raises(ConfigError, match=r"(?i)grp[-_]b.*\[audit\].*protected") as caught:
        load_config(write(folder, BASE + asks + AUDIT))
    assert asks.split("[[")[1].split("]]")[0] in str(caught.value)


def test_a_layer_of_areas_knows_the_groups_of_the_audit(folder: Path) -> None:
    config = load_config(write(folder, BASE + layer_text("areas", 'residents = "pop"') + AUDIT))
    assert config.audit.groups is not None
    layer = read_layer(config.layers[0], config.audit.groups.groups)
    assert isinstance(layer, Areas)
    assert "grp_b" in layer.protected
    assert "income" in layer.attributes
    assert "grp_b" not in layer.attributes


@pytest.mark.parametrize("name", ["v1", "GRP B "])
def test_the_groups_of_the_audit_are_known_by_name_and_number_in_every_file(folder: Path, name: str) -> None:
    frame = gpd.read_file(folder / "areas.geojson").rename(columns={"grp_b": name})
    frame.assign(v2=100 - 100 * frame[name] / frame["pop"]).iloc[::-1].to_file(folder / "places.geojson")
    config = load_config(write(folder, BASE + layer_text("places").replace('"places"', '"areas"') + AUDIT))
    groups = config.audit.groups
    assert groups is not None
    census = read_areas(groups.path, residents="pop", groups=groups.groups)
    layer = read_layer(config.layers[0], groups.groups, census)
    assert isinstance(layer, Areas)
    assert not {name, "v2"} & set(layer.attributes)
    assert "income" in layer.attributes
    for column in (name, "v2"):
        with pytest.raises(InputError, match=r"is protected \(.*group"):
            layer.attribute(column)
    assert "that repeat a group of [audit], protected: " in layer.notes[-1]


def test_the_id_of_areas_may_be_their_name_and_a_missing_one_is_named(folder: Path) -> None:
    frame = gpd.read_file(folder / "areas.geojson")
    frame.assign(name=["North", "South"]).to_file(folder / "areas.geojson")
    found = read_layer(load_config(write(folder, BASE + layer_text("areas", 'id = "name"'))).layers[0], {})
    assert isinstance(found, Areas)
    assert found.ids.tolist() == ["North", "South"]
    with pytest.raises(ColumnError, match=r"no column 'nmae'; did you mean 'name'"):
        read_layer(load_config(write(folder, BASE + layer_text("areas", 'id = "nmae"'))).layers[0], {})


@pytest.mark.parametrize("formats", ['"%m/%d/%Y %H:%M"', '["%Y%m%d", "%m/%d/%Y %H:%M"]'])
def test_forms_of_times_are_said_in_the_config(folder: Path, formats: str) -> None:
    rows = pd.DataFrame({"time": ["03/01/2024 19:00"], "temperature": [3.0]})
    rows.to_csv(folder / "series.csv", index=False)
    lines = f'time_zone = "UTC"\nformats = {{ time = {formats} }}'
    section = load_config(write(folder, BASE + layer_text("series", lines))).layers[0]
    layer = read_layer(section, {})
    assert isinstance(layer, Series)
    assert layer.time.astype("datetime64[m]").astype(str).tolist() == ["2024-03-01T19:00"]
