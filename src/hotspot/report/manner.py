"""How a kind of cells is shown: what they are called, and what their colours count per."""

from __future__ import annotations

from typing import NamedTuple

from hotspot.domain import Domain
from hotspot.schema import SIZE_WORDS


class Manner(NamedTuple):
    """How cells are shown.

    Cells of one size are coloured by their count, all others by count per size: else the large ones would be dark
    for their size alone, and selection goes by count per size.

    Attributes
    ----------
    noun : str
        What a cell is called.
    size : str
        What a coverage is a share of.
    per : str
        What colours count per.
    unit : float
        How much of the size that is [m2 or m]; 0 where it is a cell.
    """

    noun: str
    size: str
    per: str
    unit: float

    @classmethod
    def of(cls, domain: Domain) -> Manner:
        """Choose by the kind of cells.

        Parameters
        ----------
        domain : Domain
            The study area.

        Returns
        -------
        Manner
            Per km of street segments, per km2 of given polygons, per cell of squares and hexagons.
        """
        size = SIZE_WORDS[domain.measure]
        if domain.measure == "length":
            return cls("street segment", size, "km", 1e3)
        if domain.kind == "polygons":
            return cls("cell", size, "km\u00b2", 1e6)
        return cls("cell", size, "cell", 0.0)

    @property
    def lines(self) -> bool:
        """Whether cells are lines."""
        return self.per == "km"

    def many(self, number: int) -> str:
        """Give the noun with a number, such as ``"12 cells"``."""
        return f"{number:,} {self.noun}{'' if number == 1 else 's'}"
