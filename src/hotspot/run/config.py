"""`hotspot.toml`: one file that says what to forecast, from what, and with what.

Unknown keys are refused with the nearest right one. Paths are relative to the file. ``${NAME}`` in a text expands from
the environment and nothing else does.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from hotspot.errors import ConfigError, InputError
from hotspot.layers.protected import folded
from hotspot.quality import Setting, settle
from hotspot.run.section import Section
from hotspot.run.section_domain import DomainSection
from hotspot.run.section_layers import LayerSection
from hotspot.windows import Duration, Windows

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]*")
STORES = ("duckdb://", "postgresql://")


def _folder_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(
            f"name {name!r} becomes a folder; expected letters, digits, spaces, '.', '_' or '-', beginning with a "
            "letter or digit"
        )
    return name


FolderName = Annotated[str, AfterValidator(_folder_name)]


def _file_or_store(source: object) -> object:
    return source if isinstance(source, str) and source.startswith(STORES) else Path(str(source))


Source = Annotated[Path | str, BeforeValidator(_file_or_store)]


class IncidentsSection(Section):
    """Where incidents come from: a file, or an as-of store; the rest are the keywords of `read_incidents`."""

    source: Source
    latency: str | None = None  # default: what the schema says, else "0D"
    spread: Literal["uniform", "weekly"] = "uniform"
    columns: dict[str, str] | None = None
    formats: dict[str, str | list[str]] | None = None
    crs: str | None = None
    time_zone: str | None = None
    places: Path | None = None
    feed: str | None = None
    as_recorded: bool = False  # of a store: nothing is known before it was recorded, whatever the source says
    schema_name: str | None = Field(default=None, alias="schema")


class TargetSection(Section):
    """One map."""

    name: FolderName
    category: list[str] | None = None
    severity: float = Field(default=1.0, gt=0)


class WindowsSection(Section):
    """What is forecast."""

    issue: str | datetime | date = "now"
    period: str = "1D"
    leads: int = 1
    shifts: list[str] | None = None

    def windows(self) -> Windows:
        """Make the Windows."""
        return Windows(self.period, self.leads, tuple(self.shifts) if self.shifts else None)


class SelectionSection(Section):
    """How much is flagged."""

    coverage: list[float] = Field(default=[0.01, 0.05], min_length=1)

    @model_validator(mode="after")
    def _shares(self) -> SelectionSection:
        wrong = [share for share in self.coverage if not 0 < share <= 1]
        if wrong:
            raise ValueError(
                f"coverage {wrong}: expected shares of the area (street length) above 0 and at most 1, for example 0.01"
            )
        return self


class RecipeSection(Section):
    """A feature or model by its registered kind."""

    kind: str
    options: dict[str, Any] = Field(default_factory=dict)


class ModelSection(RecipeSection):
    """A model; one is published."""

    name: str | None = None
    publish: bool = False


class BacktestSection(Section):
    """The comparison that `hotspot backtest` runs."""

    start: datetime | date
    end: datetime | date
    every: str = "7D"
    refit: str = "28D"


class SelfCheckSection(Section):
    """How the nightly run scores its own last weeks."""

    weeks: int = Field(default=8, ge=1)
    refit: str = "28D"


class GroupsSection(Section):
    """Resident groups, for the audit only."""

    path: Path
    crs: str | None = None
    id: str | None = None
    residents: str
    groups: dict[str, str] = Field(min_length=1)
    unit: Literal["count", "percent"] = "count"
    vintage: date | None = None


class AuditSection(Section):
    """Who is exposed, and what bound holds."""

    groups: GroupsSection | None = None
    max_exposure_ratio: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _bound_needs_groups(self) -> AuditSection:
        if self.max_exposure_ratio is not None and self.groups is None:
            raise ValueError("max_exposure_ratio needs groups = { path = ..., residents = ..., groups = {...} }")
        return self


# rule of the data gate: an action, or { action = ..., limit = ..., reason = ... }
Gate = Annotated[dict[str, Setting], BeforeValidator(settle)]


class PrivacySection(Section):
    """What happens where a column looks personal: it is dropped, or the source is refused."""

    strict: bool = False


class OutputSection(Section):
    """Where runs land and in which formats."""

    store: Path = Path("runs")
    formats: list[Literal["geoparquet", "cog", "pmtiles", "csv", "html", "png"]] = Field(
        default=["geoparquet", "csv", "html", "png"]
    )


class Config(Section):
    """The whole file."""

    name: FolderName
    seed: int = Field(default=0, ge=0)
    domain: DomainSection
    incidents: IncidentsSection
    targets: list[TargetSection] = Field(default=[TargetSection(name="all")], min_length=1)
    windows: WindowsSection = WindowsSection()
    selection: SelectionSection = SelectionSection()
    layers: list[LayerSection] = Field(default_factory=list)
    features: list[RecipeSection] | None = None
    models: list[ModelSection] = Field(default=[ModelSection(kind="counts"), ModelSection(kind="kde", publish=True)])
    backtest: BacktestSection | None = None
    self_check: SelfCheckSection = SelfCheckSection()
    gate: Gate = Field(default_factory=dict)
    audit: AuditSection = AuditSection()
    eligibility: dict[str, str] = Field(default_factory=dict)  # category: why it is used all the same
    privacy: PrivacySection = PrivacySection()
    output: OutputSection = OutputSection()

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        names = [target.name for target in self.targets]
        if len(set(names)) < len(names):
            raise ValueError(f"targets have the same name: {names}; give each its own")
        if sum(model.publish for model in self.models) > 1:
            raise ValueError("more than one model has publish = true; expected one")
        for duration in (self.self_check.refit, *((self.backtest.every, self.backtest.refit) if self.backtest else ())):
            Duration.parse(duration)
        if self.incidents.latency not in (None, "estimated"):
            Duration.parse(self.incidents.latency, zero=True)
        self.windows.windows()
        return self

    @model_validator(mode="after")
    def _protected(self) -> Config:
        """Refuse what asks for a column of resident groups: those serve the audit only, in whichever file they are."""
        groups = self.audit.groups
        guarded = {folded(column) for column in groups.groups.values()} if groups is not None else set()
        asked = {f"features: {entry.kind}": entry.options for entry in self.features or ()}
        asked |= {f"models: {entry.kind}": entry.options for entry in self.models}
        asked |= {f"layers: {entry.kind}": entry.model_dump() for entry in self.layers}
        for where, options in asked.items():
            for word in _words(options):
                if folded(word) in guarded:
                    raise ValueError(
                        f"{where} asks for {word!r}, which [audit] names as a group of residents: such columns are "
                        "protected, they serve the audit and nothing else; leave it out"
                    )
        return self


def _words(options: Any) -> Iterator[str]:
    """Give every text within options."""
    if isinstance(options, str):
        yield options
    elif isinstance(options, dict):
        for key, value in options.items():
            yield from (str(key), *_words(value))
    elif isinstance(options, list | tuple):
        for value in options:
            yield from _words(value)


def load_config(path: str | Path) -> Config:
    """Read a config file.

    Parameters
    ----------
    path : str or Path
        A TOML file.

    Returns
    -------
    Config
        Checked, paths made absolute, variables expanded.

    Raises
    ------
    ConfigError
        If the file is missing, is no TOML, or breaks the rules; each fault is named with its place.
    """
    file = Path(path)
    try:
        text = file.read_text("utf-8")
        raw = tomllib.loads(text)
    except FileNotFoundError as error:
        raise ConfigError(f"{file}: no such file; expected a config such as data/sample/hotspot.toml") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read as TOML ({error})") from error
    try:
        config = Config.model_validate(_expand(raw, file))
    except (ValidationError, InputError) as error:
        raise ConfigError(_explain(error, file)) from error
    return _absolute(config, file.resolve().parent)


def _expand(value: Any, file: Path) -> Any:
    """Fill in `${NAME}` everywhere."""
    if isinstance(value, dict):
        return {key: _expand(entry, file) for key, entry in value.items()}
    if isinstance(value, list):
        return [_expand(entry, file) for entry in value]
    if not isinstance(value, str):
        return value

    def fill(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise ConfigError(
                f"{file}: {value!r} needs the environment variable {match[1]}, which is not set; set it and try again"
            )
        return os.environ[match[1]]

    return VARIABLE.sub(fill, value)


def _explain(error: ValidationError | InputError, file: Path) -> str:
    if isinstance(error, InputError):
        return f"{file}: {error}"
    lines = []
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"]) or "the file"
        got = "" if fault["type"] in ("value_error", "missing") else f"; got {fault['input']!r}"
        lines.append(f"{file}: {place}: {fault['msg'].removeprefix('Value error, ')}{got}")
    return "\n".join(lines)


def _absolute(config: Config, folder: Path) -> Config:
    """Resolve every path against the folder of the file."""

    def visit(section: Section) -> Section:
        changed: dict[str, Any] = {}
        for name in type(section).model_fields:
            value = getattr(section, name)
            if isinstance(value, Path):
                changed[name] = (folder / value).resolve()
            elif name == "source" and isinstance(value, str) and value.startswith("duckdb:"):
                file = value.split("://", 1)[1].removeprefix("/")  # three slashes: relative; four: absolute
                changed[name] = f"duckdb:///{(folder / file).resolve()}"
            elif name == "schema_name" and isinstance(value, str) and value.endswith(".toml"):
                changed[name] = str((folder / value).resolve())
            elif isinstance(value, Section):
                changed[name] = visit(value)
            elif isinstance(value, list) and value and isinstance(value[0], Section):
                changed[name] = [visit(entry) for entry in value]
        return section.model_copy(update=changed)

    absolute = visit(config)
    if not isinstance(absolute, Config):
        raise ConfigError("the config lost its type; this is a fault of hotspot, please report it")
    return absolute
