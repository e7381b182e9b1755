"""Tables of `hotspot.toml`: closed to keys that nobody reads, and those of a kind told by their `kind`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from hotspot.errors import nearest


class Section(BaseModel):
    """A table of the file: frozen, and closed to keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        allowed = [entry.alias or name for name, entry in cls.model_fields.items()]
        for key in data if isinstance(data, dict) else ():
            if key not in allowed:
                raise ValueError(f"unknown key {key!r}; {nearest(str(key), allowed)}")
        return data


def known_kind(*kinds: str) -> BeforeValidator:
    """Refuse a table whose `kind` is missing or not known, with the nearest right one.

    Parameters
    ----------
    *kinds : str
        What may stand there.

    Returns
    -------
    pydantic.BeforeValidator
        For a union of sections told apart by `kind`.
    """

    def check(data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        if "kind" not in data:
            raise ValueError(f"no kind; {nearest('', kinds)}")
        if data["kind"] not in kinds:
            raise ValueError(f"unknown kind {data['kind']!r}; {nearest(str(data['kind']), kinds)}")
        return data

    return BeforeValidator(check)
