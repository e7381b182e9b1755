"""What a model and a feature have to offer.

A `Model` is a recipe: a frozen dataclass of plain parameters. Fitting it gives a `Fitted`, which holds parameters only;
what it needs to know of the recent past comes from the History given to `forecast`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import xarray as xr

    from hotspot.history import History, Times
    from hotspot.windows import Windows

    Seed = int | None


@runtime_checkable
class Fitted(Protocol):
    """A fitted model: parameters only."""

    @property
    def params(self) -> Mapping[str, float]:
        """Plain numbers in documented units."""

    def forecast(self, history: History, *, state: object = None, rng: Seed = None) -> xr.Dataset:
        """Forecast the windows that follow the cutoff of a History.

        Parameters
        ----------
        history : History
            With a cutoff at or after that of the fit, the same domain and the same target.
        state : object, optional
            What `state` or `advance` gave for the same History.
        rng : int, optional
            Seed, for models that draw.

        Returns
        -------
        xarray.Dataset
            A forecast with one issue time.
        """

    def state(self, history: History) -> object:
        """Boil the History down to what `forecast` needs."""

    def advance(self, state: object, history: History) -> object:
        """Carry a state on to a History with a later cutoff."""


@runtime_checkable
class Model(Protocol):
    """A recipe: a frozen dataclass of plain parameters."""

    @property
    def name(self) -> str:
        """What it is called in runs; by default its kind."""

    def fit(self, history: History, *, windows: Windows, rng: Seed = None) -> Fitted:
        """Fit to what a History knows.

        Parameters
        ----------
        history : History
            With a cutoff.
        windows : Windows
            What will be forecast.
        rng : int, optional
            Seed.

        Returns
        -------
        Fitted
            Parameters only.
        """


@runtime_checkable
class Feature(Protocol):
    """A column, or a few of one kind, computed from what was known at each issue time."""

    @property
    def name(self) -> str:
        """Its kind."""

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Compute the feature.

        Parameters
        ----------
        history : History
            With a cutoff at or after every issue time; incidents and layers.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Nothing known later than each may be used for its row.
        windows : Windows
            Give the leads.

        Returns
        -------
        xarray.DataArray
            Over those of (issue_time, lead, cell) that it varies over, and `column` where there are several; attributes
            `units`, `source`, `vintage`.
        """
