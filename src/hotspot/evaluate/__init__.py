"""Evaluation: rolling backtests, scores as sums, summaries with intervals, paired comparison, selection."""

from __future__ import annotations

from hotspot.evaluate.backtest import backtest
from hotspot.evaluate.compare import compare
from hotspot.evaluate.scores import score
from hotspot.evaluate.selection import select
from hotspot.evaluate.summary import summarise

__all__ = ["backtest", "compare", "score", "select", "summarise"]
