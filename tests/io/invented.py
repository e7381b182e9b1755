"""Invented columns, personal and not, for the tests of privacy; nothing here is of a real person."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

ROWS = 300
Column = Callable[[Generator], list[str]]


def _words(text: str, at: str | None = None) -> list[str]:
    return text.split(at)


GIVEN = _words("Maria James Pieter Sophie Hans Fatima Joao Lucia Robert Anouk Jean Emily Carlos Ingrid Wei")
FAMILY = _words(
    "Smith Garcia Jansen Dubois Schneider Silva Okafor Novak Rossi Haddad Nguyen Brown Lopez Visser Moreau Weber Costa "
    "Petrov Kovacs Larsen O'Brien Yilmaz Tanaka Ferreira Bakker Lefevre Hoffmann Mendes Walker Young Hall Reyes"
)
STREETS = _words("STATE OAK MAIN CHARLES MARKET VALENCIA ROOSEVELT HALSTED CLARK PINE CEDAR LINCOLN JEFFERSON DIVISION")
KINDS = _words("THEFT BURGLARY ROBBERY ASSAULT NARCOTICS FRAUD ARSON TRESPASS VANDALISM LARCENY")
SAID = _words(
    "suspect fled on foot towards the river after taking a bag from the table and victim followed until the corner "
    "where a blue car waited with engine running nobody was hurt but window broke when door closed he said later "
    "that neighbours had seen two young men earlier that evening near gate officers were called at once while "
    "caller described them as tall wearing dark jackets jeans white shoes speaking loudly about money owed since "
    "summer nothing else missing except phone keys wallet documents laptop jewellery owner returns tomorrow from "
    "work family informed statement follows camera shows entry through kitchen garden side forced lock tools left "
    "behind prints secured report number given insurance asked photographs added "
)
PLACES = _words(
    "Lincoln Park,Hyde Park,Mission,Bayview Hunters Point,Loop,Near West Side,Chinatown,Englewood,Noe Valley", ","
)


def _each(one: Callable[[Generator], str]) -> Column:
    return lambda rng: [one(rng) for _ in range(ROWS)]


def _pick(rng: Generator, words: list[str]) -> str:
    return str(words[int(rng.integers(len(words)))])


def _digits(rng: Generator, n: int) -> str:
    return "".join(map(str, rng.integers(0, 10, n)))


def _letters(rng: Generator, n: int, of: str = "ABCDEFGHJKLMNPRSTUVWXYZ") -> str:
    return "".join(of[int(i)] for i in rng.integers(0, len(of), n))


def _date(rng: Generator, first: str, last: str, form: str = "%Y-%m-%d") -> str:
    days = np.datetime64(first) + rng.integers(0, (np.datetime64(last) - np.datetime64(first)).astype(int) + 1)
    return str(days.astype("datetime64[D]").item().strftime(form))


def bsn(rng: Generator) -> str:
    """Nine digits that pass the eleven-test."""
    while True:
        eight = rng.integers(0, 10, 8)
        last = int(eight @ np.arange(9, 1, -1)) % 11
        if last < 10 and eight.any():
            return "".join(map(str, eight)) + str(last)


def cpf(rng: Generator) -> str:
    digits = list(map(int, rng.integers(0, 10, 9)))
    for _ in range(2):
        n = len(digits)
        digits.append(sum(d * (n + 1 - i) for i, d in enumerate(digits)) * 10 % 11 % 10)
    text = "".join(map(str, digits))
    return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"


def dni(rng: Generator) -> str:
    number = int(rng.integers(0, 10**8))
    return f"{number:08d}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def iban(rng: Generator) -> str:
    bank, account = "INGB", _digits(rng, 10)
    number = "".join(str(int(sign, 36)) for sign in bank + account + "NL00")
    return f"NL{98 - int(number) % 97:02d}{bank}{account}"


def card(rng: Generator) -> str:
    digits = [4, *map(int, rng.integers(0, 10, 14))]
    doubled = [d * (2 - i % 2) for i, d in enumerate(digits)]
    return "".join(map(str, digits)) + str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def nir(rng: Generator) -> str:
    number = f"{int(rng.integers(1, 3))}{_digits(rng, 2)}{int(rng.integers(1, 13)):02d}75{_digits(rng, 6)}"
    return f"{number}{97 - int(number) % 97:02d}"


def vin(rng: Generator) -> str:
    signs = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    worth = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
    text = "1FA" + _letters(rng, 5, signs) + "0" + _letters(rng, 8, signs)
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    rest = sum((worth[s] if s in worth else int(s)) * w for s, w in zip(text, weights, strict=True)) % 11
    return text[:8] + "0123456789X"[rest] + text[9:]


def narrative(rng: Generator) -> str:
    return " ".join(_pick(rng, SAID) for _ in range(int(rng.integers(6, 40)))).capitalize() + "."


def _nanp(rng: Generator) -> tuple[str, str, str]:
    return str(rng.integers(201, 990)), str(rng.integers(200, 1000)), _digits(rng, 4)


PERSONAL: dict[str, Column] = {
    "e-mail": _each(lambda r: f"{_pick(r, GIVEN).lower()}.{_pick(r, FAMILY).lower()}{_digits(r, 2)}@example.org"),
    "e-mail, mostly empty text": lambda r: [
        f"call {_pick(r, GIVEN)}@example.com" if i % 20 == 0 else _pick(r, KINDS) for i in range(ROWS)
    ],
    "phone (312) 555-0123": _each(lambda r: "({}) {}-{}".format(*_nanp(r))),
    "phone 312-555-0123": _each(lambda r: "{}-{}-{}".format(*_nanp(r))),
    "phone 312.555.0123": _each(lambda r: "{}.{}.{}".format(*_nanp(r))),
    "phone +1 312 555 0123": _each(lambda r: "+1 {} {} {}".format(*_nanp(r))),
    "phone +31 6": _each(lambda r: f"+31 6 {_digits(r, 8)}"),
    "phone +49": _each(lambda r: f"+49 171 {_digits(r, 7)}"),
    "phone 06-": _each(lambda r: f"06-{_digits(r, 8)}"),
    "phone 01 23 45 67 89": _each(
        lambda r: "0{} {} {} {} {}".format(r.integers(1, 8), *(_digits(r, 2) for _ in "1234"))
    ),
    "phone 020 7946 0123": _each(lambda r: f"020 7{_digits(r, 3)} {_digits(r, 4)}"),
    "phone (11) 91234-5678": _each(lambda r: f"(11) 9{_digits(r, 4)}-{_digits(r, 4)}"),
    "phone 612 345 678": _each(lambda r: f"6{_digits(r, 2)} {_digits(r, 3)} {_digits(r, 3)}"),
    "SSN": _each(lambda r: f"{r.integers(100, 600)}-{r.integers(10, 99)}-{r.integers(1000, 9999)}"),
    "BSN": _each(bsn),
    "BSN with dots": _each(lambda r: "{}.{}.{}".format(*(lambda b: (b[:4], b[4:6], b[6:]))(bsn(r)))),
    "NINO": _each(lambda r: f"{_letters(r, 2, 'ABCEHJLM')} {_digits(r, 2)} {_digits(r, 2)} {_digits(r, 2)} A"),
    "DNI": _each(dni),
    "CPF": _each(cpf),
    "NIR": _each(nir),
    "IBAN": _each(iban),
    "card": _each(card),
    "VIN": _each(vin),
    "plate UK": _each(lambda r: f"{_letters(r, 2)}{r.integers(51, 74)} {_letters(r, 3)}"),
    "plate NL": _each(lambda r: f"{_letters(r, 2)}-{_digits(r, 3)}-{_letters(r, 1)}"),
    "plate FR": _each(lambda r: f"{_letters(r, 2)}-{_digits(r, 3)}-{_letters(r, 2)}"),
    "plate DE": _each(lambda r: f"B-{_letters(r, 2)} {r.integers(1, 9999)}"),
    "plate ES": _each(lambda r: f"{_digits(r, 4)} {_letters(r, 3, 'BCDFGHJKLM')}"),
    "plate BR": _each(lambda r: f"{_letters(r, 3)}{_digits(r, 1)}{_letters(r, 1)}{_digits(r, 2)}"),
    "narrative": _each(narrative),
    "Surname, Given": _each(lambda r: f"{_pick(r, FAMILY)}, {_pick(r, GIVEN)} {_letters(r, 1)}"),
    "SURNAME, GIVEN": _each(lambda r: f"{_pick(r, FAMILY)}-{_pick(r, FAMILY)}, {_pick(r, GIVEN)}".upper()),
    "Given Surname": _each(lambda r: f"{_pick(r, GIVEN)} {_letters(r, 1)}. {_pick(r, FAMILY)}"),
    "Given van Surname": _each(lambda r: f"{_pick(r, GIVEN)} {_pick(r, GIVEN)} van {_pick(r, FAMILY)}"),
    "born": _each(lambda r: _date(r, "1941-01-01", "2006-12-31")),
    "born m/d/Y": _each(lambda r: _date(r, "1938-01-01", "2004-12-31", "%m/%d/%Y")),
    "born dd.mm.YYYY": _each(lambda r: _date(r, "1945-01-01", "2001-12-31", "%d.%m.%Y")),
    "born YYYYmmdd": _each(lambda r: _date(r, "1945-01-01", "2001-12-31", "%Y%m%d")),
    "born at midnight": _each(lambda r: _date(r, "1945-01-01", "2001-12-31") + " 00:00:00"),
    "house number first": _each(lambda r: f"{r.integers(1, 9999)} N {_pick(r, STREETS)} ST"),
    "house number last": _each(lambda r: f"{_pick(r, STREETS).title()}straat {r.integers(1, 299)}"),
    "house number, German": _each(lambda r: f"{_pick(r, STREETS).title()}straße {r.integers(1, 299)}a"),
    "house number, French": _each(lambda r: f"{r.integers(1, 299)} rue {_pick(r, STREETS).title()}"),
}

PLAIN: dict[str, Column] = {
    "case number HY": _each(lambda r: f"H{_letters(r, 1)}{_digits(r, 6)}"),
    "case number 16-": _each(lambda r: f"16-{_digits(r, 6)}"),
    "case number 2016-": _each(lambda r: f"2016-{_digits(r, 8)}"),
    "case number 05-": _each(lambda r: f"05-{_digits(r, 6)}"),
    "case number I": _each(lambda r: f"I{_digits(r, 9)}"),
    "case number 20190": lambda r: [f"2019-{i:06d}" for i in range(ROWS)],
    "nine digits": _each(lambda r: str(r.integers(100_000_000, 999_999_999))),
    "eleven digits": _each(lambda r: str(r.integers(10**10, 10**11))),
    "sixteen digits": _each(lambda r: "4" + _digits(r, 15)),
    "running number": lambda r: [str(10_224_738 + i) for i in range(ROWS)],
    "running float": lambda r: [f"{10_224_738 + i}.0" for i in range(ROWS)],
    "hash": _each(lambda r: _letters(r, 64, "0123456789abcdef")),
    "uuid": _each(lambda r: "-".join(_letters(r, n, "0123456789abcdef") for n in (8, 4, 4, 4, 12))),
    "block XX": _each(lambda r: f"{r.integers(0, 99):03d}XX S {_pick(r, STREETS)} ST"),
    "block rounded": _each(lambda r: f"{r.integers(1, 99)}00 W {_pick(r, STREETS)} AV"),
    "block of": _each(lambda r: f"{r.integers(1, 99)}00 Block of {_pick(r, STREETS)} ST"),
    "block rounded to ten": _each(lambda r: f"{r.integers(1, 999)}0 {_pick(r, STREETS)} ST"),
    "street": _each(lambda r: f"{_pick(r, STREETS)} ST"),
    "crossing": _each(lambda r: f"{_pick(r, STREETS)} ST \\ {_pick(r, STREETS)} AVE"),
    "on or near": _each(lambda r: f"On or near {_pick(r, FAMILY)} Street"),
    "street named after a person": _each(lambda r: f"{_pick(r, GIVEN)} {_pick(r, FAMILY)} Street"),
    "neighbourhood": _each(lambda r: _pick(r, PLACES)),
    "LSOA name": _each(lambda r: f"Camden {r.integers(0, 40):03d}{_letters(r, 1, 'ABCDEF')}"),
    "LSOA code": _each(lambda r: f"E0100{_digits(r, 4)}"),
    "offence": _each(lambda r: _pick(r, KINDS)),
    "offence in words": _each(lambda r: f"{_pick(r, KINDS)}, {_pick(r, KINDS)} AND OTHER, FROM CAR (OVER $950), TRIED"),
    "offence, capitalised": _each(lambda r: f"{_pick(r, KINDS).title()} {_pick(r, KINDS).title()}"),
    "offence code": _each(lambda r: f"{r.integers(10, 99)}{_letters(r, 1)} {_pick(r, KINDS).title()}"),
    "beat": _each(lambda r: f"{r.integers(100, 2500):04d}"),
    "sector": _each(lambda r: f"{_letters(r, 1)}{r.integers(1, 9)}"),
    "postcode UK": _each(lambda r: f"{_letters(r, 2)}{r.integers(1, 20)} {r.integers(1, 9)}{_letters(r, 2)}"),
    "postcode NL": _each(lambda r: f"{r.integers(1000, 9999)} {_letters(r, 2)}"),
    "zip": _each(lambda r: f"{r.integers(10000, 99999)}"),
    "zip+4": _each(lambda r: f"{r.integers(10000, 99999)}-{_digits(r, 4)}"),
    "time": _each(lambda r: f"{_date(r, '2015-01-01', '2024-06-30')}T{r.integers(0, 24):02d}:{r.integers(0, 60):02d}"),
    "time US": _each(lambda r: f"{_date(r, '2001-01-01', '2024-06-30', '%m/%d/%Y')} {r.integers(1, 13):02d}:15:00 PM"),
    "date": _each(lambda r: _date(r, "2001-01-01", "2024-06-30")),
    "date at midnight": _each(lambda r: _date(r, "2001-01-01", "2024-06-30", "%m/%d/%Y") + " 12:00:00 AM"),
    "month": _each(lambda r: _date(r, "2020-01-01", "2024-06-30", "%Y-%m")),
    "clock": _each(lambda r: f"{r.integers(0, 24):02d}{r.integers(0, 60):02d}"),
    "year": _each(lambda r: str(r.integers(2001, 2024))),
    "latitude": _each(lambda r: f"{41.6 + r.random() / 2:.9f}"),
    "longitude": _each(lambda r: f"{-87.9 + r.random() / 2:.9f}"),
    "feet": _each(lambda r: str(r.integers(1_100_000, 1_200_000))),
    "point": _each(lambda r: f"({41.6 + r.random() / 2:.6f}, {-87.9 + r.random() / 2:.6f})"),
    "WKT": _each(lambda r: f"POINT ({-87.9 + r.random() / 2:.6f} {41.6 + r.random() / 2:.6f})"),
    "Socrata point": _each(
        lambda r: (
            f"{{'latitude': '{41.6 + r.random() / 2:.6f}', 'longitude': '{-87.9 + r.random() / 2:.6f}', "
            '\'human_address\': \'{"address": "", "city": "", "state": "", "zip": ""}\'}'
        )
    ),
    "GeoJSON": _each(
        lambda r: f'{{"type": "Point", "coordinates": [{-87 - r.random():.6f}, {41 + r.random():.6f}]}}'
    ),
    "url": _each(lambda r: f"https://data.example.org/resource/{_letters(r, 8, 'abcdef')}.json"),
    "weapon": _each(lambda r: _pick(r, ["", "", "KNIFE", "HANDGUN", "STRONG-ARM (HANDS, FIST, FEET OR BODILY FORCE)"])),
    "MO codes": _each(lambda r: " ".join(_digits(r, 4) for _ in range(int(r.integers(1, 8))))),
    "flag": _each(lambda r: _pick(r, ["true", "false"])),
    "status": _each(lambda r: _pick(r, ["Open or Active", "Cite or Arrest Adult", "Unfounded"])),
    "outcome": _each(lambda r: _pick(r, ["Investigation complete; no suspect identified", "Under investigation"])),
    "feet and number": _each(lambda r: f"{r.integers(1, 900)} ft"),
    "IP-like version": _each(lambda r: f"{r.integers(1, 9)}.{r.integers(0, 9)}.{r.integers(0, 99)}"),
}  # fmt: skip
