"""The page on the laws: its feature passes, without `asof` it is refused as the page says, and every law is named."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hotspot.errors import LeakageError
from hotspot.testing import LAWS, check_feature

PAGE = (Path(__file__).parents[2] / "docs" / "laws.md").read_text("utf-8")


def made(code: str, folder: Path, name: str) -> Any:
    (folder / f"{name}.py").write_text(code, "utf-8")
    return import_module(name).Quarter()


def test_the_feature_on_the_page_passes_and_its_leak_is_refused_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    check_feature(made(code[1], tmp_path, "clean_quarter"))
    leak = made(code[1].replace(", asof=issue_times", ""), tmp_path, "leaking_quarter")
    with pytest.raises(LeakageError) as caught:
        check_feature(leak)
    said, by = " ".join(str(caught.value).split()).rsplit("(", 1)
    assert by.startswith("by up to")
    assert said in " ".join(PAGE.split())


def test_the_page_names_every_law() -> None:
    for number, text in LAWS.items():
        assert f"| {number} | {text.replace('complete_until', '`complete_until`')} |" in PAGE
