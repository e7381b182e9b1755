"""Checks that every model and feature has to pass, for us and for authors of plug-ins.

>>> from hotspot.models import Counts
>>> from hotspot.testing import check_model
>>> check_model(Counts())
"""

from hotspot.testing.checks import check_feature, check_model
from hotspot.testing.laws import LAWS
from hotspot.testing.world import example_history

__all__ = ["LAWS", "check_feature", "check_model", "example_history"]
