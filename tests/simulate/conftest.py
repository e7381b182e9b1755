"""The sample city, made once for all tests here, and the folder of the committed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotspot.simulate.sample import Sample, make_sample, write_sample


@pytest.fixture(scope="session")
def sample() -> Sample:
    return make_sample()


@pytest.fixture(scope="session")
def committed() -> Path:
    return Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture(scope="session")
def written(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lakeview")
    write_sample(sample, folder)
    return folder
