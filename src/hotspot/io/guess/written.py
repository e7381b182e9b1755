"""A proposal written as TOML, ready to paste."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence


def toml_text(text: str) -> str:
    r"""Write a text as a basic string of TOML.

    Parameters
    ----------
    text : str
        Anything, also a hostile column name.

    Returns
    -------
    str
        In quotes, on one line; signs that do not print are escaped.

    Examples
    --------
    >>> print(toml_text('a"b\nc'))
    "a\"b\nc"
    """
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in quoted)


def _escaped(sign: str) -> str:
    code = ord(sign)
    if 0xD800 <= code <= 0xDFFF:  # half a sign, which TOML cannot hold
        return "\\uFFFD"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def toml_table(heading: str, entries: Mapping[str, str | Sequence[str] | None]) -> list[str]:
    """Write a table.

    Parameters
    ----------
    heading : str
        Its name; empty for the top of a file.
    entries : mapping of str to str or list of str
        Keys and values; None is left out.

    Returns
    -------
    list of str
        Lines; none where there is no entry.
    """
    lines = [f"{key} = {_value(value)}" for key, value in entries.items() if value is not None]
    return ([f"[{heading}]", *lines] if heading else lines) if lines else []


def toml_comments(notes: Iterable[str]) -> list[str]:
    """Write notes as comments.

    Parameters
    ----------
    notes : iterable of str
        Sentences.

    Returns
    -------
    list of str
        A line each; signs that would end the line are escaped.
    """
    return ["# " + "".join(sign if sign.isprintable() else _escaped(sign) for sign in note) for note in notes]


def _value(value: str | Sequence[str]) -> str:
    return toml_text(value) if isinstance(value, str) else f"[{', '.join(map(toml_text, value))}]"
