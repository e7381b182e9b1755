"""Values that look personal: patterns, check digits and shapes; nothing here ever shows a value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from hotspot.io.personal_shapes import is_free_text, is_home_address, is_person_names

LONGEST = 500  # characters of a value that are looked at: patterns stay fast on any text

Found = Callable[[str], bool]

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63})+")
_PHONES = re.compile(
    r"\+\d{1,3}[ .-]?(?:\(0?\d{1,4}\)|\d{1,4})(?:[ .-]?\d{2,4}){2,4}"  # +31 6 1234 5678
    r"|(?:\+?1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}(?: ?(?:x|ext\.?) ?\d{1,5})?"  # 312 555 0123
    r"|06[ -]?\d{8}|06(?:[ -]\d\d){4}|0\d{2}-\d{7}|0\d{3}-\d{6}"  # 06-12345678, 020-1234567
    r"|0[1-9](?:[ .]\d\d){4}"  # 01 23 45 67 89
    r"|0\d{2,4}[ /]\d{3,4}[ ]?\d{3,5}"  # 0171 1234567, 020 7946 0123
    r"|\(\d{2}\) ?9?\d{4}-\d{4}"  # (11) 91234-5678
    r"|[679]\d{2} \d{3} \d{3}|[679]\d{2}(?: \d\d){3}"  # 612 345 678
)
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_NINO = re.compile(
    r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]", re.IGNORECASE
)
_DNI = re.compile(r"([XYZ]?)-?(\d{7,8})-?([A-Z])", re.IGNORECASE)
_NIR = re.compile(r"[12]\d\d(?:0[1-9]|1[0-2])(?:\d\d|2[AB])\d{6}\d\d", re.IGNORECASE)
_IBAN = re.compile(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}", re.IGNORECASE)
_CARD = re.compile(r"(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d)\d{12})")
_PLATES = re.compile(
    r"[A-Z]{2}\d{2} [A-Z]{3}"  # United Kingdom
    r"|[A-Z]{2}-\d{3}-[A-Z]{2}"  # France
    r"|[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} \d{1,4}[EH]?"  # Germany
    r"|\d{4} [BCDFGHJ-NPR-TV-Z]{3}"  # Spain
    r"|[A-Z]{3}-\d{4}|[A-Z]{3}\d[A-Z]\d{2}"  # Brazil
    r"|\d{2}-[A-Z]{2}-\d{2}|[A-Z]{2}-\d{2}-\d{2}|\d{2}-\d{2}-[A-Z]{2}"  # Portugal, Netherlands
    r"|[A-Z]{2}-\d{2}-[A-Z]{2}|[A-Z]{2}-[A-Z]{2}-\d{2}|\d{2}-[A-Z]{2}-[A-Z]{2}"
    r"|\d{2}-[A-Z]{3}-\d|\d-[A-Z]{3}-\d{2}|[A-Z]{2}-\d{3}-[A-Z]|[A-Z]-\d{3}-[A-Z]{2}"
    r"|\d[A-Z]{3}\d{3}"  # California
)
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}", re.IGNORECASE)
_YEAR = re.compile(r"(?:^|\D)((?:19|20)\d\d)(?:\D|$)|^((?:19|20)\d\d)(?:0[1-9]|1[0-2])\d\d$")
_A_DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d)"
    r"(?:[T ]0{1,2}:00(?::00(?:\.0+)?)?(?: ?AM)?Z?|[T ]12:00(?::00)? ?AM)?"
)
_ANY_DATE = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|(?:19|20)\d{6})(?:\D.*)?")
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _digits(value: str) -> str:
    return re.sub(r"[ .-]", "", value)


def is_bsn(value: str) -> bool:
    """Tell whether a text is a Dutch citizen number: nine digits that pass the eleven-test."""
    digits = _digits(value)
    if not re.fullmatch(r"[0-9]{9}", digits) or digits == "0" * 9:
        return False
    return sum(int(d) * w for d, w in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0


def is_cpf(value: str) -> bool:
    """Tell whether a text is a Brazilian tax number: eleven digits, the last two of which check the others."""
    digits = _digits(value)
    if not re.fullmatch(r"[0-9]{11}", digits) or len(set(digits)) == 1:
        return False
    for n in (9, 10):
        rest = sum(int(d) * (n + 1 - i) for i, d in enumerate(digits[:n])) * 10 % 11 % 10
        if rest != int(digits[n]):
            return False
    return True


def is_dni(value: str) -> bool:
    """Tell whether a text is a Spanish DNI or NIE, by its letter."""
    match = _DNI.fullmatch(value)
    if match is None or len(match[1]) + len(match[2]) != 8:
        return False
    number = int({"X": "0", "Y": "1", "Z": "2"}.get(match[1].upper(), "") + match[2])
    return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == match[3].upper()


def is_nir(value: str) -> bool:
    """Tell whether a text is a French social security number, by its key."""
    digits = _digits(value).upper()
    if not _NIR.fullmatch(digits):
        return False
    number = digits.replace("2A", "19").replace("2B", "18") if digits[5:7] in ("2A", "2B") else digits
    return 97 - int(number[:13]) % 97 == int(number[13:])


def is_iban(value: str) -> bool:
    """Tell whether a text is a bank account, by its remainder of 97."""
    text = value.replace(" ", "").upper()
    if not (text.isascii() and _IBAN.fullmatch(text)):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def is_card(value: str) -> bool:
    """Tell whether a text is a payment card, by its first digits and the Luhn sum."""
    digits = _digits(value)
    if not (digits.isascii() and _CARD.fullmatch(digits)):
        return False
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def is_vin(value: str) -> bool:
    """Tell whether a text is a vehicle's number, by the check digit in the ninth place."""
    text = value.upper()
    if not (text.isascii() and _VIN.fullmatch(text)) or text.isdigit():
        return False
    rest = sum((_VIN_VALUES[s] if s in _VIN_VALUES else int(s)) * w for s, w in zip(text, _VIN_WEIGHTS, strict=True))
    return text[8] == "0123456789X"[rest % 11]


# what the values look like, the test, the share of values that has to pass, and the fewest distinct ones that have to
_TESTS: tuple[tuple[str, Found, float, int], ...] = (
    ("e-mail addresses", lambda value: "@" in value and _EMAIL.search(value) is not None, 0.02, 1),
    ("bank accounts", is_iban, 0.05, 1),
    ("payment cards", is_card, 0.6, 3),
    ("phone numbers", lambda value: _PHONES.fullmatch(value) is not None, 0.6, 3),
    ("US social security numbers", lambda value: _SSN.fullmatch(value) is not None, 0.6, 2),
    ("UK national insurance numbers", lambda value: _NINO.fullmatch(value) is not None, 0.6, 3),
    ("Dutch citizen numbers", is_bsn, 0.6, 5),
    ("Brazilian tax numbers", is_cpf, 0.6, 3),
    ("Spanish identity numbers", is_dni, 0.6, 3),
    ("French social security numbers", is_nir, 0.6, 3),
    ("vehicle numbers", is_vin, 0.6, 3),
    ("vehicle plates", lambda value: _PLATES.fullmatch(value) is not None, 0.7, 5),
)


def personal_values(values: Sequence[str]) -> str | None:
    """Say what values look like, if they look personal.

    Birth dates need a second column to be told from incident times; see `are_birth_dates`.

    Parameters
    ----------
    values : sequence of str
        Values that are there, without blanks at the ends.

    Returns
    -------
    str or None
        For example "its values look like e-mail addresses"; never a value.
    """
    short = [value[:LONGEST] for value in values]
    distinct = Counter(short)
    for what, test, share, fewest in _TESTS:
        found = [value for value in distinct if test(value)]
        if len(found) >= fewest and sum(distinct[value] for value in found) >= share * len(short):
            return f"its values look like {what}"
    if is_free_text(short):
        return "its values look like free text"
    if is_person_names(short):
        return "its values look like names of persons"
    if is_home_address(short):
        return "its values look like addresses with house numbers"
    return None


def years(values: Sequence[str], *, days_only: bool) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    """Give the years of a column of dates.

    Parameters
    ----------
    values : sequence of str
        Values that are there.
    days_only : bool
        Refuse columns with times of day other than midnight.

    Returns
    -------
    ndarray of float, shape (n,), or None
        None where a quarter or more are no dates.
    """
    pattern = _A_DATE if days_only else _ANY_DATE
    found = [match for value in values if pattern.fullmatch(value[:40]) and (match := _YEAR.search(value[:40]))]
    if len(found) < max(20, 0.75 * len(values)):
        return None
    return np.array([float(match[1] or match[2]) for match in found])


def are_birth_dates(values: Sequence[str], newest: float) -> bool:
    """Tell whether a column holds dates of birth.

    Parameters
    ----------
    values : sequence of str
        Values that are there.
    newest : float
        Median year of the source's most recent column of dates: births lie a life before it, incidents do not.

    Returns
    -------
    bool
        Whether they are days without a time, spread over decades, nearly all ten years or more ago.
    """
    born = years(values, days_only=True)
    if born is None or len(set(values)) < 0.5 * len(values):
        return False
    spread = np.quantile(born, 0.9) - np.quantile(born, 0.1)
    past = np.mean((born >= 1900) & (born <= datetime.now(UTC).year - 10))
    return bool(spread >= 20 and past >= 0.8 and newest - np.median(born) >= 12)
