"""The nightly run: from a config to an immutable folder with forecast, hotspots, scores, audit and map."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from hotspot.audit.exposure import exposure as audit_exposure
from hotspot.errors import ConfigError, InputError, RefusedError
from hotspot.evaluate.backtest import backtest, join_models
from hotspot.evaluate.selection import select
from hotspot.protocols import Model
from hotspot.quality import Assessment
from hotspot.report import write_page, write_png
from hotspot.report.quality import quality_frame
from hotspot.rolling import child_seed
from hotspot.run.briefing import beyond_cells, exposure_table, facts, page_of
from hotspot.run.config import Config, TargetSection
from hotspot.run.exports import check_formats, write_cog, write_pmtiles
from hotspot.run.failures import unaffordable
from hotspot.run.gate import assess_run, degradations, doubts, hold_gate
from hotspot.run.inputs import Inputs, issue_time, load_inputs, make_models, published
from hotspot.run.manifest import describe, run_id, write_manifest
from hotspot.run.outputs import plain, write_forecast, write_hotspots, write_json
from hotspot.run.publish import building, is_complete, locked, point_latest
from hotspot.run.reach import hold_reach
from hotspot.run.trust import SelfCheck, exposure_sentence
from hotspot.schema import MODEL
from hotspot.windows import shift

WEEK = np.timedelta64(7, "D")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What a nightly run has to say.

    Parameters
    ----------
    run : Path
        Its folder.
    changed : bool
        False when the same run was there already.
    trust : dict of str to tuple of str
        Sentences by target.
    warnings : tuple of str
        What a reader must know.
    """

    run: Path
    changed: bool
    trust: dict[str, tuple[str, ...]]
    warnings: tuple[str, ...] = ()


@dataclass
class Clock:
    """Seconds by stage, for the manifest."""

    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage.

        Parameters
        ----------
        name : str
            What it is called in the manifest.
        """
        start = time.perf_counter()
        yield
        self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - start


def nightly(
    config: Config, *, as_of: str | None = None, recorded: str | None = None, progress: Progress | None = None
) -> Outcome:
    """Forecast, select, check, audit and publish.

    Parameters
    ----------
    config : Config
        From `load_config`.
    as_of : str, optional
        Moment to run as of, instead of the config's.
    recorded : str, optional
        Of a store, only what it held at this moment: so an old night is replayed to the byte, whatever came back-dated.
    progress : callable, optional
        Told (what, done, total).

    Returns
    -------
    Outcome
        Where the run is.

    Raises
    ------
    ConfigError
        If a layer lies beside the domain, or something else that the config names cannot be used so.
    InputError
        If the data cannot be used; the old result stays.
    RefusedError
        If the data gate or an audit bound is broken; the old result stays.
    """
    clock = Clock()
    check_formats(config)
    with clock.stage("read"):
        inputs = load_inputs(config, recorded_until=recorded)
        issued = issue_time(inputs, as_of)
        inputs = inputs.as_known(issued)
    stamp = str(issued.astype("datetime64[s]")).replace(":", "").replace("-", "")
    store = config.output.store / config.name
    run = store / f"{stamp}Z-{run_id(inputs, issued)}"
    names = [target.name for target in config.targets]
    with locked(store):
        if is_complete(run, names):
            point_latest(run)
            return Outcome(run, changed=False, trust=_read_trust(run, names))
        trust: dict[str, tuple[str, ...]] = {}
        warnings: list[str] = []
        targets = [_Target(inputs, target, issued, clock, progress) for target in config.targets]
        with clock.stage("gate"):
            scant = hold_reach(inputs)
            _hold_coverage(inputs)
            assessments = assess_run(config, {made.target.name: made.history for made in targets})
            hold_gate(assessments)
        with building(run) as folder:
            for made in targets:
                name = made.target.name
                made.warnings += scant
                (folder / name).mkdir()
                trust[name] = made.write(folder / name, assessments[name])
                warnings += made.warnings
        point_latest(run)
    return Outcome(run, changed=True, trust=trust, warnings=tuple(dict.fromkeys(warnings)))


def _hold_coverage(inputs: Inputs) -> None:
    """Refuse a coverage that buys no cell before anything is computed."""
    too_small = unaffordable(inputs)
    if too_small:
        raise ConfigError("\n".join(too_small))


class _Target:
    """One target of one run: each stage needs what the one before made."""

    def __init__(
        self, inputs: Inputs, target: TargetSection, issued: np.datetime64, clock: Clock, progress: Progress | None
    ) -> None:
        self.inputs, self.target, self.clock, self.progress = inputs, target, clock, progress
        self.config, self.name = inputs.config, published(inputs.config)
        self.history = inputs.history(target).as_of(issued)
        self.warnings = beyond_cells(self.history)
        if not self.history.is_target.any():
            raise InputError(
                f"target {target.name!r}: no incident of {self.history.target_name!r} is known at {issued} UTC; "
                "choose another category or a later moment"
            )
        if target.severity != 1.0:
            self.warnings.append(f"target {target.name!r}: severity is recorded, but no score uses it yet")

    def write(self, folder: Path, assessment: Assessment) -> tuple[str, ...]:
        """Make and write everything; the manifest comes last."""
        self.warnings += degradations(assessment, self.config)
        config, clock, formats = self.config, self.clock, [*self.config.output.formats]
        models = {model.name: model for model in make_models(config)}
        with clock.stage("self-check"):
            runs = self._past_runs(list(models.values()))
            check = SelfCheck.of(runs, self.history, config.selection.coverage) if runs is not None else None
        with clock.stage("forecast"):
            seed = child_seed(config.seed, "publish", self.history.target_name, self.name)
            fitted = models[self.name].fit(self.history, windows=self.inputs.windows, rng=seed)
            forecast = fitted.forecast(self.history, rng=seed)
            chosen = {share: select(forecast, coverage=share, rng=config.seed) for share in config.selection.coverage}
        with clock.stage("audit"):
            audits = self._audit(runs, forecast)
        trust = (*self._trust(check, audits), *doubts(assessment))
        content = describe(
            self.inputs, self.history, model=self.name, fitted=fitted.params, warnings=tuple(self.warnings)
        )
        with clock.stage("write"):
            write_forecast(folder, forecast, self.history.domain, formats)
            if "csv" in formats:
                write_hotspots(folder / "hotspots.csv", forecast, chosen, self.history.domain)
            write_json(folder / "scores.json", _score_record(check, trust))
            write_json(folder / "quality.json", assessment.to_json())
            write_json(folder / "audit.json", {str(share): plain(audit) for share, audit in audits.items()})
            page = replace(
                page_of(self.inputs, self.target, self.history, forecast, chosen),
                trust=trust,
                score_table=None if check is None else check.readable(),
                exposure_table=exposure_table(audits, self.name),
                quality_table=quality_frame(assessment.to_json()["findings"]),
                facts=facts(self.inputs, self.history, content),
                warnings=(*self.warnings, *content["leakage_risks"]),
            )
            if "html" in formats:
                write_page(folder / "map.html", page)
            if "cog" in formats:
                write_cog(folder / "forecast.tif", forecast, self.history.domain)
            if "pmtiles" in formats:
                write_pmtiles(folder / "forecast.pmtiles", forecast, self.history.domain)
            if "png" in formats:
                write_png(folder / "map.png", page)
        write_manifest(folder, content, clock.spent)
        return trust

    def _past_runs(self, models: list[Model]) -> xr.Dataset | None:
        """Forecasts of the last weeks with each model, as known then."""
        origins = self._origins()
        if not origins.size:
            self.warnings.append("the record is too short to check past forecasts")
            return None
        runs = []
        for number, model in enumerate(models):

            def tell(done: int, total: int, number: int = number) -> None:
                if self.progress is not None:
                    self.progress(f"{self.target.name}: last weeks", number * total + done, len(models) * total)

            try:
                runs.append(
                    backtest(
                        [model], self.history, origins, windows=self.inputs.windows,
                        refit=self.config.self_check.refit, rng=self.config.seed, progress=tell,
                    )
                )  # fmt: skip
            except InputError as error:
                if model.name in (self.name, "counts"):
                    raise
                self.warnings.append(f"model {model.name!r} is left out of the comparison: {error}")
        return join_models(runs)

    def _origins(self) -> np.ndarray[Any, np.dtype[np.datetime64]]:
        """Past issue times, a week or more apart, whose windows are complete and have a month before them."""
        history, zone = self.history, self.history.domain.time_zone
        start, end = self.inputs.windows.bounds(history.known_until, zone)
        span = max(1, int(np.ceil((end[-1] - start[0]) / WEEK)))
        raster = [
            shift(history.known_until, f"{span * k}W", zone, -1) for k in range(1, self.config.self_check.weeks + 60)
        ]
        latest = [t for t in raster if self.inputs.windows.bounds(t, zone)[1][-1] <= history.complete_until]
        wanted = max(1, self.config.self_check.weeks // span)
        origins = np.array(sorted(latest, reverse=True)[:wanted], "datetime64[us]")[::-1]
        first = np.sort(history.events().start)[0]
        usable = shift(np.array([max(first, history.observed_from)]), "28D", zone)[0]
        return origins[shift(origins, history.latency, zone, -1) >= usable] if origins.size else origins

    def _audit(self, runs: xr.Dataset | None, forecast: xr.Dataset) -> dict[float, xr.Dataset]:
        if self.inputs.groups is None:
            return {}
        basis = forecast.expand_dims({MODEL: [self.name]})
        if runs is not None:
            basis = runs.sel({MODEL: list(dict.fromkeys(["counts", self.name]))})
        audits = {
            share: audit_exposure(basis, groups=self.inputs.groups, coverage=share, rng=self.config.seed)
            for share in self.config.selection.coverage
        }
        bound = self.config.audit.max_exposure_ratio
        for share, audit in audits.items():
            self._hold_bound(audit.sel({MODEL: self.name}), share, bound)
        return audits

    def _hold_bound(self, audit: xr.Dataset, share: float, bound: float | None) -> None:
        lower = audit["ratio_lower"].values
        if bound is None or not np.isfinite(lower).any():
            return
        if np.nanmax(lower) > bound:
            top = int(np.nanargmax(lower))
            group = str(audit["group"].values[top])
            raise RefusedError(
                f"target {self.target.name!r}: at {share:.1%} coverage residents of group {group!r} lived in a flagged "
                f"cell {float(audit['ratio'][top]):.2f} times as often as the average resident (lower 95 % limit "
                f"{lower[top]:.2f}); audit.max_exposure_ratio allows {bound:g}; nothing was published and the old map "
                "stays"
            )

    def _trust(self, check: SelfCheck | None, audits: dict[float, xr.Dataset]) -> tuple[str, ...]:
        lines = ["No past forecast could be checked: the record is too short. Do not rely on this map yet."]
        if check is not None:
            lines = check.sentences(self.name)
        if audits:
            share = next(iter(audits))
            lines = [*lines, exposure_sentence(audits[share], self.name, share)]
        return tuple(lines)


def _score_record(check: SelfCheck | None, trust: tuple[str, ...]) -> dict[str, Any]:
    record: dict[str, Any] = {"trust": list(trust)}
    if check is not None:
        record |= {
            "windows": check.windows,
            "incidents": check.incidents,
            "summary": check.table(),
            "sums": check.scores,
        }
    return record


def _read_trust(run: Path, names: list[str]) -> dict[str, tuple[str, ...]]:
    read = {name: json.loads((run / name / "scores.json").read_text("utf-8")) for name in names}
    return {name: tuple(content["trust"]) for name, content in read.items()}
