"""`hotspot check FILE`: a config is read as a run would read it; any other file gets a proposal how to read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from hotspot.run.console import AsJson, err, out, print_json

if TYPE_CHECKING:
    from hotspot.io.propose import Proposal

File = Annotated[Path, typer.Argument(help="A config (.toml), or a file of incidents.", show_default=False)]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Run as of this moment (civil time), instead of the config's.")
]
SHOWN = 12  # names of unread columns


def add(app: typer.Typer) -> None:
    """Add the command.

    Parameters
    ----------
    app : typer.Typer
        The command line.
    """
    app.command(name="check")(check)


def check(file: File, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Check a config without forecasting, or propose how to read a file of incidents."""
    if file.suffix.lower() == ".toml":
        _check_config(file, as_of, as_json=as_json)
    else:
        _propose(file, as_json=as_json)


def _check_config(file: Path, as_of: str | None, *, as_json: bool) -> None:
    from hotspot.report.quality import quality_table
    from hotspot.run.check import check as run_check
    from hotspot.run.config import load_config

    facts = run_check(load_config(file), as_of=as_of)
    if as_json:
        print_json(facts)
        return
    gate = facts.pop("gate")
    for heading, content in facts.items():
        out.print(f"[bold]{escape(heading)}[/]")
        for line in _listed(content):
            out.print(f"  {escape(line)}")
    for number, (name, found) in enumerate(gate.items()):
        # what is said about all rows is the same for every target
        findings = [finding for finding in found["findings"] if not number or finding["scope"] != "all"]
        title = f"data gate, target {name}: {found['rows']:,} rows known at {found['cutoff']}"
        if findings:
            out.print(quality_table(findings, title), soft_wrap=False)


def _listed(content: Any) -> list[str]:
    if isinstance(content, dict):
        lines = [f"{key}: {value}" for key, value in content.items() if key != "notes"]
        return [*lines, *(f"  {note}" for note in content.get("notes", ()))]
    if isinstance(content, list):
        return [line for entry in content for line in _entry(entry)]
    return [str(content)]


def _entry(entry: Any) -> list[str]:
    """Put one entry of a list into lines; of a layer, its facts in one and each of its notes in another."""
    if not isinstance(entry, dict):
        return [str(entry)]
    facts = [f"{key} {value}" for key, value in entry.items() if key not in ("layer", "notes") and value is not None]
    return ["; ".join([str(entry.get("layer", "")), *facts]), *(f"  {note}" for note in entry.get("notes", ()))]


def _propose(file: Path, *, as_json: bool) -> None:
    from hotspot.io.propose import propose

    proposal = propose(file)
    if as_json:
        print_json(proposal.as_dict())
        return
    for heading, lines in _explained(proposal).items():
        if lines:
            err.print(f"[bold]{escape(heading)}[/]")
            for line in lines:
                err.print(f"  {escape(line)}")
    # plainly, to standard output: it is there to be pasted, or to be sent into a file
    typer.echo(proposal.toml, nl=False)
    if proposal.schema_toml is not None:
        typer.echo(f"\n# ---- a file of its own beside the config: {proposal.schema_file}")
        typer.echo(proposal.schema_toml, nl=False)


def _explained(proposal: Proposal) -> dict[str, list[str]]:
    """Put reasons and doubts under headings."""
    from hotspot.io.personal import safe_name
    from hotspot.io.schema_files import load_schema

    columns = [f"{choice.ours}: {safe_name(choice.column)}; {'; '.join(choice.why)}" for choice in proposal.choices]
    if proposal.clock is not None:
        columns.append(f"time of day of start: {safe_name(proposal.clock.column)}; {'; '.join(proposal.clock.why)}")
    reasons = [f"{name}: {'; '.join(why)}" for name, why in proposal.reasons.items()]
    unread = [safe_name(name) for name in proposal.unread[:SHOWN]]
    more = len(proposal.unread) - len(unread)
    return {
        f"looked at {proposal.rows:,} rows of {proposal.source}": [*columns, *reasons],
        "unsure": list(proposal.unsure),
        "what may not be concluded": list(load_schema(proposal.schema).caveats) if proposal.schema else [],
        "look personal, never read": [f"{safe_name(name)}: {why}" for name, why in proposal.personal.items()],
        "other columns, not read": [", ".join(unread) + (f" and {more} more" if more else "")] if unread else [],
    }
