from __future__ import annotations

import pytest

from hotspot.errors import ConfigError
from hotspot.io.portals import preset, source_from_table, source_from_url
from hotspot.io.schema_files import schema_names

RESOURCE = "b973d8cb-eeb2-4e7e-99da-c92938efc9c0"


@pytest.mark.parametrize(
    ("kind", "url", "address", "dataset"),
    [
        (
            "socrata",
            "https://data.example.org/resource/ijzp-q8t2.json?$limit=5",
            "https://data.example.org",
            "ijzp-q8t2",
        ),
        ("socrata", "https://data.example.org/Public-Safety/Crimes/ijzp-q8t2", "https://data.example.org", "ijzp-q8t2"),
        ("socrata", "https://data.example.org/d/ijzp-q8t2/about_data", "https://data.example.org", "ijzp-q8t2"),
        (
            "arcgis",
            "https://services.example.com/abc/arcgis/rest/services/MCI/FeatureServer/0/query?where=1",
            "https://services.example.com/abc/arcgis/rest/services/MCI/FeatureServer/0",
            "",
        ),
        ("ckan", f"https://data.example.org/dataset/x/resource/{RESOURCE}", "https://data.example.org", RESOURCE),
        (
            "ckan",
            f"https://example.org/data/api/3/action/datastore_search?resource_id={RESOURCE}",
            "https://example.org/data",
            RESOURCE,
        ),
        ("police_uk", None, "https://data.police.uk", ""),
    ],
)
def test_addresses_as_browsers_show_them(kind, url, address, dataset):
    source = source_from_url(kind, url)
    assert (source.address, source.dataset) == (address, dataset)
    assert source.name


@pytest.mark.parametrize(
    ("kind", "url", "match"),
    [
        ("socrata", "file:///etc/passwd", "scheme 'file'"),
        ("socrata", "ftp://example.org/resource/ijzp-q8t2", "scheme 'ftp'"),
        ("socrata", "https://user:hunter2@example.org/resource/ijzp-q8t2", "holds credentials"),
        ("socrata", "https://example.org/resource/ijzp-q8t2?$$app_token=hunter2", "holds credentials"),
        ("socrata", "https://example.org/about", "no Socrata address"),
        ("socrata", "https://[::1/resource/ijzp-q8t2", "is no URL"),
        ("socrata", None, "--url"),
        ("arcgis", "https://example.org/arcgis/rest/services/MCI/FeatureServer", "ends with /FeatureServer/<number>"),
        ("ckan", "https://example.org/dataset/x", "no CKAN resource"),
        ("socratta", "https://example.org", "did you mean 'socrata'"),
    ],
)
def test_addresses_that_are_none(kind, url, match):
    with pytest.raises(ConfigError, match=match) as caught:
        source_from_url(kind, url)
    assert "hunter2" not in str(caught.value)


def test_a_table_of_a_schema():
    table = {"kind": "socrata", "host": "data.example.org", "dataset": "ijzp-q8t2", "updated_at": ":updated_at"}
    source = source_from_table(table, "chicago")
    assert (source.address, source.dataset, source.name) == ("https://data.example.org", "ijzp-q8t2", "chicago")
    assert source.updated_at == ":updated_at"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"kind": "sokrata"}, "did you mean 'socrata'"),
        ({"datasett": "x"}, "did you mean 'dataset'"),
        ({"host": 5}, "expected a text"),
        ({"host": "file:///x"}, "scheme 'file'"),
        ({"host": "https://a:b@example.org"}, "credentials"),
    ],
)
def test_a_wrong_table_is_told(change, match):
    with pytest.raises(ConfigError, match=match):
        source_from_table({"kind": "socrata", "host": "data.example.org", "dataset": "ijzp-q8t2"} | change, "x")


@pytest.mark.parametrize("name", schema_names())
def test_tables_of_packaged_schemas_are_right(name):
    source = preset(name)
    assert source is None or (source.name == name and source.address.startswith("https://"))
    if source is not None and source.kind in ("socrata", "ckan"):
        assert source.dataset
    if source is not None and source.kind == "arcgis":
        assert source.address.rpartition("/")[2].isdigit()


def test_a_schema_of_ones_own(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[portal]\nkind = "police_uk"\nhost = "data.police.uk"\n')
    source = preset(str(file))
    assert source is not None
    assert (source.kind, source.name) == ("police_uk", "mine")
    file.write_text("portal = 5\n")
    with pytest.raises(ConfigError, match="expected a table"):
        preset(str(file))
