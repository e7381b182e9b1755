"""`hotspot ingest`: bring a file into an as-of store, and say what became of each row."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from hotspot.run.console import AsJson, out, print_json

Sources = Annotated[
    list[str], typer.Argument(metavar="SOURCE...", help="A file, a folder, or a pattern in quotes.", show_default=False)
]
Store = Annotated[
    str, typer.Option(help="duckdb:///FILE, or postgresql://USER@HOST/DATABASE; its password from PGPASSWORD.")
]
Feed = Annotated[str, typer.Option(help="Which feed of the store; each has its own ids.")]
Schema = Annotated[str | None, typer.Option(help="Name of a city's schema (chicago), or the path of one.")]
Columns = Annotated[
    list[str] | None, typer.Option("--columns", metavar="OURS=THEIRS", help="Which column is which; may be repeated.")
]
Crs = Annotated[str | None, typer.Option("--crs", help="CRS of x and y, such as EPSG:4326.")]
Zone = Annotated[str | None, typer.Option("--time-zone", help="IANA name of the zone of its times.")]
At = Annotated[
    str | None, typer.Option(help="When this was recorded; default now. In the time zone of the source, else UTC.")
]
Complete = Annotated[bool, typer.Option("--complete", help="The whole feed as it stands: what it lacks is deleted.")]
Archive = Annotated[
    bool | None,
    typer.Option(
        "--archive/--no-archive", help="Rows gathered before anyone recorded them; default: the first ingest."
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse the source if columns look personal.")]

MayShrink = Annotated[
    bool, typer.Option("--may-shrink", help="Let a complete source delete more than half of the feed.")
]


def add(app: typer.Typer) -> None:
    """Add the command.

    Parameters
    ----------
    app : typer.Typer
        The command line.
    """
    app.command(name="ingest")(ingest)


def ingest(
    source: Sources,
    store: Store = "duckdb:///hotspot.duckdb",
    feed: Feed = "incidents",
    schema: Schema = None,
    columns: Columns = None,
    crs: Crs = None,
    time_zone: Zone = None,
    at: At = None,
    complete: Complete = False,
    archive: Archive = None,
    strict: Strict = False,
    may_shrink: MayShrink = False,
    as_json: AsJson = False,
) -> None:
    """Bring incidents into an as-of store, which keeps every version; the same twice changes nothing."""
    from hotspot.io.store import ingest as run_ingest
    from hotspot.run.fetched import turns

    reports = [
        run_ingest(
            one,
            store,
            feed=feed,
            columns=_pairs(columns or []),
            schema=schema,
            crs=crs,
            time_zone=time_zone,
            at=moment,
            complete=complete,
            archive=archive,
            strict=strict,
            may_shrink=may_shrink,
        )
        for one, moment in turns(source, at, complete=complete)
    ]
    if as_json:
        print_json(reports[0].as_dict() if len(reports) == 1 else [report.as_dict() for report in reports])
        return
    if not reports:
        out.print("Nothing to ingest: these fetches brought no change.")
    for report in reports:
        where = f"[bold]{escape(report.store)}[/], feed {escape(report.feed)}"
        out.print(f"{where}, ingest {report.number} of {report.at}Z")
        for line in report.lines():
            out.print(f"  {escape(line)}")


def _pairs(given: list[str]) -> dict[str, str] | None:
    """Read ``ours=theirs``."""
    from hotspot.errors import ConfigError

    pairs = {}
    for text in given:
        ours, equals, theirs = text.partition("=")
        if not (ours and equals and theirs):
            raise ConfigError(f"--columns {text!r}: expected OURS=THEIRS, for example --columns category=offense")
        pairs[ours.strip()] = theirs
    return pairs or None
