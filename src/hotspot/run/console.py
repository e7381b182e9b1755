"""What every command prints with: two consoles, a progress bar, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.segment import Segment

# signs that steer a terminal, or turn the direction of writing: a category may hold them
STEERING = dict.fromkeys(
    [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "?"
)


class Plain(Console):
    """A console on which text from data is only text."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Replace what would steer the terminal.

        Parameters
        ----------
        renderable : object
            As rich takes it.
        options : ConsoleOptions, optional
            As rich takes it.

        Yields
        ------
        Segment
            Text and its style.
        """
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else text.translate(STEERING), style, control)


out = Plain(soft_wrap=True, highlight=False)
err = Plain(stderr=True, soft_wrap=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@contextmanager
def progress(*, quiet: bool) -> Iterator[Any]:
    """Show a bar on a terminal, nothing elsewhere.

    Parameters
    ----------
    quiet : bool
        Show none.

    Yields
    ------
    callable or None
        Takes (what, done, total).
    """
    if quiet or not err.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, total: int) -> None:
            task = tasks.setdefault(what, bar.add_task(what, total=total)) if what not in tasks else tasks[what]
            bar.update(task, completed=done, total=total)

        yield tell


def shown(path: Path) -> str:
    """Write a path relative to the working folder where it lies inside.

    Parameters
    ----------
    path : Path
        Anywhere.

    Returns
    -------
    str
        For a person.
    """
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def print_json(content: Any) -> None:
    """Write JSON to standard output.

    Parameters
    ----------
    content : object
        Dates and paths become text.
    """
    sys.stdout.write(json.dumps(content, indent=2, sort_keys=True, default=str) + "\n")
