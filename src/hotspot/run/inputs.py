"""From a config to the objects it names, and a fingerprint of all that was read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hotspot import registry
from hotspot.domain import Domain
from hotspot.errors import ConfigError, InputError, nearest
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.io.layers import read_areas, read_streets
from hotspot.io.osm import is_osm
from hotspot.io.store import newest_recorded, set_aside_until
from hotspot.layers import Areas, Layer
from hotspot.protocols import Model
from hotspot.run.config import Config, ModelSection, TargetSection
from hotspot.run.records import (
    content_digest,
    declared_latency,
    is_store,
    known_versions,
    read_records,
    shown_source,
    source_files,
)
from hotspot.run.section_domain import READING, PolygonCells, SegmentCells
from hotspot.run.section_layers import read_layer
from hotspot.windows import Moment, Windows, as_utc, civil_midnight, one_time

TABLES = {".csv", ".tsv", ".txt"}


@dataclass(frozen=True, eq=False)
class Inputs:
    """All that a run reads, in memory.

    Parameters
    ----------
    config : Config
        What the file says.
    domain : Domain
        The study area.
    incidents : Incidents
        Inside the boundary; the report counts the rest.
    layers : tuple of layers
        For features.
    groups : Areas or None
        For the audit only.
    digests : mapping of str to str
        SHA-256 of each file read, by its name in the config; of a store, of the versions known at the issue time.
    store : Incidents, optional
        Every version that an as-of store holds, before `as_known` cuts it.
    recorded_until : datetime64, optional
        Of a store, what is used of it: first as asked for, then the newest recording among what was known.
    """

    config: Config
    domain: Domain
    incidents: Incidents
    layers: tuple[Layer, ...]
    groups: Areas | None
    digests: Mapping[str, str]
    store: Incidents | None = None
    recorded_until: np.datetime64 | None = None

    def as_known(self, issued: np.datetime64) -> Inputs:
        """Forget what a store learned after the issue time, so that a replay from a later store is the same run.

        Parameters
        ----------
        issued : datetime64
            Naive UTC.

        Returns
        -------
        Inputs
            The same where the incidents are a file: its SHA-256 stands for all of it.
        """
        if self.store is None:
            return self
        section = self.config.incidents
        held: dict[str, Any] = {"feed": section.feed, "recorded_until": self.recorded_until}
        known = known_versions(self.store, issued, set_aside_until(str(section.source), issued, **held))
        newest = newest_recorded(str(section.source), issued, **held)
        digests = {**self.digests, "incidents": content_digest(known)}
        incidents = _inside(known, self.domain, self.config)
        return replace(self, incidents=incidents, digests=digests, recorded_until=newest)

    @property
    def windows(self) -> Windows:
        """What is forecast."""
        return self.config.windows.windows()

    def history(self, target: TargetSection) -> History:
        """Give everything on record for one target.

        Parameters
        ----------
        target : TargetSection
            Names the categories.

        Returns
        -------
        History
            Without a cutoff.
        """
        categories = tuple(target.category) if target.category else None
        unknown = [name for name in categories or () if name not in self.incidents.categories]
        if unknown:
            raise ConfigError(
                f"target {target.name!r}: no incident has category {unknown[0]!r}; "
                f"{nearest(unknown[0], self.incidents.categories)}"
            )
        section, there = self.config.incidents, self.incidents.categories
        ever = (self.store or self.incidents).categories  # a category may be older than the moment of a replay
        for name in self.config.eligibility:
            if name not in ever:
                raise ConfigError(f"[eligibility]: no incident has category {name!r}; {nearest(name, ever)}")
        eligible = {name: reason for name, reason in self.config.eligibility.items() if name in there}
        return History(
            self.domain, self.incidents, target=categories, layers=self.layers, latency=declared_latency(self.config),
            spread=section.spread, eligible=eligible,
        )  # fmt: skip


def load_inputs(config: Config, *, recorded_until: str | None = None) -> Inputs:
    """Read everything that a config names.

    Parameters
    ----------
    config : Config
        From `load_config`.
    recorded_until : str, optional
        Of a store, only what it held at that moment.

    Returns
    -------
    Inputs
        In memory.

    Raises
    ------
    ConfigError
        If a file that the config names does not exist, or one of the domain, a layer or the groups cannot be used so.
    InputError
        If the incidents cannot be used.
    """
    for name, path in _files(config).items():
        if not path.exists():
            raise ConfigError(f"{name}: {path}: no such file; paths are relative to the config file")
    domain = make_domain(config)
    given = config.audit.groups
    groups = None
    if given is not None:
        with _named("audit.groups"):
            groups = read_areas(
                given.path, crs=given.crs, id=given.id, residents=given.residents, groups=given.groups,
                unit=given.unit, vintage=given.vintage,
            )  # fmt: skip
    layers = _read_layers(config, groups)
    until = None if recorded_until is None else _moment(recorded_until, config.domain.time_zone, "--recorded")
    records = read_records(config, until)
    store = records if is_store(config) else None
    digests = {name: _sha256(path) for name, path in _files(config).items()}
    return Inputs(config, domain, _inside(records, domain, config), layers, groups, digests, store, until)


@contextmanager
def _named(place: str) -> Iterator[None]:
    """Say which table of the file an error belongs to: what stands there does not fit the file it names."""
    try:
        yield
    except InputError as error:
        raise ConfigError(f"{place}: {error}") from error


def _read_layers(config: Config, groups: Areas | None) -> tuple[Layer, ...]:
    protected = config.audit.groups.groups if config.audit.groups is not None else {}
    layers = []
    for index, section in enumerate(config.layers):
        with _named(f"layers.{index} ({section.kind})"):
            layers.append(read_layer(section, protected, groups))
    return tuple(layers)


def _inside(records: Incidents, domain: Domain, config: Config) -> Incidents:
    incidents = records.within(domain)
    if not len(incidents):
        raise InputError(
            f"{shown_source(config)}: no incident lies inside the boundary of {_boundary_name(config)}; "
            "check the CRS of both files and the order of x and y; " + "; ".join(incidents.quality.lines())
        )
    return incidents


def _boundary_name(config: Config) -> str:
    return next(iter(config.domain.files.values())).name


def make_domain(config: Config) -> Domain:
    """Cut the study area into the cells the config asks for.

    Parameters
    ----------
    config : Config
        From `load_config`.

    Returns
    -------
    Domain
        Squares, hexagons, street segments or given polygons.
    """
    given, cells = config.domain, config.domain.cells
    common: dict[str, Any] = {
        "crs": given.crs, "time_zone": given.time_zone, "keep": cells.keep, "without": given.without,
    }  # fmt: skip
    try:
        if isinstance(cells, PolygonCells):
            return Domain.polygons(given.boundary, cells=cells.path, id=cells.id, **common)
        if given.boundary is None:
            raise ConfigError("domain: boundary is missing")
        own = cells.model_dump(exclude={"kind", "keep", *READING})
        if isinstance(cells, SegmentCells) and (cells.reading or _needs_reader(cells.streets)):
            own["streets"] = read_streets(cells.streets, **cells.reading)
        makers: dict[str, Callable[..., Domain]] = {
            "square": Domain.square, "h3": Domain.h3, "segments": Domain.segments,
        }  # fmt: skip
        return makers[cells.kind](given.boundary, **own, **common)
    except InputError as error:
        raise ConfigError(f"domain: {error}") from error


def _needs_reader(streets: Path) -> bool:
    """Tell whether a file holds more, or less, than lines with their CRS: an extract, or a table."""
    return is_osm(streets) or streets.suffix.lower() in TABLES


def make_models(config: Config) -> list[Model]:
    """Make the configured models; plain counts are in every run.

    Parameters
    ----------
    config : Config
        From `load_config`.

    Returns
    -------
    list of Model
        `counts` first if the file does not name it.

    Raises
    ------
    ConfigError
        If a kind or option is not known, or two models share a name.
    """
    models = [_recipe(section, config) for section in config.models]
    if not any(model.name == "counts" for model in models):
        models.insert(0, registry.make("model", "counts"))
    names = [model.name for model in models]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f'models: {", ".join(twice)} stands there more than once; give each its own name = "..."')
    return models


def published(config: Config) -> str:
    """Say which model is published.

    Parameters
    ----------
    config : Config
        From `load_config`.

    Returns
    -------
    str
        The one with ``publish = true``; without that the first that is not `counts`; without that `counts`.
    """
    marked = [section for section in config.models if section.publish]
    others = [section for section in config.models if section.kind != "counts"]
    chosen = (marked or others or [ModelSection(kind="counts")])[0]
    return str(_recipe(chosen, config).name)


def issue_time(inputs: Inputs, as_of: str | None) -> np.datetime64:
    """Find the moment after which nothing is known to this run.

    Parameters
    ----------
    inputs : Inputs
        Data and config.
    as_of : str, optional
        Instead of the config's ``issue``; it is floored like "now".

    Returns
    -------
    numpy.datetime64
        Naive UTC: ``"now"`` floored to the last civil midnight or shift start, ``"latest"`` the first civil midnight
        after the newest known_at, else the moment itself.
    """
    zone, given = inputs.domain.time_zone, inputs.config.windows.issue
    if as_of is not None:
        return _floor(_moment(as_of, zone, "--as-of"), inputs)
    if given == "now":
        return _floor(np.datetime64("now", "us"), inputs)
    if given == "latest":
        newest = inputs.history(inputs.config.targets[0]).versions.known_at.max()
        return one_time(civil_midnight(newest, zone, side="ceil"))
    return _moment(given, zone, "windows.issue")


def _moment(given: Moment, zone: str, where: str) -> np.datetime64:
    try:
        return as_utc(given, zone)
    except InputError as error:
        raise ConfigError(f"{where}: {error}") from error


def _floor(moment: np.datetime64, inputs: Inputs) -> np.datetime64:
    """Find the last civil midnight or, with shifts, shift start at or before a moment."""
    zone, windows = inputs.domain.time_zone, inputs.windows
    if windows.shifts is None:
        return one_time(civil_midnight(moment, zone, side="floor"))
    starts, ends = windows.before(moment, zone, n=1)
    # `before` ends where the next shift starts, which is the moment itself when a shift starts right then
    return np.datetime64(ends[-1] if ends[-1] == moment else starts[-1], "us")


def _recipe(section: ModelSection, config: Config) -> Any:
    options = dict(section.options)
    if section.name is not None:
        options["name"] = section.name
    takes_features = "features" in getattr(registry.load("model", section.kind), "__dataclass_fields__", {})
    if takes_features and "features" not in options and config.features is not None:
        options["features"] = tuple(registry.make("feature", entry.kind, entry.options) for entry in config.features)
    return registry.make("model", section.kind, options)


def _files(config: Config) -> dict[str, Path]:
    """Every file that a config names."""
    files = config.domain.files
    files |= _incident_files(config)
    if config.incidents.places is not None:
        files["places of incidents"] = config.incidents.places
    for index, layer in enumerate(config.layers):
        files |= _numbered(f"layer {index} ({layer.kind})", layer.files)
    schema = config.incidents.schema_name
    if schema is not None and schema.endswith(".toml"):
        files["schema of incidents"] = Path(schema)
    if config.audit.groups is not None:
        files["groups"] = config.audit.groups.path
    return files


def _numbered(name: str, paths: list[Path]) -> dict[str, Path]:
    return {name if not number else f"{name}, file {number + 1}": path for number, path in enumerate(paths)}


def _incident_files(config: Config) -> dict[str, Path]:
    """Files of incidents, named from the folder they share, so that two months' files of one name stay apart."""
    paths = source_files(config)
    if len(paths) < 2:
        return dict(zip(["incidents"], paths, strict=False))
    shared = Path(os.path.commonpath(paths))
    return {f"incidents {path.relative_to(shared).as_posix()}": path for path in paths}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
