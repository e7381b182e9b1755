"""How far to trust a forecast: its own last weeks, put into numbers and plain sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from hotspot.evaluate.compare import compare
from hotspot.evaluate.scores import score
from hotspot.evaluate.summary import summarise
from hotspot.history import History
from hotspot.schema import COVERAGE, ISSUE_TIME, LEAD, MODEL, SIZE_WORDS

METRICS = ("hit_rate", "pai", "pei_star", "log_score", "brier", "calibration", "information_gain")


@dataclass(frozen=True, eq=False)
class SelfCheck:
    """Scores of the last weeks' forecasts, made with what was known then.

    Parameters
    ----------
    scores : xarray.Dataset
        Sums.
    summary : xarray.Dataset
        Ratios with 95 % intervals.
    """

    scores: xr.Dataset
    summary: xr.Dataset

    @classmethod
    def of(cls, runs: xr.Dataset, history: History, coverage: list[float]) -> SelfCheck:
        """Score runs against what happened.

        Parameters
        ----------
        runs : xarray.Dataset
            Forecasts of the last weeks.
        history : History
            As of the issue time.
        coverage : list of float
            Shares of the area or street length.

        Returns
        -------
        SelfCheck
            With intervals.
        """
        scores = score(runs, history, coverage=coverage)
        return cls(scores, summarise(scores, list(METRICS), interval=0.95))

    @property
    def incidents(self) -> float:
        """Incidents that the forecasts were scored against."""
        return float(self.scores["incidents"].isel({MODEL: 0}).sum())

    @property
    def windows(self) -> int:
        """Number of windows scored."""
        return int(self.scores.sizes[ISSUE_TIME] * self.scores.sizes[LEAD])

    @property
    def size(self) -> str:
        """What a coverage is a share of: ``"area"`` or ``"street length"``."""
        return SIZE_WORDS["length" if self.scores["area"].attrs.get("units") == "m" else "area"]

    def sentences(self, model: str) -> list[str]:
        """Say in words how good the published model was.

        Parameters
        ----------
        model : str
            Its name.

        Returns
        -------
        list of str
            On hit rate; on the gain over counts and on totals.
        """
        if not self.incidents:
            return [
                f"No incident fell in the {self.windows} windows checked, so nothing can be said about the hit rate."
            ]
        return [self._hits(model), f"{self._gain(model)} {self._totals(model)}"]

    def table(self) -> pd.DataFrame:
        """Give one row a model (and coverage) for people.

        Returns
        -------
        pandas.DataFrame
            Index (model, coverage); ratios and intervals.
        """
        names = [name for name in self.summary.data_vars if name != "incidents"]
        frame = self.summary[names].to_dataframe().reset_index()
        return frame.set_index([MODEL, COVERAGE])[names]

    def readable(self) -> pd.DataFrame:
        """Give the table that stands beside the map: one row a model and coverage, few columns.

        Returns
        -------
        pandas.DataFrame
            Columns `x`, `x_low`, `x_high`.
        """
        kept = {"hit_rate": "hit rate", "pai": "PAI", "pei_star": "PEI*", "information_gain": "gain over counts"}
        ends = {"": "", "_lower": "_low", "_upper": "_high"}
        names = {name + end: label + ends[end] for name, label in kept.items() for end in ends}
        frame = self.table()[list(names)].rename(columns=names).reset_index()
        return frame.assign(coverage=[f"{share:.3g} %" for share in 100 * frame[COVERAGE]])

    def _at(self, name: str, model: str, coverage: float | None = None) -> float:
        value = self.summary[name].sel({MODEL: model})
        return float(value.sel({COVERAGE: coverage}) if coverage is not None else value)

    def _hits(self, model: str) -> str:
        coverage = float(self.summary[COVERAGE][0])
        pooled = self.scores[["hits", "oracle_hits", "incidents"]].sum([ISSUE_TIME, LEAD]).sel({COVERAGE: coverage})
        best = float((pooled["oracle_hits"] / pooled["incidents"]).sel({MODEL: model}))
        ours, counts = self._at("hit_rate", model, coverage), self._at("hit_rate", "counts", coverage)
        span = _span(self._at("hit_rate_lower", model, coverage), self._at("hit_rate_upper", model, coverage), "{:.1%}")
        return (
            f"In the last {self.windows} windows ({self.incidents:,.0f} incidents), the cells that {model} flagged "
            f"(at most {coverage:.1%} of the {self.size}) held {ours:.1%} of the incidents{span}; those of plain "
            f"counts held {counts:.1%}"
            f"{self._difference(model, coverage)}, and the best choice in hindsight would have held {best:.1%}."
        )

    def _difference(self, model: str, coverage: float) -> str:
        """Say what the paired difference to plain counts allows to say."""
        if model == "counts":
            return ""
        rows = compare(self.scores, to="counts", metric="hit_rate")
        row = rows[(rows[MODEL] == model) & np.isclose(rows[COVERAGE], coverage)].iloc[0]
        verdict = "the record does not tell the two apart"
        if row["lower"] > 0:
            verdict = "the model finds more"
        elif row["upper"] < 0:
            verdict = "plain counts find more"
        span = _span(100 * row["lower"], 100 * row["upper"], "{:+.1f}")
        return f", a difference of {100 * row['difference']:+.1f} points{span}: {verdict}"

    def _gain(self, model: str) -> str:
        if model == "counts":
            return "The published model is plain counts itself; no other model is asked to beat it here."
        gain = self._at("information_gain", model)
        low, high = (self._at(f"information_gain_{side}", model) for side in ("lower", "upper"))
        verdict = "it cannot be told from plain counts on this record"
        if not np.isfinite(gain):
            verdict = "a model gave zero where an incident fell, so the two cannot be compared by likelihood"
        elif low > 0:
            verdict = "better than plain counts"
        elif high < 0:
            verdict = "worse than plain counts: prefer counts until this changes"
        span = _span(low, high, "{:+.3f}")
        return f"Per incident, {model} gains {gain:+.3f} nats of log-likelihood over plain counts{span}: {verdict}."

    def _totals(self, model: str) -> str:
        ratio = self._at("calibration", model)
        span = _span(self._at("calibration_lower", model), self._at("calibration_upper", model), "{:.2f}")
        return f"It expected {ratio:.2f} incidents for each one that was recorded{span}."


def exposure_sentence(exposure: xr.Dataset, model: str, coverage: float) -> str:
    """Say who was under the flagged cells most.

    Parameters
    ----------
    exposure : xarray.Dataset
        From `audit.exposure`.
    model : str
        The published one.
    coverage : float
        Share of the area or street length flagged.

    Returns
    -------
    str
        The group with the largest ratio to the city mean.
    """
    one = exposure.sel({MODEL: model})
    ratio = one["ratio"].values
    if not np.isfinite(ratio).any():
        return "Exposure by group cannot be shown: no group has 500 residents."
    top = int(np.nanargmax(ratio))
    low, high = float(one["ratio_lower"][top]), float(one["ratio_upper"][top])
    span = _span(low, high, "{:.2f}") if not high - low < 0.01 else " (hardly changing over the weeks checked)"
    group, measure = str(one["group"].values[top]), exposure.attrs.get("measure", "area")
    return (
        f"With at most {coverage:.1%} of the {SIZE_WORDS[measure]} flagged, residents of group {group!r} lived in a "
        f"flagged cell {ratio[top]:.2f} times as often as the average resident{span}."
    )


def _span(low: float, high: float, form: str) -> str:
    if not (np.isfinite(low) and np.isfinite(high)):
        return " (too few weeks for an interval)"
    return f" (95 % interval {form.format(low)} to {form.format(high)})"
