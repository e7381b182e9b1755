"""Stores to test with: a DuckDB file always, and a real PostgreSQL where one can be started."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.io.store.server import postgresql_url, wiped

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL that is ours alone; skips with the reason where there is none."""
    with postgresql_url() as (url, reason):
        if url is None:
            pytest.skip(f"no PostgreSQL: {reason}")
        yield url


@pytest.fixture(params=["duckdb", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Give the URL of an empty store, as often as asked."""
    if request.param == "duckdb":
        return lambda: f"duckdb:///{tmp_path / f'{next(_numbers)}.duckdb'}"
    url = request.getfixturevalue("postgresql")
    return lambda: wiped(url)


@pytest.fixture
def store(fresh: Callable[[], str]) -> str:
    """URL of an empty store."""
    return fresh()
