"""Moments of a fetch: what "since" means, and from where the next one may go on without a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hotspot.errors import ConfigError, PortalError

WESTMOST = timedelta(hours=12)
MONTH = len("2024-01")


def parse_since(text: str) -> str:
    """Check a moment that a user gives.

    Parameters
    ----------
    text : str
        ISO 8601: a month, a day, or a day and time; without an offset in the clock of the portal's column.

    Returns
    -------
    str
        To the millisecond, with "Z" where an offset was given; a month stays a month.

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        if len(text) == MONTH:
            return datetime.strptime(text, "%Y-%m").strftime("%Y-%m")
        return _written(datetime.fromisoformat(text))
    except ValueError as error:
        raise ConfigError(
            f"since {text!r}: expected a day such as 2024-01-31, a moment in ISO 8601, or 'last'"
        ) from error


def later(first: str | None, second: object) -> str | None:
    """Take the later of two moments of one column.

    Parameters
    ----------
    first : str, optional
        The latest so far.
    second : object
        A value of the column; what is no text counts as none.

    Returns
    -------
    str or None
        As the portal writes it.
    """
    if not isinstance(second, str) or not second:
        return first
    return second if first is None or second > first else first


def go_on_from(newest: str | None, started: str) -> str | None:
    """Say from where the next fetch has to ask: not later than this one began.

    A row that changes while the portal is paged may be missed although a later change is seen.

    Parameters
    ----------
    newest : str, optional
        Last change that was seen, as the portal writes it.
    started : str
        Begin of the fetch, UTC.

    Returns
    -------
    str or None
        In the form of ``newest``; None where the portal tells no changes.

    Raises
    ------
    PortalError
        If the portal writes changes in a form that is no ISO 8601.
    """
    if newest is None or len(newest) == MONTH:
        return newest
    try:
        moment = datetime.fromisoformat(newest)
    except ValueError:
        raise PortalError(f"the column of the last change holds {newest[:40]!r}; expected ISO 8601") from None
    begin = datetime.fromisoformat(started)
    if moment.tzinfo is None:  # somebody's civil time: no clock is further behind UTC than this
        return _written(min(moment, begin.replace(tzinfo=None) - WESTMOST))
    return _written(min(moment, begin))


def minus(moment: str, overlap: timedelta) -> str:
    """Step back.

    Parameters
    ----------
    moment : str
        From `go_on_from`; of a month the day counts as its first.
    overlap : timedelta
        How far.

    Returns
    -------
    str
        In the same form.
    """
    if len(moment) == MONTH:
        return (datetime.strptime(moment, "%Y-%m") - overlap).strftime("%Y-%m")
    return _written(datetime.fromisoformat(moment) - overlap)


def now() -> str:
    """Give the present moment.

    Returns
    -------
    str
        UTC, to the millisecond.
    """
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _written(moment: datetime) -> str:
    if moment.tzinfo is None:
        return moment.isoformat(timespec="milliseconds")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
