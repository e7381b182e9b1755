"""The data gate: a table of rules on what can be wrong with records, each with a limit and what happens beyond it."""

from __future__ import annotations

from hotspot.quality.assess import assess, assess_all, assess_target
from hotspot.quality.finding import Assessment, Finding
from hotspot.quality.rule import Rule, Setting
from hotspot.quality.table import RULES, settle

__all__ = ["RULES", "Assessment", "Finding", "Rule", "Setting", "assess", "assess_all", "assess_target", "settle"]
