"""Rule: one question to the records, with a limit and what happens beyond it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hotspot.quality.record import Record

Action = Literal["refuse", "warn", "accept"]
Matter = Literal["places", "hours", "counts"]
ACTIONS: tuple[Action, ...] = ("refuse", "warn", "accept")
TOO_FEW = "too few rows to tell"


@dataclass(frozen=True)
class Measured:
    """What a rule found out.

    Parameters
    ----------
    value : float or None
        In the rule's unit; None where there are too few rows to tell.
    sentence : str
        The fact in words.
    so : str
        What follows from it beyond the limit.
    rows : int
        How many rows it concerns.
    detail : mapping
        Plain values: numbers behind the sentence, examples.
    chance : bool
        Whether a value beyond the limit may still be chance; then the rule stays quiet.
    """

    value: float | None
    sentence: str = TOO_FEW
    so: str = field(default="", kw_only=True)
    rows: int = 0
    detail: Mapping[str, object] = field(default_factory=dict)
    chance: bool = False


UNKNOWN = Measured(None)


@dataclass(frozen=True)
class Rule:
    """One question to the records.

    Parameters
    ----------
    name : str
        As in ``[gate]``.
    measures : str
        What the value is.
    unit : str
        Of value and limit.
    limit : float
        A value above it trips the rule.
    action : {"warn", "refuse", "accept"}
        What happens then, unless the config says otherwise.
    measure : callable
        From a Record to what was found.
    matters : {"places", "hours", "counts"}
        What it spoils: where incidents are; the time of day; how many there are, and so also scores of past forecasts.
    each : bool
        Asked of the target alone as well, not only of all rows.
    below : bool
        A value below the limit trips the rule instead.
    reference : str
        Where the method comes from.
    """

    name: str
    measures: str
    unit: str
    limit: float
    action: Action
    measure: Callable[[Record], Measured]
    matters: Matter
    each: bool = False
    below: bool = False
    reference: str = ""

    def beyond(self, value: float | None, limit: float) -> bool:
        """Tell whether a value is beyond the limit."""
        if value is None:
            return False
        return value < limit if self.below else value > limit

    def trips(self, measured: Measured, limit: float) -> bool:
        """Tell whether what was found is beyond the limit, and more than chance."""
        return self.beyond(measured.value, limit) and not measured.chance


@dataclass(frozen=True)
class Setting:
    """What a config says about a rule.

    Parameters
    ----------
    action : {"refuse", "warn", "accept"}, optional
        Instead of the rule's own.
    limit : float, optional
        Instead of the rule's own.
    reason : str
        Why it is accepted; it goes to the report.
    """

    action: Action | None = None
    limit: float | None = None
    reason: str = ""
