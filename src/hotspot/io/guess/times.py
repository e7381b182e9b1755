"""How a column of texts writes times: the pattern, and the evidence where a day could be a month."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

SHARE = 0.9
ENOUGH = 20  # rows, to tell a habit from chance
OFFSET = r"(?:\s*(?:Z|[+-]\d{2}(?::?\d{2})?))"
CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[APap][Mm])?"
ISO = re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]\d{{2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d+)?)?{OFFSET}?)?")
NUMERIC = re.compile(rf"(\d{{1,2}})([/.-])(\d{{1,2}})\2(\d{{4}}|\d{{2}})(?:(,?[ T])({CLOCK})({OFFSET})?)?")
YEAR_FIRST = re.compile(rf"(\d{{4}})([/.])(\d{{1,2}})\2(\d{{1,2}})(?:([ T])({CLOCK})({OFFSET})?)?")
NAMED_MONTH = re.compile(rf"(\d{{4}}) [A-Za-z]{{3}} (\d{{1,2}})(?:( )({CLOCK}))?")
MONTH = {
    "%Y-%m": re.compile(r"\d{4}-(?:0[1-9]|1[0-2])"),
    "%YMM%m": re.compile(r"\d{4}MM(?:0[1-9]|1[0-2])"),
    "%Y%m": re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])"),
}
COMPACT = {
    "%Y%m%d": re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"),
    "%Y%m%d%H%M": re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d"),
    "%Y%m%d%H%M%S": re.compile(
        r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d"
    ),
}
TIME_OF_DAY = {
    "%H:%M:%S": re.compile(r"([01]?\d|2[0-4]):[0-5]\d:[0-5]\d"),
    "%H:%M": re.compile(r"([01]?\d|2[0-4]):[0-5]\d"),
}
MIDNIGHT = re.compile(r".*[T ](?:0{1,2}:00(?::00(?:[.,]0+)?)?|12:00(?::00)?\s?[Aa][Mm])" + OFFSET + r"?")


@dataclass(frozen=True)
class TimeGuess:
    """How a column writes times.

    Parameters
    ----------
    pattern : str, optional
        Of `strptime`; None where the times are ISO 8601 or typed, which needs none.
    what : str
        "time", "date", "month" or "clock" (a time of day without a date).
    why : tuple of str
        Reasons, without values.
    sure : bool
        False where a day could be a month.
    offsets : float
        Share of times with an offset from UTC.
    """

    pattern: str | None
    what: str
    why: tuple[str, ...]
    sure: bool = True
    offsets: float = 0.0


def guess_times(values: pd.Series) -> TimeGuess | None:
    """Look how a column writes times.

    Parameters
    ----------
    values : Series, shape (n,)
        A sample of it.

    Returns
    -------
    TimeGuess or None
        None where fewer than 9 in 10 values that are there look like times.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _typed(values)
    texts = values.dropna().astype(str).str.strip()
    texts = texts[~texts.str.lower().isin(["", "(null)", "null", "none", "nan", "na", "n/a", "-"])]
    if texts.empty:
        return None
    for guess in (_iso, _numeric, _year_first, _named_month, _compact, _clock):
        found = guess(texts)
        if found is not None:
            return found
    return None


def _typed(values: pd.Series) -> TimeGuess | None:
    there = values.dropna()
    if there.empty:
        return None
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return TimeGuess(None, "time", ("its type is a time with a zone",), offsets=1.0)
    whole = bool((there == there.dt.normalize()).all())
    why = "its type is a time" + (", always midnight, so a date in fact" if whole else "")
    return TimeGuess(None, "date" if whole else "time", (why,))


def _share(texts: pd.Series, pattern: re.Pattern[str]) -> float:
    return float(texts.str.fullmatch(pattern).mean())


def _kind(texts: pd.Series, has_clock: bool) -> tuple[str, str]:
    if not has_clock:
        return "date", "dates without a time of day"
    if bool(texts.str.fullmatch(MIDNIGHT).all()):
        return "date", "every time is midnight, so it holds dates in fact"
    if len(texts) >= ENOUGH and texts.str.extract(r"\d[T ,]+(.*)\Z")[0].nunique() <= 2:
        return "date", "one or two times of day in all: midnight of another zone, so dates in fact; check the zone"
    return "time", "dates with a time of day"


def _iso(texts: pd.Series) -> TimeGuess | None:
    share = _share(texts, ISO)
    if share < SHARE:
        for pattern, form in MONTH.items():
            if _share(texts, form) >= SHARE:
                return TimeGuess(pattern, "month", (f"months, written {pattern}",))
        return None
    what, how = _kind(texts, bool(texts.str.contains(":").any()))
    # an offset follows the seconds; a date alone has hyphens as well
    offsets = float(texts.str.fullmatch(re.compile(rf".*\d:\d{{2}}(?::\d{{2}}(?:[.,]\d+)?)?{OFFSET}")).mean())
    said = [f"{share:.0%} are ISO 8601: {how}"]
    if offsets:
        said.append(f"{offsets:.0%} have an offset from UTC")
    return TimeGuess(None, what, tuple(said), offsets=offsets)


def _numeric(texts: pd.Series) -> TimeGuess | None:
    parts = texts.str.extract(re.compile(rf"\A{NUMERIC.pattern}\Z"))
    there = parts[0].notna()
    if float(there.mean()) < SHARE:
        return None
    first, second = parts.loc[there, 0].astype(int), parts.loc[there, 2].astype(int)
    if (first > 31).any() or (second > 31).any():
        return None
    order, why, sure = _day_or_month(int((first > 12).sum()), int((second > 12).sum()), parts[1].mode()[0])
    sign = parts.loc[there, 1].mode()[0]
    year = "%Y" if parts.loc[there, 3].str.len().mode()[0] == 4 else "%y"
    what, how = _kind(texts[there], bool(parts[5].notna().any()))
    pattern = sign.join([*order, year]) + _clock_pattern(parts.loc[there, 4], parts.loc[there, 5], parts.loc[there, 6])
    return TimeGuess(pattern, what, (how, why), sure, float(parts.loc[there, 6].notna().mean()))


def _day_or_month(first_large: int, second_large: int, sign: str) -> tuple[tuple[str, str], str, bool]:
    """Decide which number is the day; the one that goes above 12."""
    day_first, month_first = ("%d", "%m"), ("%m", "%d")
    if first_large and not second_large:
        return (
            day_first,
            f"the first number is above 12 in {first_large:,} values and the second never: day first",
            True,
        )
    if second_large and not first_large:
        return (
            month_first,
            f"the second number is above 12 in {second_large:,} values and the first never: month first",
            True,
        )
    if first_large:
        order = day_first if first_large > second_large else month_first
        why = (
            f"both orders occur: the first number is above 12 in {first_large:,} values, the second in {second_large:,}"
        )
        return order, why, False
    # dots and hyphens are written where the day comes first
    order = month_first if sign == "/" else day_first
    return order, "no number is above 12, so nothing says whether the day or the month comes first: check it", False


def _year_first(texts: pd.Series) -> TimeGuess | None:
    parts = texts.str.extract(re.compile(rf"\A{YEAR_FIRST.pattern}\Z"))
    there = parts[0].notna()
    if float(there.mean()) < SHARE:
        return None
    sign = parts.loc[there, 1].mode()[0]
    what, how = _kind(texts[there], bool(parts[5].notna().any()))
    pattern = sign.join(["%Y", "%m", "%d"]) + _clock_pattern(*(parts.loc[there, i] for i in (4, 5, 6)))
    return TimeGuess(pattern, what, (f"year first: {how}",), True, float(parts.loc[there, 6].notna().mean()))


def _named_month(texts: pd.Series) -> TimeGuess | None:
    parts = texts.str.extract(re.compile(rf"\A{NAMED_MONTH.pattern}\Z"))
    there = parts[0].notna()
    if float(there.mean()) < SHARE:
        return None
    what, how = _kind(texts[there], bool(parts[3].notna().any()))
    none = pd.Series(None, index=texts[there].index, dtype=object)
    pattern = "%Y %b %d" + _clock_pattern(parts.loc[there, 2], parts.loc[there, 3], none)
    return TimeGuess(pattern, what, (f"month by its name: {how}",))


def _clock_pattern(gap: pd.Series, clock: pd.Series, offset: pd.Series) -> str:
    """Write the pattern of the time of day behind a date, as most rows have it."""
    if clock.isna().all():
        return ""
    text = clock.dropna().iloc[0]
    half = bool(re.search("[AaPp][Mm]", text))
    seconds = ":%S" if text.count(":") == 2 else ""
    fraction = ".%f" if "." in text else ""
    meridiem = (" %p" if " " in text else "%p") if half else ""
    zone = "%z" if offset.notna().any() else ""
    return f"{gap.dropna().iloc[0]}{'%I' if half else '%H'}:%M{seconds}{fraction}{meridiem}{zone}"


def _compact(texts: pd.Series) -> TimeGuess | None:
    for pattern, form in COMPACT.items():
        if _share(texts, form) >= SHARE:
            return TimeGuess(pattern, "time" if "%H" in pattern else "date", (f"digits in a row, as {pattern}",))
    return None


def _clock(texts: pd.Series) -> TimeGuess | None:
    for pattern, form in TIME_OF_DAY.items():
        if _share(texts, form) >= SHARE:
            return TimeGuess(pattern, "clock", (f"a time of day, as {pattern}",))
    return None
