"""`assess`: ask every rule about the records known at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.quality.finding import ALL, Assessment, Finding
from hotspot.quality.record import Record
from hotspot.quality.rule import Measured, Setting
from hotspot.quality.table import RULES, settle
from hotspot.windows import civil_midnight, one_time

if TYPE_CHECKING:
    from hotspot.windows import Moment

NOTHING = Setting()
EVERY_ROW = "the data gate looks at the rows of every category"


def assess(
    source: Incidents | History,
    domain: Domain | None = None,
    *,
    as_of: Moment | None = None,
    rules: Mapping[str, object] | None = None,
    latency: str = "0D",
) -> Assessment:
    """Ask every rule of the data gate about the records known at one moment.

    Parameters
    ----------
    source : Incidents or History
        Incidents are looked at whole; a History without the categories that it left out as not eligible. Where its
        target is not everything, rules on counts and times are asked about that alone as well.
    domain : Domain, optional
        Needed for Incidents; rows outside are set aside and counted.
    as_of : moment, optional
        Nothing later is looked at; naive means civil time of the domain. Default: the History's cutoff, else the first
        civil midnight after the newest record.
    rules : mapping of str to (str or mapping), optional
        What `[gate]` says: ``{"gaps": {"action": "accept", "reason": "weeks held back by the contest"}}``.
    latency : str
        For Incidents that do not say when they were known.

    Returns
    -------
    Assessment
        One finding a rule, those of the target at the end.

    Raises
    ------
    ConfigError
        If `rules` names a rule or action that does not exist, or accepts without a reason.
    InputError
        If Incidents come without a domain.

    Examples
    --------
    >>> import pandas as pd, shapely, hotspot as hs
    >>> domain = Domain.square(shapely.box(0, 0, 1000, 1000), size=500, crs="EPSG:26916", time_zone="America/Chicago")
    >>> rows = pd.DataFrame({"datetime": ["2024-03-01 07:00"] * 60, "x": 100.0, "y": 100.0, "category": "theft"})
    >>> found = assess(hs.read_incidents(rows, crs="EPSG:26916", time_zone="America/Chicago"), domain)
    >>> found["repeats"].value, found["repeats"].verdict
    (0.983, 'warn')
    """
    settings = settle(rules)
    history = _history(source, domain, latency)
    if as_of is not None:
        history = history.as_of(as_of)
    elif history.cutoff is None:
        history = history.as_of(_after_newest(history))
    return assess_all(history, settings) + assess_target(history, settings)


def assess_all(history: History, settings: Mapping[str, Setting]) -> Assessment:
    """Ask every rule about all rows; arguments as in `assess_target`."""
    return _asked(Record.of(history), ALL, settings, tuple(RULES))


def assess_target(history: History, settings: Mapping[str, Setting]) -> Assessment:
    """Ask the rules on counts and times about the target alone.

    Parameters
    ----------
    history : History
        With a cutoff.
    settings : mapping of str to Setting
        From `settle`.

    Returns
    -------
    Assessment
        Without findings where the target is everything.
    """
    if history.target is None or history.is_target.all():
        return Assessment((), history.known_until, len(history.incidents))
    record = Record.of(history).of_categories(tuple(history.target))
    names = tuple(name for name, rule in RULES.items() if rule.each)
    found = _asked(record, history.target_name, settings, names)
    return replace(found, rows=len(history.incidents))


def _asked(record: Record, scope: str, settings: Mapping[str, Setting], names: tuple[str, ...]) -> Assessment:
    measured: dict[object, Measured] = {}  # two rules may look at one number with two limits
    findings = []
    for rule in (RULES[name] for name in names):
        if rule.measure not in measured:
            measured[rule.measure] = rule.measure(record)
        findings.append(Finding.of(rule, settings.get(rule.name, NOTHING), measured[rule.measure], scope))
    return Assessment(tuple(findings), record.cutoff, len(record))


def _history(source: Incidents | History, domain: Domain | None, latency: str) -> History:
    if isinstance(source, History):
        return source
    if domain is None:
        raise InputError("assess: Incidents say nothing about the study area; give the domain as well")
    inside = source.within(domain)
    return History(domain, inside, latency=latency, eligible=dict.fromkeys(inside.categories, EVERY_ROW))


def _after_newest(history: History) -> Moment:
    known = history.versions.known_at
    if not len(known):
        raise InputError("assess: there is no incident; give as_of to say when")
    return one_time(civil_midnight(known.max(), history.domain.time_zone, side="ceil"))
