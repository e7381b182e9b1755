"""Protected attributes by name, and the one door through which attributes of areas pass."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from hotspot.errors import InputError
from hotspot.features._groups import usable
from hotspot.io import read_areas
from hotspot.layers import Areas, Streets
from hotspot.layers.protected import folded, protected_category, protected_name

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
ABBREVIATED = """
EP_MINRTY E_MINRTY MINRTY RPL_THEME3 EP_LIMENG LIMENG EP_AFAM POPBLACK popblack NHBLACK blackpop hisppop asianpop
Whitealone MEDAGE Medianage pctblk nh_blk wht nhwht afam asn pct_nonwh nonwhitepop fem_pct pct_65p p_65_over U18 p_u18
popunder18 fborn foreignborn LEP BAME BAME_pct aboriginal maori caste scheduled_caste tribal arab haredi moslem tzigane
hukou country_of_birth birthplace linguistic_isolation veteran holc_grade redlined segregation_index P001 P001003
P0010003 P1_003N P003002 PCT012 PCT012003 PCT012A004 S1810_C02_001E S0601_C01_001E S0101_C01_001E P2_006N U7C006 U7B003
AF2M003 H7Z004 blackpop2010 n_black gay_bar EP_AGE65 EP_DISABL
"""
THINGS = """
black_spot pavement_age lamp_age asset_age age_of_pavement blind_alleys pacific_avenue native_plants indian_creek_km
white_house youth_centres senior_high percentage percentage_vacant blkgrp blk_grp_id P1_001N P0010001 wage wages page
manager roman agency heritage storage u10 v10 wind_speed_10m baby_goods window_blind language_school
"""
COMMUNITY = "mosque Mosque synagogue church gay_bar chapel hindu_temple kingdom_hall black black_residents"
OTHER_PLACES = "bar pub church_street place_of_worship school kindergarten childcare hospital youth_centre black_spot"
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


@pytest.mark.parametrize("name", ABBREVIATED.split())
def test_words_run_together_abbreviations_and_codes(name: str) -> None:
    assert protected_name(name)
    assert protected_name(name.lower())
    assert protected_name(name.upper())


@pytest.mark.parametrize("name", COMMUNITY.split())
def test_places_of_a_community(name: str) -> None:
    assert protected_category(name)


@pytest.mark.parametrize("name", OTHER_PLACES.split())
def test_other_places(name: str) -> None:
    assert protected_category(name) is None


@pytest.mark.parametrize("name", [" ZZ1", "zz1 ", "Zz_1", "zz-1", "z.Z 1", "žz1"])
def test_folded_names_are_one(name: str) -> None:
    assert folded(name) == "zz1"


@pytest.mark.parametrize("name", (OPEN + THINGS).split())
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


def test_a_class_of_streets_that_speaks_of_a_group_is_set_aside() -> None:
    lines = gpd.GeoSeries([shapely.LineString([(0, i), (9, i)]) for i in range(3)], crs="EPSG:26916")
    layer = Streets(gpd.GeoDataFrame({"class": ["main", "black", "side"]}, geometry=lines), category="class")
    assert usable([layer]) == ["main", "side"]
    assert list(layer.set_aside) == ["black"]
    assert any("1 rows of categories that are protected (black)" in note for note in layer.notes)


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
