from __future__ import annotations

import base64
import gzip
import html.parser
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.report import Page, write_page
from hotspot.report.scene import Scene
from hotspot.report.web import page_html
from hotspot.report.words import LIMITS, NO_TRUST
from hotspot.windows import Windows
from tests.report.cities import EVIL, forecast_for, page_of, square_city


class Reader(html.parser.HTMLParser):
    """Collects elements, their attributes and their text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attrs = self.elements[-1] if self.elements else ("", {})
        self.texts.setdefault(f"{tag}#{attrs['id']}" if "id" in attrs else tag, []).append(data)


@pytest.fixture(scope="module")
def city() -> Domain:
    return square_city()


@pytest.fixture(scope="module")
def page(city: Domain) -> Page:
    return page_of(city)


@pytest.fixture(scope="module")
def text(page: Page) -> str:
    return page_html(page)


@pytest.fixture(scope="module")
def read(text: str) -> Reader:
    return Reader(text)


def columns(read: Reader) -> dict[str, Any]:
    """Columns of the source "cells", arrays decoded."""
    item = json.loads("".join(read.texts["script#figure"]))
    (data,) = [found for found in _dicts(item) if found.get("type") == "map" and "expected_0" in dict(found["entries"])]
    return {name: _array(value) for name, value in data["entries"]}


def _dicts(item: Any) -> Any:
    children = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    if isinstance(item, dict):
        yield item
    for child in children:
        yield from _dicts(child)


def _array(value: Any) -> Any:
    if isinstance(value, dict) and value.get("type") == "ndarray":
        raw = gzip.decompress(base64.b64decode(value["array"]["data"]))
        return np.frombuffer(raw, value["dtype"]).reshape(value["shape"])
    return value


def test_head_has_language_title_and_a_policy_without_connections(read: Reader) -> None:
    elements = dict(read.elements)
    assert elements["html"]["lang"] == "en"
    assert EVIL in "".join(read.texts["title"])
    (policy,) = [a["content"] for tag, a in read.elements if tag == "meta" and "http-equiv" in a]
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert not {"connect-src", "http:", "https:", "*", "'unsafe-eval'"} & set(policy.replace(";", " ").split())
    tags = [tag for tag, _ in read.elements]
    assert tags.index("meta") < tags.index("script")


def test_nothing_is_loaded_from_elsewhere(read: Reader) -> None:
    loading = {"src", "href", "srcset", "action", "data", "poster", "background"}
    assert [(tag, attrs) for tag, attrs in read.elements if loading & set(attrs)] == []
    assert not {tag for tag, _ in read.elements} & {"link", "iframe", "object", "embed", "img", "base", "form"}
    assert "url(" not in "".join(read.texts["style"])
    assert "@import" not in "".join(read.texts["style"])


def test_text_of_users_is_escaped(text: str, read: Reader) -> None:
    assert "<script>alert" not in text
    assert "alert('x')" not in "".join(
        value for name, values in read.texts.items() if name.startswith("script") for value in values
    )
    shown = "".join(value for values in read.texts.values() for value in values)
    # title and target (twice each), trust, table, label and text of a fact, warning
    assert shown.count(EVIL) == 9


def test_names_of_selections_are_escaped(page: Page) -> None:
    evil = replace(page, selections={f"</script>{EVIL}": page.selections[0.02]})
    text = page_html(evil)
    assert "<script>alert" not in text
    assert Reader(text).texts["option"][-2:-1] != []
    assert f"</script>{EVIL}" in "".join(Reader(text).texts["option"])


def test_numbers_of_every_window_are_in_the_page(read: Reader, page: Page, city: Domain) -> None:
    data, scene = columns(read), Scene.of(page)
    assert data["id"] == [str(i) for i in city.ids]
    for k in range(3):
        assert np.array_equal(data[f"expected_{k}"], scene.expected[k].astype(np.float32))
        assert np.array_equal(data[f"rank_{k}"], scene.ranks[k])
        assert np.array_equal(data[f"shade_{k}"], scene.scale.classes(scene.expected[k]))


def test_selections_and_sentences_are_in_the_page(read: Reader, page: Page) -> None:
    texts, scene = json.loads("".join(read.texts["script#texts"])), Scene.of(page)
    assert texts["windows"] == scene.windows
    for choice, (name, chosen) in zip(texts["selections"], scene.chosen.items(), strict=True):
        assert [np.flatnonzero(row).tolist() for row in chosen] == choice["cells"]
        assert choice["summary"] == [scene.summary(name, k) for k in range(3)]
        assert all(len(rings["xs"]) == len(rings["ys"]) > 0 for rings in choice["rings"])


def test_people_find_what_they_need(read: Reader) -> None:
    shown = " ".join(value for name, values in read.texts.items() if not name.startswith("script") for value in values)
    for sentence in (*LIMITS, "How far to trust this map", "per cell and window", "America/Chicago time", "3.20 (2.90"):
        assert sentence in shown.replace("\u00a0", " ").replace("\n", " ")
    assert "hit rate 12\u00a0% (10 to 14\u00a0%)" in shown
    assert "Oracle" in shown
    assert "PAI" in shown
    assert "Exposure" in shown


def test_a_page_without_scores_says_so(page: Page) -> None:
    bare = Page("Testville", "burglary", page.forecast)
    shown = page_html(bare)
    assert NO_TRUST in shown
    assert "<table" not in shown
    assert 'id="selection"' not in shown


def test_equal_pages_have_equal_bytes(tmp_path: Path, page: Page) -> None:
    from bokeh.plotting import figure

    first = write_page(tmp_path / "a.html", page).read_bytes()
    figure()  # moves bokeh's counter of ids
    assert write_page(tmp_path / "b.html", page).read_bytes() == first
    assert write_page(tmp_path / "c.html", page, lead=1).read_bytes() != first


def test_a_lead_that_is_not_there_is_refused(page: Page) -> None:
    with pytest.raises(InputError, match="lead is 3; expected 0 to 2"):
        page_html(page, 3)
    with pytest.raises(InputError, match="lead is -1"):
        page_html(page, -1)


def test_ten_thousand_cells_and_three_weeks_of_days_stay_small() -> None:
    city = square_city(size=42.0)
    assert city.n_cells > 10_000
    text = page_html(page_of(city, forecast_for(city, Windows("1D", leads=21))))
    assert len(text.encode()) < 12e6


def test_drawing_libraries_load_when_something_is_drawn() -> None:
    code = "import sys, hotspot.report; sys.exit(bool({'bokeh', 'matplotlib', 'jinja2'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_heading_names_the_target_once(page: Page) -> None:
    assert replace(page, title="city", target="theft").heading == "city: theft"
    assert replace(page, title="city: theft", target="theft").heading == "city: theft"
