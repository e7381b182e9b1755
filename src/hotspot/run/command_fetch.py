"""`hotspot fetch`: a city's incidents from its open-data portal, all of them or what has changed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from hotspot.run import console
from hotspot.run.console import AsJson, print_json, progress, shown

if TYPE_CHECKING:
    from hotspot.io.layout import Layout
    from hotspot.io.portals import Fetched, Source

From = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A schema that names its portal (chicago), or a kind of portal: socrata, arcgis, ckan, police_uk.",
        show_default=False,
    ),
]
Out = Annotated[
    str,
    typer.Option(help="FILE.ndjson.gz or FILE.parquet, into which changes are merged; or FOLDER/, which gains a file."),
]
Url = Annotated[str | None, typer.Option(help="The dataset's address, as the browser shows it.")]
Schema = Annotated[str | None, typer.Option(help="Ask for the columns of this schema.")]
Columns = Annotated[str | None, typer.Option(help="Ask for these columns: the portal's names, with commas between.")]
Since = Annotated[str | None, typer.Option(help="'last', or a day or moment: only what has changed since then.")]
Where = Annotated[str | None, typer.Option(help="Rows to ask for, in the portal's words (Socrata, ArcGIS).")]
Area = Annotated[str | None, typer.Option(help="For police_uk: a file of the area, or LATITUDE,LONGITUDE.")]
Restart = Annotated[bool, typer.Option("--restart", help="Throw away what an unfinished fetch has gathered.")]
Accept = Annotated[bool, typer.Option("--accept-changes", help="Go on where the portal's columns have changed.")]


def add(app: typer.Typer) -> None:
    """Add the command.

    Parameters
    ----------
    app : typer.Typer
        The command line.
    """
    app.command(name="fetch")(fetch)


def fetch(
    source: From,
    out: Out,
    url: Url = None,
    schema: Schema = None,
    columns: Columns = None,
    since: Since = None,
    where: Where = None,
    area: Area = None,
    restart: Restart = False,
    accept_changes: Accept = False,
    as_json: AsJson = False,
) -> None:
    """Fetch incidents from an open-data portal; an interrupted fetch goes on when it is called again."""
    from hotspot.io.portals import Options
    from hotspot.io.portals import fetch as run_fetch

    found, layout = _source(source, url, schema)
    found = replace(found, where=where or found.where, area=_area(area) or found.area)
    wanted: Layout | list[str] | None = layout
    if columns is not None:
        wanted = [name.strip() for name in columns.split(",") if name.strip()]
    options = Options(restart=restart, accept_changes=accept_changes)
    with progress(quiet=as_json) as tell:
        result = run_fetch(found, _target(out), columns=wanted, since=since, options=options, progress=tell)
    if as_json:
        print_json({"path": str(result.path), **result.record})
        return
    _tell(result)


def _source(name: str, url: str | None, schema: str | None) -> tuple[Source, Layout | None]:
    """Find the portal, and the schema whose columns are asked for."""
    from hotspot.errors import ConfigError, nearest
    from hotspot.io.portals import preset, source_from_url
    from hotspot.io.portals.sources import KINDS
    from hotspot.io.schema_files import load_schema, schema_names

    if url is None and (name in schema_names() or name.endswith(".toml")):
        layout = load_schema(name)
        source = preset(name)
        if source is None:
            raise ConfigError(
                f"schema {name!r} names no portal; say the kind and the address: hotspot fetch KIND --url"
            )
        return source, load_schema(schema) if schema else layout
    if name not in KINDS:
        raise ConfigError(f"source {name!r} is not known; {nearest(name, [*KINDS, *schema_names()])}")
    return source_from_url(name, url), load_schema(schema) if schema else None


def _area(text: str | None) -> tuple[tuple[float, float], ...]:
    from hotspot.io.portals.area import read_area

    return read_area(text) if text else ()


def _target(text: str) -> Path:
    """Make the folder where the name ends like one."""
    path = Path(text)
    if text.endswith(("/", os.sep)):
        path.mkdir(parents=True, exist_ok=True)
    return path


def _tell(result: Fetched) -> None:
    record: dict[str, Any] = result.record
    console.out.print(f"{escape(shown(result.path))}: {record['rows']:,} rows, {record['holds']}")
    console.out.print(
        f"  {record['received']:,} received on {record['pages']:,} pages, {record['changed']:,} new or changed"
        + (f", newest change {escape(record['newest_updated_at'])}" if record["newest_updated_at"] else "")
    )
    for note in record["notes"]:
        console.err.print(f"[yellow]note:[/] {escape(note)}")
