"""Protected attributes by name, and the one door through which attributes of areas pass."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from hotspot.errors import InputError
from hotspot.io import read_areas
from hotspot.layers import Areas
from hotspot.layers.protected import protected_name

PROTECTED = {
    "race, ethnicity or colour": "pct_black PctBlack Black2010 NHWhite white hispanic pct_hisp latino LATINX "
    "asian_alone am_indian pacific two_or_more other_race pct_minority nonwhite ethnicity Ethnie B02001_003E "
    "B03002_012 B17001B_002 indígenas négro raça",
    "religion": "religion Religión pct_muslim jewish catholics konfession",
    "nationality, origin or immigration": "foreign_born PctForeign noncitizen immigrants migration_background "
    "étrangers Extranjeros limited_english lang_other refugees place_of_birth niet-westers herkomst B05002_013E",
    "sex or gender": "SEX gender pct_female males Frauen mujeres B01001_026E female_headed",
    "sexual orientation": "lgbt same_sex sexual_orientation",
    "disability": "disabled_pct pct_disability behinderung discapacidad B18101_004",
    "the age of people": "age median_age MedianAge pct_over_65 under18 under_18 Over65 p_65plus pct_children elderly "
    "youth teenagers edad AGE_18_24 pct_under_5",
}  # fmt: skip
OPEN = """
population residents households income per_capita_income median_hh_income_2010_14 pct_poverty poor unemployed
pct_no_high_school pct_crowded pct_multi_unit foreclosure_rate vacancy rent median_year_built building_age house_age
race_track average stage acreage village college mixed_use blackspots raceway density sex_offenses wheelchair_ramps
western_ave pct_renters B01003_001 B19013_001E shop floor_area jobs dist_to_park car_free villages manpower
sussex image package
"""
IDS = """
id fid GEOID10 geoid tractce10 STATEFP countyfp block_group community_area beat ward district boroct2010 zip ALAND10
awater intptlat shape_area Shape_Leng st_area perimeter latitude x Y objectid
"""
TRACTS = {
    "chicago_tracts_sdoh_2014": (
        "population_2014 per_capita_income pct_poverty pct_unemployed pct_no_high_school pct_crowded pct_multi_unit "
        "foreclosure_rate",
        "pct_black pct_hispanic pct_minority pct_white",
    ),
    "nyc_tracts_acs_2008_2012": ("population median_hh_income poor", "asian black hispanic white"),
    "portland_blockgroups_2010_race_income": (
        "households_2010_14 median_hh_income_2010_14 population_2010 share_in_ppb_area",
        "am_indian asian black other_race pacific two_or_more white",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for kind, names in PROTECTED.items() for name in names.split()]
)
def test_protected_names(name: str, kind: str) -> None:
    assert protected_name(name) == kind


@pytest.mark.parametrize("name", OPEN.split())
def test_names_that_only_look_alike(name: str) -> None:
    assert protected_name(name) is None


def areas(**columns: object) -> Areas:
    frame = gpd.GeoDataFrame(columns, geometry=[shapely.box(i, 0, i + 1, 1) for i in range(3)], crs="EPSG:26916")
    return Areas(frame, name="tracts", groups={"g": "grp1"} if "grp1" in columns else {})


def test_the_door_refuses_by_declaration_and_by_name() -> None:
    layer = areas(grp1=[1, 2, 3], pct_white=[0.1, 0.2, 0.3], income=[1.0, 2.0, 3.0])
    with pytest.raises(
        InputError, match=r"'grp1' is protected \(it counts a group of residents\).*read_areas\(.*groups"
    ):
        layer.attribute("grp1")
    with pytest.raises(InputError, match=r"'pct_white' is protected \(its name speaks of race.*audit and no feature"):
        layer.attribute("pct_white")
    assert layer.attribute("income").tolist() == [1, 2, 3]
    assert layer.attributes == ("income",)
    assert layer.protected == {"grp1", "pct_white"}


def test_a_protected_column_cannot_pass_as_residents() -> None:
    frame = areas(pct_white=[1, 2, 3], income=[1, 2, 3]).frame
    layer = Areas(frame, residents_column="pct_white")
    assert layer.attributes == ("income",)
    with pytest.raises(InputError, match="protected"):
        layer.attribute("pct_white")


@pytest.mark.parametrize("name", IDS.split())
def test_ids_and_measures_are_no_attributes(name: str) -> None:
    assert areas(**{name: [5, 5, 7]}, income=[1, 2, 3]).attributes == ("income",)


def test_long_codes_are_no_attributes() -> None:
    layer = areas(
        a=[17031010100.0, 17031010201.0, 17031010202.0], b=[2_000_000, 2_000_000, 3_000_000], c=["x", "y", "z"]
    )
    assert layer.attributes == ("b",)


@pytest.mark.skipif("HOTSPOT_DATA" not in os.environ, reason="HOTSPOT_DATA is not set")
@pytest.mark.parametrize("name", TRACTS)
def test_real_tracts_read_without_groups(name: str) -> None:
    layer = read_areas(Path(os.environ["HOTSPOT_DATA"]) / f"{name}.parquet")
    usable, refused = (columns.split() for columns in TRACTS[name])
    assert sorted(layer.attributes) == sorted(usable)
    assert layer.notes == ()
    for column in refused:
        with pytest.raises(InputError, match="race, ethnicity or colour"):
            layer.attribute(column)
