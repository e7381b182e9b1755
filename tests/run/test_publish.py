"""A run appears whole or not at all, and one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotspot.errors import HotspotError
from hotspot.run.publish import building, is_complete, locked, point_latest


def _make(run: Path, text: str) -> None:
    with building(run) as folder:
        (folder / "t").mkdir()
        (folder / "t" / "manifest.json").write_text(text)


def test_a_failed_build_leaves_the_old_result(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    _make(old, "1")
    point_latest(old)

    def fail() -> None:
        with building(new) as folder:
            (folder / "t").mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not new.exists()
    assert (tmp_path / "latest" / "t" / "manifest.json").read_text() == "1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "old"]


def test_remains_of_a_killed_build_do_not_matter(tmp_path: Path) -> None:
    remains = tmp_path / ".partial-new"
    remains.mkdir()
    (remains / "junk").write_text("x")
    _make(tmp_path / "new", "2")
    assert is_complete(tmp_path / "new", ["t"])
    assert not (tmp_path / "new" / "junk").exists()


def test_a_folder_without_every_manifest_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "run" / "t").mkdir(parents=True)
    assert not is_complete(tmp_path / "run", ["t"])
    _make(tmp_path / "run", "3")
    assert is_complete(tmp_path / "run", ["t"])
    assert not is_complete(tmp_path / "run", ["t", "u"])


def test_latest_is_swapped(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _make(tmp_path / name, name)
        point_latest(tmp_path / name)
        assert (tmp_path / "latest" / "t" / "manifest.json").read_text() == name


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(HotspotError, match="another run"), locked(tmp_path):
        pass
