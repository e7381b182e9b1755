"""What the data gate found, as people read it: a table on a terminal, a small one on the map page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from hotspot.report.words import percent, plain

if TYPE_CHECKING:
    from rich.table import Table

Found = Mapping[str, Any]
COLOURS = {"refuse": "bold red", "warn": "yellow", "accepted": "cyan", "pass": "green"}
VERDICTS = {"refuse": "refused", "warn": "warning", "accepted": "accepted", "pass": "passed"}


def quality_frame(findings: Sequence[Found]) -> pd.DataFrame:
    """Give the table that stands on the map page: what did not pass, and how many checks did.

    Parameters
    ----------
    findings : sequence of mapping
        As in `Assessment.to_json`.

    Returns
    -------
    pandas.DataFrame
        Columns check, found, verdict; each sentence once.
    """
    noted = [finding for finding in findings if finding["verdict"] != "pass"]
    rows = [(finding["rule"].replace("_", " "), _sentence(finding), VERDICTS[finding["verdict"]]) for finding in noted]
    passed = len(findings) - len(noted)
    name = "other checks" if rows else "all checks"
    rows.append((name, f"{passed} of {len(findings)} found nothing beyond their limits", VERDICTS["pass"]))
    return pd.DataFrame(rows, columns=["check", "found", "verdict"]).drop_duplicates("found", ignore_index=True)


def quality_table(findings: Sequence[Found], title: str) -> Table:
    """Give the table that a terminal shows: every check with its value and limit.

    Parameters
    ----------
    findings : sequence of mapping
        As in `Assessment.to_json`.
    title : str
        Above it.

    Returns
    -------
    rich.table.Table
        One row a finding, the worst first.
    """
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", show_lines=False, pad_edge=False)
    if any(finding["chance"] for finding in findings):
        table.caption = "* beyond the limit, but no more than chance, season or trend explain"
    for heading in ("check", "verdict", "value", "limit", "found"):
        table.add_column(heading, justify="right" if heading in ("value", "limit") else "left", overflow="fold")
    for finding in sorted(findings, key=lambda one: list(VERDICTS).index(one["verdict"])):
        verdict = finding["verdict"]
        value = "n/a" if finding["value"] is None else _number(finding["value"], finding["unit"])
        value += "*" if finding["chance"] else ""
        table.add_row(
            finding["rule"], f"[{COLOURS[verdict]}]{VERDICTS[verdict]}[/]", value,
            _number(finding["limit"], finding["unit"]), escape(_sentence(finding)),
        )  # fmt: skip
    return table


def _sentence(finding: Found) -> str:
    where = "" if finding["scope"] == "all" else f"{finding['scope']}: "
    accepted = f" (accepted: {finding['reason']})" if finding["verdict"] == "accepted" else ""
    return f"{where}{finding['sentence']}{accepted}"


def _number(value: float, unit: str) -> str:
    return percent(value) if unit.startswith("share") else plain(value, 3)
