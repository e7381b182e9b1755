"""The command line. Exit 0 done, 1 refused, 2 usage or config, 3 failed with the old result kept."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from hotspot.errors import ColumnError, ConfigError, HotspotError, InputError, RefusedError
from hotspot.run import command_check, command_fetch, command_ingest
from hotspot.run.console import AsJson, err, out, print_json, progress, shown

DONE, REFUSED, USAGE, FAILED = 0, 1, 2, 3

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Forecast where and when incidents are likely, and show how far to trust it: places, never persons.",
)
File = Annotated[Path, typer.Argument(help="The config, for example data/sample/hotspot.toml.", show_default=False)]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Run as of this moment (civil time), instead of the config's.")
]

Recorded = Annotated[
    str | None, typer.Option("--recorded", help="Of an as-of store, use only what it held at this moment.")
]


@app.command()
def nightly(file: File, as_of: AsOf = None, recorded: Recorded = None, as_json: AsJson = False) -> None:
    """Forecast the next windows, check the last weeks, audit exposure, and publish the map."""
    from hotspot.run.config import load_config
    from hotspot.run.nightly import nightly as run_nightly

    config = load_config(file)
    with progress(quiet=as_json) as tell:
        outcome = run_nightly(config, as_of=as_of, recorded=recorded, progress=tell)
    if as_json:
        print_json(
            {
                "run": str(outcome.run),
                "changed": outcome.changed,
                "trust": {name: list(lines) for name, lines in outcome.trust.items()},
                "warnings": list(outcome.warnings),
            }
        )
        return
    if not outcome.changed:
        out.print("Nothing has changed since the run that is there already: same inputs, same issue time, same config.")
    for warning in outcome.warnings:
        err.print(f"[yellow]note:[/] {escape(warning)}")
    for name, lines in outcome.trust.items():
        out.print(f"\n[bold]{escape(name)}[/]  map: {escape(shown(outcome.run / name / 'map.html'))}")
        for line in lines:
            out.print(f"  - {escape(line)}")


@app.command()
def backtest(file: File, as_json: AsJson = False) -> None:
    """Compare the configured models and plain counts over the period in [backtest]."""
    from hotspot.run.compare import run_backtest
    from hotspot.run.config import load_config
    from hotspot.run.outputs import plain

    config = load_config(file)
    with progress(quiet=as_json) as tell:
        folder, results = run_backtest(config, progress=tell)
    if as_json:
        print_json({one.target: {"summary": plain(one.summary), "gains": plain(one.gains)} for one in results})
        return
    for one in results:
        out.print(_comparison_table(one))
    out.print(f"Forecasts and scores: {escape(shown(folder))}")


@app.command()
def show(file: File) -> None:
    """Say where the latest published maps are."""
    from hotspot.run.config import load_config

    config = load_config(file)
    latest = config.output.store / config.name / "latest"
    if not latest.exists():
        raise InputError(f"{latest}: no run has been published yet; run: hotspot nightly {file}")
    for target in config.targets:
        out.print(escape(shown(latest.resolve() / target.name / "map.html")))


for command in (command_fetch, command_check, command_ingest):
    command.add(app)


def main() -> None:
    """Run the command line; no traceback reaches a user."""
    # threads that spin long while they wait make a busy machine crawl; has to be set before LightGBM loads
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        app(standalone_mode=False)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except HotspotError as error:
        sys.exit(_tell(error))
    except KeyboardInterrupt:
        err.print("[red]interrupted[/]: nothing was published; the old result stays")
        sys.exit(FAILED)
    except Exception as error:  # the last door: say it in words, keep the old result
        sys.exit(_tell_other(error))


def _tell(error: HotspotError) -> int:
    kind, code = "failed, the old result stays", FAILED
    if isinstance(error, RefusedError):
        kind, code = "refused", REFUSED
    elif isinstance(error, ConfigError | ColumnError):
        kind, code = "config", USAGE
    elif isinstance(error, InputError):
        kind, code = "refused", REFUSED
    err.print(f"[red]{kind}[/]: {escape(str(error))}")
    return code


def _tell_other(error: Exception) -> int:
    message = getattr(error, "format_message", None)
    if message is not None and not message():  # called without a word: the help has been printed
        return USAGE
    if message is not None:  # a usage error of the argument parser
        err.print(f"[red]usage[/]: {escape(message())}; see hotspot --help")
        return USAGE
    err.print(
        f"[red]failed, the old result stays[/]: {type(error).__name__}: {escape(str(error))}\n"
        "This is a fault of hotspot; please report it with the config and the version (hotspot --version)."
    )
    return FAILED


def _comparison_table(one: Any) -> Table:
    """Models by coverage: hit rate, PAI, PEI*, gain over counts, each with its interval."""
    summary = one.summary
    shares = [float(share) for share in summary["coverage"].values]
    incidents = float(one.scores["incidents"].isel(model=0).sum())
    table = Table(
        title=f"{one.target}: {one.scores.sizes['issue_time']} issue times x {one.scores.sizes['lead']} leads, "
        f"{incidents:,.0f} incidents; in brackets 95 % moving-block bootstrap intervals"
    )
    table.add_column("model", overflow="fold")
    for share in shares:
        table.add_column(f"hit rate at {share:.1%}", justify="right")
    table.add_column(f"PAI at {shares[0]:.1%}", justify="right")
    table.add_column(f"PEI* at {shares[0]:.1%}", justify="right")
    table.add_column("gain over counts [nats an incident]", justify="right")
    for model in summary["model"].values:
        at = summary.sel(model=model)
        hits = [_with_interval(at.sel(coverage=share), "hit_rate", "{:.1%}") for share in shares]
        first = at.sel(coverage=shares[0])
        cells = [*hits, _number(float(first["pai"]), "{:.1f}"), _number(float(first["pei_star"]), "{:.2f}")]
        table.add_row(str(model), *cells, _with_interval(at, "information_gain", "{:+.3f}"))
    return table


def _with_interval(summary: Any, name: str, form: str) -> str:
    value, low, high = (float(summary[key]) for key in (name, f"{name}_lower", f"{name}_upper"))
    if math.isnan(value):
        return _number(value, form)
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{form.format(value)} (too few weeks for an interval)"
    return f"{form.format(value)} ({form.format(low)} to {form.format(high)})"


def _number(value: float, form: str) -> str:
    return "n/a" if math.isnan(value) else form.format(value)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        import hotspot

        out.print(f"hotspot {hotspot.__version__}")
        raise typer.Exit
