"""The tables of the data gate: on the page what did not pass, on a terminal everything."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from hotspot.report.quality import quality_frame, quality_table


def finding(rule: str, verdict: str, **other: object) -> dict[str, object]:
    base = {
        "rule": rule, "scope": "all", "value": 0.5, "unit": "share of days", "limit": 0.2, "action": "warn",
        "verdict": verdict, "rows": 3, "sentence": f"{rule} [b]says[/b] this", "matters": "counts", "detail": {},
        "reason": "", "chance": False,
    }  # fmt: skip
    return base | other


FOUND = [
    finding("revised", "pass", value=None),
    finding("level_shift", "pass", value=0.3, unit="times", chance=True),
    finding("many_gaps", "accepted", reason="weeks held back"),
    finding("gaps", "warn", scope="burglary"),
    finding("geocoder_now", "refuse"),
]


def test_the_page_shows_what_did_not_pass_and_counts_the_rest() -> None:
    frame = quality_frame(FOUND)
    assert list(frame["check"]) == ["many gaps", "gaps", "geocoder now", "other checks"]
    assert list(frame["verdict"]) == ["accepted", "warning", "refused", "passed"]
    assert frame["found"][0].endswith("(accepted: weeks held back)")
    assert frame["found"][1].startswith("burglary: ")
    assert frame["found"][3].startswith("2 of 5 ")


@pytest.fixture
def printed() -> str:
    console = Console(file=io.StringIO(), width=160, color_system=None)
    console.print(quality_table(FOUND, "data gate [all]"))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_a_terminal_shows_everything_the_worst_first_and_no_markup_of_the_data_is_obeyed(printed: str) -> None:
    names = [
        name for line in printed.splitlines() for name in ("geocoder_now", "gaps", "revised") if f"│{name} " in line
    ]
    assert names.index("geocoder_now") < names.index("gaps") < names.index("revised")
    assert "geocoder_now [b]says[/b] this" in printed
    assert "data gate [all]" in printed


def test_values_have_their_units(printed: str) -> None:
    assert "50\u00a0%" in printed
    assert "n/a" in printed
    assert "0.3*" in printed
    assert "* beyond the limit, but" in printed
