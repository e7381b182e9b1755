"""The config file: what it takes, and the words it has for what it does not take."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotspot.errors import ConfigError
from hotspot.run.config import load_config
from hotspot.run.inputs import make_models, published

# the config of the design document, complete
DESIGN = """
name = "chicago"
seed = 20261120
[domain]
boundary = "city.gpkg"
crs = "EPSG:26916"
time_zone = "America/Chicago"
cells = { kind = "square", size = 250.0 }
[incidents]
source = "${DATA}/incidents.parquet"
latency = "3D"
[[targets]]
name = "burglary"
category = ["residential burglary"]
severity = 1.0
[windows]
issue = "now"
period = "1D"
leads = 7
shifts = ["07:00", "15:00", "23:00"]
[selection]
coverage = [0.01, 0.05]
[[layers]]
kind = "places"
path = "bars.gpkg"
vintage = 2016-01-01
[[features]]
kind = "recent_counts"
options = { windows = ["7D", "28D", "365D"] }
[[models]]
kind = "counts"
[[models]]
kind = "kde"
publish = true
[backtest]
start = 2023-01-01
end = 2023-12-31
every = "7D"
refit = "28D"
[gate]
[audit]
groups = { path = "census_blocks.parquet", residents = "pop", groups = { black = "pop_black", white = "pop_white" } }
max_exposure_ratio = 1.25
[privacy]
[output]
store = "runs"
formats = ["geoparquet", "csv", "html", "png"]
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATA", str(tmp_path / "data"))

    def _write(text: str) -> Path:
        path = tmp_path / "hotspot.toml"
        path.write_text(text, "utf-8")
        return path

    return _write


def test_the_design_config_is_taken(write, tmp_path: Path) -> None:
    config = load_config(write(DESIGN))
    assert config.domain.boundary == tmp_path / "city.gpkg"
    assert config.incidents.source == tmp_path / "data" / "incidents.parquet"
    assert config.windows.windows().n_leads == 21
    assert [model.name for model in make_models(config)] == ["counts", "kde"]
    assert published(config) == "kde"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('period = "1D"', 'preiod = "1D"', ["windows", "preiod", "did you mean 'period'"]),
        ('period = "1D"', 'period = "1d"', ["1d"]),
        ("size = 250.0", "size = -1", ["domain.cells", "greater than 0"]),
        ("size = 250.0", "sise = 250", ["sise", "did you mean 'size'"]),
        ("coverage = [0.01, 0.05]", "coverage = [1.5]", ["coverage", "above 0 and at most 1"]),
        ("[gate]", "[gaet]", ["gaet", "did you mean 'gate'"]),
        ("[gate]", "[gate]\nrefuse = 1", ["gate", "refuse"]),
        ("latency", "latancy", ["incidents", "latancy", "did you mean 'latency'"]),
        ('kind = "kde"', 'kind = "kde"\noption = {}', ["models", "option", "did you mean 'options'"]),
        ("${DATA}", "${NOWHERE}", ["NOWHERE", "not set"]),
        ('name = "burglary"', 'name = "../burglary"', ["becomes a folder"]),
        ('kind = "counts"', 'kind = "counts"\npublish = true', ["more than one model"]),
        ('"geoparquet",', '"geopacket",', ["output.formats", "geopacket"]),
    ],
)
def test_what_is_wrong_is_named(write, old: str, new: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(DESIGN.replace(old, new, 1)))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "kde"', 'kind = "kds"', ["kds", "did you mean 'kde'"]),
        ('kind = "kde"', 'kind = "kde"\noptions = { bandwith = 3 }', ["bandwith", "did you mean 'bandwidth'"]),
        ('kind = "kde"', 'kind = "kde"\noptions = { bandwidth = -3.0 }', ["bandwidth"]),
        ('kind = "kde"', 'kind = "counts"', ["more than once"]),
    ],
)
def test_what_is_wrong_with_a_model_is_named(write, old: str, new: str, words: list[str]) -> None:
    config = load_config(write(DESIGN.replace(old, new, 1)))
    with pytest.raises(ConfigError) as caught:
        make_models(config)
    for word in words:
        assert word in str(caught.value)


def test_a_file_that_is_not_there_or_no_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "absent.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ", "utf-8")
    with pytest.raises(ConfigError, match="TOML"):
        load_config(broken)


def test_counts_are_in_every_run_and_a_model_is_published(write) -> None:
    text = DESIGN.replace('[[models]]\nkind = "counts"\n', "").replace("publish = true\n", "")
    config = load_config(write(text))
    assert [model.name for model in make_models(config)] == ["counts", "kde"]
    assert published(config) == "kde"
