"""The table of rules, and what a config may say about them."""

from __future__ import annotations

from collections.abc import Mapping

from hotspot.errors import ConfigError, nearest
from hotspot.quality.categories import category_change, category_shift
from hotspot.quality.clock import date_only, first_of_month, full_hour, half_hour, midnight, minute_one
from hotspot.quality.gaps import gaps, thin_weeks
from hotspot.quality.geocoder import geocoder_collapse, geocoder_now
from hotspot.quality.lengths import long_intervals, longest_interval
from hotspot.quality.places import (
    dummy_point,
    missing_coordinates,
    null_island,
    outside_domain,
    snapping,
    swapped_axes,
)
from hotspot.quality.repeats import repeats, same_id, split_incidents
from hotspot.quality.rule import ACTIONS, Action, Rule, Setting
from hotspot.quality.shifts import level_shift
from hotspot.quality.tail import feed_silent, thin_tail
from hotspot.quality.versions import known_before_start, revised

GEOCODING = "Ratcliffe (2004), doi:10.1080/13658810310001596076"
SNAPPED = "Tompson et al. (2015), doi:10.1080/15230406.2014.972456"
AORISTIC = "Ratcliffe (2002), doi:10.1023/A:1013240828824"
BURSTS = "McCullagh & Nelder (1989), section 6.2.3"
STEPS = "Andrews (1993), doi:10.2307/2951764"
SHARE, TIMES, DAYS = "share of rows", "times", "days"

_TABLE = (
    Rule("missing_coordinates", "rows without coordinates", SHARE, 0.15, "warn", missing_coordinates, "places",
         reference=GEOCODING),
    Rule("null_island", "rows at (0, 0)", SHARE, 0.01, "warn", null_island, "places"),
    Rule("swapped_axes", "rows right once x and y are exchanged", SHARE, 0.001, "warn", swapped_axes, "places"),
    Rule("outside_domain", "rows outside the boundary", SHARE, 0.05, "warn", outside_domain, "places"),
    Rule("mostly_outside", "rows outside the boundary", SHARE, 0.5, "refuse", outside_domain, "places"),
    Rule("dummy_point", "rows on the commonest point", SHARE, 0.02, "warn", dummy_point, "places", reference=GEOCODING),
    Rule("one_point", "rows on the commonest point", SHARE, 0.5, "refuse", dummy_point, "places"),
    Rule("snapping", "distance between the points incidents are moved to", "cell widths", 0.5, "warn", snapping,
         "places", reference=SNAPPED),
    Rule("geocoder_collapse", "largest rise of the share without a place, in two weeks", SHARE, 0.1, "warn",
         geocoder_collapse, "places", reference=GEOCODING),
    Rule("geocoder_now", "rise of the share without a place, in the last two weeks", SHARE, 0.2, "refuse",
         geocoder_now, "places", reference=GEOCODING),
    Rule("midnight", "timed rows at 00:00", SHARE, 0.05, "warn", midnight, "hours", each=True),
    Rule("minute_one", "timed rows at 00:01", SHARE, 0.02, "warn", minute_one, "hours", each=True),
    Rule("full_hour", "timed rows on the full hour", SHARE, 1 / 3, "warn", full_hour, "hours", each=True),
    Rule("half_hour", "timed rows at :00 or :30", SHARE, 0.5, "warn", half_hour, "hours", each=True),
    Rule("date_only", "rows that name a day and no time", SHARE, 0.05, "warn", date_only, "hours", each=True),
    Rule("first_of_month", "rows on firsts of months over rows on other days", TIMES, 1.5, "warn", first_of_month,
         "counts", each=True, reference=BURSTS),
    Rule("long_intervals", "rows that span more than seven days", SHARE, 0.1, "warn", long_intervals, "counts",
         each=True, reference=AORISTIC),
    Rule("longest_interval", "length of the longest interval", DAYS, 366.0, "warn", longest_interval, "counts",
         each=True, reference=AORISTIC),
    Rule("same_id", "rows with the id of another row", SHARE, 0.01, "warn", same_id, "counts"),
    Rule("repeats", "rows with place, time and category of another row", SHARE, 0.05, "warn", repeats, "counts",
         each=True),
    Rule("split_incidents", "timed rows with place and time of another row, of another category", SHARE, 0.1, "warn",
         split_incidents, "counts", each=True),
    Rule("category_change", "categories that begin or end within the record", "categories", 0.0, "warn",
         category_change, "counts", each=True, reference=BURSTS),
    Rule("category_shift", "largest step in the odds of a category, less one", TIMES, 0.5, "warn", category_shift,
         "counts", each=True, reference=STEPS),
    Rule("gaps", "days in empty runs longer than chance explains", "share of days", 0.0, "warn", gaps, "counts",
         each=True, reference=BURSTS),
    Rule("many_gaps", "days in empty runs longer than chance explains", "share of days", 0.2, "refuse", gaps,
         "counts", reference=BURSTS),
    Rule("thin_weeks", "weeks with less than half of the usual rows", "weeks", 0.0, "warn", thin_weeks, "counts",
         each=True, reference=BURSTS),
    Rule("level_shift", "largest step in the rows a week, less one", TIMES, 0.2, "warn", level_shift, "counts",
         each=True, reference=STEPS),
    Rule("feed_silent", "days from the newest record to the cutoff", DAYS, 14.0, "warn", feed_silent, "counts"),
    Rule("feed_stopped", "days from the newest record to the cutoff", DAYS, 56.0, "refuse", feed_silent, "counts"),
    Rule("thin_tail", "rows of the last four weeks over the usual at that age", TIMES, 0.5, "warn", thin_tail,
         "counts", each=True, below=True, reference=BURSTS),
    Rule("known_before_start", "rows known before they started", SHARE, 0.01, "warn", known_before_start, "counts"),
    Rule("revised", "incidents with more than one version", SHARE, 0.25, "warn", revised, "counts"),
)  # fmt: skip
RULES: Mapping[str, Rule] = {rule.name: rule for rule in _TABLE}


def settle(rules: Mapping[str, object] | None) -> dict[str, Setting]:
    """Check what a config says about rules.

    Parameters
    ----------
    rules : mapping of str to (str, mapping or Setting), optional
        By name: an action, or ``{"action": ..., "limit": ..., "reason": ...}``.

    Returns
    -------
    dict of str to Setting
        By name.

    Raises
    ------
    ConfigError
        If a rule, a key or an action does not exist, a limit is no number, or a rule is accepted without a reason.
    """
    settings = {}
    for name, given in (rules or {}).items():
        if name not in RULES:
            raise ConfigError(f"the data gate has no rule {name!r}; {nearest(name, RULES)}")
        settings[name] = given if isinstance(given, Setting) else _setting(name, given)
        if settings[name].action == "accept" and not settings[name].reason.strip():
            raise ConfigError(
                f"rule {name!r} of the data gate is accepted without a reason; write "
                f'{name} = {{ action = "accept", reason = "why this does no harm" }}'
            )
    return settings


def _setting(name: str, given: object) -> Setting:
    if isinstance(given, str):
        return Setting(_action(name, given))
    if not isinstance(given, Mapping):
        raise ConfigError(
            f"rule {name!r} of the data gate: got {given!r}; expected an action or a table of action, limit, reason"
        )
    keys = tuple(Setting.__dataclass_fields__)
    for key in given:
        if key not in keys:
            raise ConfigError(f"rule {name!r} of the data gate: unknown key {key!r}; {nearest(str(key), keys)}")
    limit, action = given.get("limit"), given.get("action")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float) or not limit >= 0):
        raise ConfigError(
            f"rule {name!r} of the data gate: limit is {limit!r}; expected a number of {RULES[name].unit}, 0 or more"
        )
    return Setting(
        None if action is None else _action(name, action),
        None if limit is None else float(limit),
        str(given.get("reason") or ""),
    )


def _action(name: str, given: object) -> Action:
    for action in ACTIONS:
        if given == action:
            return action
    raise ConfigError(f"rule {name!r} of the data gate: action is {given!r}; {nearest(str(given), ACTIONS)}")
