"""What the gate says: a finding a rule, and all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from hotspot.quality.rule import Action, Measured, Rule, Setting

Verdict = Literal["pass", "warn", "refuse", "accepted"]
ALL = "all"
_VERDICTS: dict[Action, Verdict] = {"refuse": "refuse", "warn": "warn", "accept": "accepted"}


@dataclass(frozen=True)
class Finding:
    """What one rule found.

    Parameters
    ----------
    rule : str
        Its name.
    scope : str
        "all" rows, or the target's name.
    value : float or None
        In `unit`; None where there are too few rows to tell.
    unit : str
        Of value and limit.
    limit : float
        Beyond it the rule trips.
    action : {"refuse", "warn", "accept"}
        What happens then.
    verdict : {"pass", "warn", "refuse", "accepted"}
        What happened.
    rows : int
        Rows concerned.
    sentence : str
        The fact in words and, beyond the limit, what follows from it.
    matters : {"places", "hours", "counts"}
        What it spoils.
    detail : mapping
        Numbers behind it, examples.
    reason : str
        Why the config accepts it.
    chance : bool
        Whether chance explains a value beyond the limit, so that it passes.
    """

    rule: str
    scope: str
    value: float | None
    unit: str
    limit: float
    action: Action
    verdict: Verdict
    rows: int
    sentence: str
    matters: str
    detail: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""
    chance: bool = False

    @classmethod
    def of(cls, rule: Rule, setting: Setting, measured: Measured, scope: str) -> Finding:
        """Judge what was measured.

        Parameters
        ----------
        rule : Rule
            Which.
        setting : Setting
            What the config says about it.
        measured : Measured
            What was found.
        scope : str
            In which rows.

        Returns
        -------
        Finding
            With its verdict.
        """
        action = setting.action or rule.action
        limit = rule.limit if setting.limit is None else setting.limit
        verdict: Verdict = _VERDICTS[action] if rule.trips(measured, limit) else "pass"
        sentence = measured.sentence + (f": {measured.so}" if measured.so and verdict != "pass" else "")
        return cls(
            rule.name, scope, measured.value, rule.unit, limit, action, verdict, measured.rows, sentence,
            rule.matters, measured.detail, setting.reason, measured.chance and rule.beyond(measured.value, limit),
        )  # fmt: skip

    @property
    def line(self) -> str:
        """The finding as one sentence for people, with what was decided."""
        where = "" if self.scope == ALL else f"{self.scope}: "
        accepted = f" (accepted: {self.reason})" if self.verdict == "accepted" else ""
        return f"{where}{self.sentence}{accepted} [{self.rule}]"


@dataclass(frozen=True)
class Assessment:
    """All findings about records known at one moment.

    Parameters
    ----------
    findings : tuple of Finding
        In the order of the rules, all rows first.
    cutoff : numpy.datetime64
        Nothing later was looked at; naive UTC.
    rows : int
        Rows known then and not superseded.
    """

    findings: tuple[Finding, ...]
    cutoff: np.datetime64
    rows: int

    @property
    def refused(self) -> tuple[Finding, ...]:
        """Findings that forbid a run."""
        return self.of("refuse")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that a reader has to know."""
        return self.of("warn")

    @property
    def accepted(self) -> tuple[Finding, ...]:
        """Findings that the config accepts with a reason."""
        return self.of("accepted")

    def of(self, verdict: Verdict) -> tuple[Finding, ...]:
        """Give the findings with one verdict."""
        return tuple(finding for finding in self.findings if finding.verdict == verdict)

    def __getitem__(self, rule: str) -> Finding:
        """Give the finding of a rule about all rows, or else about the target."""
        return next(finding for finding in self.findings if finding.rule == rule)

    def __add__(self, other: Assessment) -> Assessment:
        """Join findings on all rows and on a target."""
        return Assessment(self.findings + other.findings, self.cutoff, self.rows)

    def lines(self) -> list[str]:
        """Put it into words: what is refused, warned of and accepted, and how many rules passed.

        Returns
        -------
        list of str
            One line a finding.
        """
        said = [
            f"{verdict}: {finding.line}"
            for verdict in ("refuse", "warn", "accepted")
            for finding in self.findings
            if finding.verdict == verdict
        ]
        return [*said, f"passed: {len(self.of('pass'))} of {len(self.findings)} checks on {self.rows:,} rows"]

    def to_json(self) -> dict[str, Any]:
        """Give plain data.

        Returns
        -------
        dict
            Numbers, text, lists and dicts.
        """
        return {
            "cutoff": f"{self.cutoff}Z",
            "rows": self.rows,
            "findings": [
                {name: getattr(finding, name) for name in Finding.__dataclass_fields__}
                | {"detail": dict(finding.detail)}
                for finding in self.findings
            ],
        }
