from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from hotspot.errors import ConfigError
from hotspot.io.layout import Layout, TimeLayout
from hotspot.io.schema_files import load_schema, parse_schema, schema_names

PAGE = Path(__file__).parents[2] / "docs" / "data" / "schemas.md"
ASKED_FOR = {
    "baltimore", "boston", "chicago", "hunchlab", "los_angeles", "new_york", "nij", "open311", "police_uk",
    "politie_nl", "san_francisco", "seattle", "toronto",
}  # fmt: skip
LEAST = '[columns]\nstart = "when"\ncategory = "what"\nx = "lon"\ny = "lat"\n'
PERSONAL = ("name", "age", "sex", "race", "vict", "vic_", "susp", "descent", "address", "phone", "mocodes", "gender")


def test_every_city_that_was_asked_for_is_there():
    assert set(schema_names()) >= ASKED_FOR


@pytest.mark.parametrize("name", schema_names())
def test_packaged_schema_is_whole(name):
    layout = load_schema(name)
    assert layout.name == name
    assert len(layout.title) > 10
    assert layout.caveats
    assert layout.crs
    assert {"start", "category"} <= set(layout.columns)
    assert {"x", "y"} <= set(layout.columns) or layout.area


@pytest.mark.parametrize("name", schema_names())
def test_no_personal_column_is_mapped(name):
    layout = load_schema(name)
    mapped = [text for texts in layout.columns.values() for text in texts]
    mapped += [text for part in layout.id_parts for text in part]
    allowed = {"service_name"}  # of a kind of request
    assert [text for text in mapped if text not in allowed and any(word in text.lower() for word in PERSONAL)] == []


def test_a_change_is_never_taken_for_the_first_news():
    for layout in map(load_schema, schema_names()):
        assert not set(layout.updated_at) & set(layout.columns.get("known_at", ()))
    assert load_schema("chicago").updated_at == ("Updated On", "updated_on")
    assert "known_at" not in load_schema("chicago").columns


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "our_town.toml"
    path.write_text(
        'title = "Our town"\ncrs = "EPSG:28992"\ntime_zone = "Europe/Amsterdam"\nlatency = "2D"\ndecimal = ","\n'
        'id_parts = [["report"], ["offence", "kind"]]\n' + LEAST + '[times.start]\nformats = "%d-%m-%Y %H:%M"\n'
        'clock = ["time"]\nclock_formats = ["%H%M"]\nprecision = "day"\noffset = "ignore"\n'
    )
    layout = load_schema(path)
    assert layout.name == "our_town"
    assert layout.columns["x"] == ("lon",)
    assert layout.id_parts == (("report",), ("offence", "kind"))
    assert layout.times["start"].formats == ("%d-%m-%Y %H:%M",)
    assert layout.times["start"].offset == "ignore"
    assert layout.decimal == ","


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ('titel = "x"\n' + LEAST, "titel: unknown key", "did you mean 'title'?"),
        (LEAST + 'categry = "b"\n', "columns.categry: unknown key", "did you mean 'category'?"),
        (LEAST + '[times.start]\nformat = "%Y"\n', "times.start.format: unknown key", "did you mean 'formats'?"),
        (LEAST + '[times.start]\nformats = ["%Q"]\n', "times.start.formats", "'%Q'"),
        (LEAST + '[times.start]\nprecision = "days"\n', "times.start.precision", "did you mean 'day'?"),
        (LEAST + '[times.start]\noffset = "drop"\n', "times.start.offset", "'ignore'"),
        (LEAST + "[times.end]\n", "times.end: no column", "columns.end"),
        ("times = 3\n" + LEAST, "times: got 3", "expected a table"),
        ('crs = "EPSG:0"\n' + LEAST, "crs", "EPSG:0"),
        ('time_zone = "Chicago"\n' + LEAST, "time_zone", "America/Chicago"),
        ('latency = "three days"\n' + LEAST, "latency", "three days"),
        ('decimal = ";"\n' + LEAST, "decimal", "','"),
        ("missing = [1]\n" + LEAST, "missing: got [1]", "expected a text"),
        ('[columns]\nstart = "when"\n', "columns: lacks category", "expected"),
        ('[columns]\nstart = "a"\ncategory = "b"\nx = "c"\n', "columns: has x alone", "expected x and y"),
        ('id_parts = [["a"]]\n' + LEAST + 'id = "b"\n', "id_parts", "one of the two"),
        ('id_parts = "a"\n' + LEAST, "id_parts", "list of lists"),
        (LEAST + 'source = "s"\n[constants]\nsource = "t"\n', "constants.source", "one of the two"),
        (LEAST + '[constants]\nx = "0"\n', "constants.x: unknown key", "allowed"),
        ("title = \n", "is no TOML", "line 1"),
    ],
)
def test_faults_are_named_with_their_place(text, place, hint):
    with pytest.raises(ConfigError) as caught:
        parse_schema(text, "ours")
    assert place in str(caught.value)
    assert hint in str(caught.value)


def test_all_faults_come_at_once():
    with pytest.raises(ConfigError, match="3 faults") as caught:
        parse_schema('titel = "x"\nlatency = "soon"\n' + LEAST + 'wher = "y"\n', "ours")
    assert [place in str(caught.value) for place in ("titel", "latency", "columns.wher")] == [True] * 3


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'chicago'"):
        load_schema("chicagoo")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_schema(tmp_path / "nowhere.toml")


def _section(name):
    """The page's section on a schema."""
    layout = load_schema(name)
    facts = f"{layout.crs}, {layout.time_zone or 'time zone of the caller'}, latency {layout.latency or 'not stated'}"
    return "\n".join([f"### {name}", "", f"{layout.title}. {facts}.", "", *(f"- {text}" for text in layout.caveats)])


def test_the_page_says_what_the_files_say():
    page = PAGE.read_text("utf-8")
    assert [name for name in schema_names() if _section(name) + "\n" not in page] == []
    assert re.findall(r"^### (\w+)$", page, re.MULTILINE) == list(schema_names())


def test_the_page_names_every_key():
    form = PAGE.read_text("utf-8").split("## A worked example")[0]
    keys = [field.name for kind in (Layout, TimeLayout) for field in fields(kind) if field.name != "name"]
    assert [
        key for key in keys if f"`{key}`" not in form and f"`[{key}]`" not in form and f"`[{key}." not in form
    ] == []


def test_the_worked_example_works():
    page = PAGE.read_text("utf-8")
    layout = parse_schema(page.split("```toml\n")[1].split("```")[0], "our_town")
    assert layout.times["start"].clock == ("Time from",)
    assert layout.id_parts == (("Report",), ("Offence code",))
