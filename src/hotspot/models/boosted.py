"""Boosted trees: a Poisson regression of counts on features, with time at risk as offset.

The expected count of a cell and window is area x length of the window x the city's mean rate x exp(sum of trees). Trees
are grown by LightGBM (Ke et al. 2017) on past windows whose outcome is known.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.features.calendar import Calendar
from hotspot.features.cube import FeatureSpec, assemble, feature_names, make_features, rows
from hotspot.features.neighbour_counts import NeighbourCounts
from hotspot.features.place_density import PlaceDensity
from hotspot.features.place_distance import PlaceDistance
from hotspot.features.recent_counts import RecentCounts
from hotspot.features.sampling import Sample, sample_rows
from hotspot.features.street_density import StreetDensity
from hotspot.features.training import training_times
from hotspot.history import History
from hotspot.layers import Places, Streets
from hotspot.models._base import FittedBase, Origin, seconds
from hotspot.protocols import Feature
from hotspot.schema import CELL
from hotspot.windows import Duration, Windows

if TYPE_CHECKING:
    import lightgbm

# Past windows of the default features. "1825D" is all of most records: long memory carries most of the skill.
OWN = ("7D", "28D", "91D", "365D", "1825D")
NEAR = ("28D", "91D", "365D", "1825D")
WIDE = ("28D", "365D", "1825D")
MOST_BINS = 255
INCIDENTS_IN_BIN = 300  # of a column that is the same for all cells; else trees learn the noise of single windows
INCIDENTS_IN_LEAF = 20.0  # expected ones; fewer say nothing about a rate
INCIDENTS_PER_TREE = 10
SHARE_IN_LEAF = 25  # a leaf never needs more than this part of the rows


@dataclass(frozen=True)
class Boosted:
    """Gradient-boosted trees with a Poisson likelihood.

    Parameters
    ----------
    features : sequence of str, (str, mapping) or Feature, optional
        Names, names with options, or recipes. Default: `default_features`.
    rounds : int
        Most trees; a short record grows one for every ten incidents, since more would learn its noise.
    leaves : int
        Most leaves of a tree.
    learning_rate : float
        Weight of a tree, in (0, 1].
    min_rows_in_leaf : int
        Fewest rows of a leaf; at most a 25th of all rows is asked for.
    shrinkage : float
        L2 penalty on the values of leaves: about so many expected incidents are added to each leaf.
    max_rows : int
        About how many rows to train on; zeros beyond are sampled and weighted.
    training : str
        How far back rows are taken from.
    threads : int, optional
        Of LightGBM; None: one a core. The result does not depend on it. More than the cores that are free make it
        many times slower, since its threads wait for one another after every split.
    name : str
        What it is called in runs.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Ke, G. et al. (2017). LightGBM: a highly efficient gradient boosting decision tree. Advances in Neural Information
    Processing Systems 30, 3146-3154.

    Friedman, J. H. (2001). Greedy function approximation: a gradient boosting machine. Annals of Statistics 29(5),
    1189-1232. https://doi.org/10.1214/aos/1013203451
    """

    features: tuple[FeatureSpec, ...] | None = None
    rounds: int = 100
    leaves: int = 15
    learning_rate: float = 0.075
    min_rows_in_leaf: int = 2000
    shrinkage: float = 10.0
    max_rows: int = 80_000
    training: str = "730D"
    threads: int | None = 2
    name: str = "boosted"

    def __post_init__(self) -> None:
        """Check the numbers and make the features."""
        if self.features is not None:
            object.__setattr__(self, "features", make_features(self.features))
        object.__setattr__(self, "training", str(Duration.parse(self.training)))
        for key, least in (("rounds", 1), ("leaves", 2), ("min_rows_in_leaf", 1), ("max_rows", 100)):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(f"Boosted {key}: got {value!r}, expected a whole number >= {least}")
        if not 0 < self.learning_rate <= 1:
            raise InputError(f"Boosted learning_rate: got {self.learning_rate!r}, expected above 0 and at most 1")
        if not (np.isfinite(self.shrinkage) and self.shrinkage >= 0):
            raise InputError(f"Boosted shrinkage: got {self.shrinkage!r}, expected a number >= 0")
        if self.threads is not None and self.threads < 1:
            raise InputError(f"Boosted threads: got {self.threads!r}, expected None or a whole number >= 1")

    @property
    def uses_calendar(self) -> bool:
        """Whether a feature knows the civil date, so that moving all input by weeks changes the forecast."""
        return self.features is None or any(getattr(feature, "uses_calendar", False) for feature in self.features)

    def fit(self, history: History, *, windows: Windows, rng: int | None = None) -> FittedBoosted:
        """Grow the trees on past windows.

        Parameters
        ----------
        history : History
            With a cutoff.
        windows : Windows
            What will be forecast.
        rng : int, optional
            Seed of the sample of rows. Default: 0.

        Returns
        -------
        FittedBoosted
            The trees as text.

        Raises
        ------
        InputError
            If no past window is complete, none holds an incident, or a feature lacks its layer.
        """
        seed = 0 if rng is None else rng
        origin = Origin.of(history, windows)
        recipes = default_features(history) if self.features is None else make_features(self.features)
        times = training_times(history, windows, self.training)
        sample = sample_rows(history, times, features=recipes, windows=windows, max_rows=self.max_rows, rng=seed).join()
        total = float(sample.weight @ sample.incidents)
        if total <= 0:
            raise InputError(
                f"no incident of {history.target_name!r} in {times.size} past windows before {history.complete_until} "
                "UTC; fit at a later cutoff, use longer windows, or choose another target"
            )
        rate = total / float(sample.weight @ sample.exposure)
        cube = assemble(history, times[-1:], recipes, windows)
        booster = self._grow(sample, rate, seed, _bins(cube, total))
        level = total / float(sample.weight @ _fitted_counts(booster))
        n_rows = sample.incidents.size
        unit = 1e6 if history.domain.measure == "area" else 1e3
        return FittedBoosted(
            origin, recipes, sample.columns, booster.model_to_string(), rate, level, n_rows, self.threads, unit
        )

    def _grow(self, sample: Sample, rate: float, seed: int, bins: list[int]) -> lightgbm.Booster:
        options: dict[str, Any] = {
            "objective": "poisson",
            "num_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": min(self.min_rows_in_leaf, max(sample.incidents.size // SHARE_IN_LEAF, 1)),
            "lambda_l2": self.shrinkage,
            "min_sum_hessian_in_leaf": INCIDENTS_IN_LEAF,
            "max_bin_by_feature": bins,
            "seed": seed % 2**31,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.threads or 0,
            "metric": "none",
            "verbosity": -1,
        }
        offset = np.log(rate * sample.exposure)
        rounds = min(self.rounds, max(1, int(sample.weight @ sample.incidents / INCIDENTS_PER_TREE)))
        library = _lightgbm()
        data = library.Dataset(
            sample.features, sample.incidents, weight=sample.weight, init_score=offset, params=options
        )
        grown: lightgbm.Booster = library.train(options, data, rounds, keep_training_booster=True)
        return grown


@dataclass(frozen=True)
class FittedBoosted(FittedBase):
    """Trees as text, and what is needed to feed them.

    Parameters
    ----------
    origin : Origin
        Where the fit comes from.
    features : tuple of Feature
        Recipes.
    columns : tuple of str
        What they gave at the fit, in order.
    text : str
        The trees, in LightGBM's own format.
    rate : float
        Mean of the training rows [incidents / (s m2), or / (s m) on street segments].
    level : float
        Brings the total of the training rows to what was observed.
    n_rows : int
        Number of training rows.
    threads : int, optional
        Of LightGBM.
    unit : float
        Size that `params` count per: a km2 [m2], or a km [m] on street segments.
    """

    origin: Origin
    features: tuple[Feature, ...]
    columns: tuple[str, ...]
    text: str = field(repr=False)
    rate: float
    level: float
    n_rows: int
    threads: int | None = 2
    unit: float = 1e6

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """The trees, read from the text."""
        read: lightgbm.Booster = _lightgbm().Booster(model_str=self.text)
        return read

    @property
    def params(self) -> Mapping[str, float]:
        """Number of trees (`rounds`), factor on the total (`level`), `n_rows`, `rate` [1/(km2 day) or 1/(km day)]."""
        return {
            "rounds": float(self.booster.num_trees()),
            "level": self.level,
            "n_rows": float(self.n_rows),
            "rate": self.rate * self.unit * 86400,
        }

    def _state(self, history: History) -> xr.Dataset:
        """Compute the features at the History's cutoff.

        Parameters
        ----------
        history : History
            With a cutoff.

        Returns
        -------
        xarray.Dataset
            A cube with one issue time.
        """
        cube = assemble(history, np.array([history.known_until]), self.features, self.origin.windows)
        if tuple(feature_names(cube)) != self.columns:
            changed = sorted(set(feature_names(cube)) ^ set(self.columns))
            raise InputError(f"forecast: the features have changed since the fit: {changed}; give the same layers")
        return cube

    def expected(
        self, state: object, history: History, start: NDArray[np.datetime64], end: NDArray[np.datetime64]
    ) -> NDArray[np.float64]:
        """Add up the trees.

        Parameters
        ----------
        state : xarray.Dataset
            From `state`.
        history : History
            Gives the cells.
        start, end : ndarray of datetime64, shape (n_leads,)
            Windows.

        Returns
        -------
        ndarray, shape (n_leads, n_cells)
            Incidents.
        """
        if not isinstance(state, xr.Dataset):
            raise InputError(f"forecast: state is a {type(state).__name__}; expected what `state` gave")
        shape = (start.size, history.domain.n_cells)
        lead, cell = (index.ravel() for index in np.indices(shape))
        matrix = rows(state, np.zeros_like(lead), lead, cell, np.float32)
        raw = np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=self.threads or 0))
        exposure = seconds(end - start)[:, None] * history.domain.size
        return np.asarray(self.level * self.rate * exposure * np.exp(raw.reshape(shape)))


def _lightgbm() -> Any:
    """Load LightGBM; its threads may spin only for a moment while they wait, or a busy machine crawls."""
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    import lightgbm

    return lightgbm


def _fitted_counts(booster: lightgbm.Booster) -> NDArray[np.float64]:
    """Look up the expected counts of the training rows, which the booster still holds, shape (n_rows,)."""
    held: list[NDArray[np.float64]] = []

    def keep(counts: NDArray[np.float64], data: object) -> tuple[str, float, bool]:
        del data
        held.append(counts.copy())
        return "kept", 0.0, True

    booster.eval_train(keep)
    return held[0]


def _bins(cube: xr.Dataset, incidents: float) -> list[int]:
    """Choose the most values a tree may tell apart in each column."""
    few = int(np.clip(incidents / INCIDENTS_IN_BIN, 2, MOST_BINS))
    return [MOST_BINS if CELL in column.dims else few for column in cube.data_vars.values()]


def default_features(history: History) -> tuple[Feature, ...]:
    """Choose features: own and neighbour counts over days to years, calendar, and what the layers allow.

    Parameters
    ----------
    history : History
        With layers.

    Returns
    -------
    tuple of Feature
        Recipes.
    """
    wide = NeighbourCounts(WIDE, radius=float(round(4 * history.domain.spacing)))
    chosen: list[Feature] = [RecentCounts(OWN), NeighbourCounts(NEAR), wide, Calendar()]
    if any(isinstance(layer, Places) and not isinstance(layer, Streets) for layer in history.layers):
        chosen += [PlaceDistance(), PlaceDensity()]
    if any(isinstance(layer, Streets) for layer in history.layers):
        chosen.append(StreetDensity())
    return tuple(chosen)
