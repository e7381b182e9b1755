"""Reading ahead: the next batches are made while this one is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

WAIT = 0.1  # s; how often a side looks whether the other has given up


def ahead(batches: Iterator[T], number: int = 2) -> Iterator[T]:
    """Go through batches that another thread makes.

    Parameters
    ----------
    batches : iterator
        Gone through in that thread.
    number : int
        Batches that may wait; they bound the memory.

    Yields
    ------
    object
        The batches in their order. What is raised there is raised here.
    """
    waiting: queue.Queue[tuple[str, object]] = queue.Queue(number)
    stop = threading.Event()

    def put(kind: str, what: object) -> None:
        while not stop.is_set():
            try:
                waiting.put((kind, what), timeout=WAIT)
                return
            except queue.Full:
                continue

    def work() -> None:
        try:
            for batch in batches:
                put("batch", batch)
                if stop.is_set():
                    return
            put("end", None)
        except BaseException as error:  # raised again on the other side
            put("error", error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            kind, what = waiting.get()
            if kind == "end":
                return
            if kind == "error":
                raise what  # type: ignore[misc]
            yield what  # type: ignore[misc]
    finally:
        stop.set()
        thread.join()


class Behind:
    """Work done in another thread, in the order in which it is given.

    Parameters
    ----------
    work : callable
        Takes one thing.
    number : int
        Things that may wait; they bound the memory.
    """

    def __init__(self, work: Callable[[T], None], number: int = 2) -> None:
        self._waiting: queue.Queue[object] = queue.Queue(number)
        self._error: BaseException | None = None
        self._work = work
        self._end = object()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def give(self, thing: object) -> None:
        """Hand over a thing; an error of an earlier one is raised here.

        Parameters
        ----------
        thing : object
            For the work.
        """
        if self._error is not None:
            raise self._error
        self._waiting.put(thing)

    def finish(self) -> None:
        """Wait until all is done, and raise what went wrong."""
        self._waiting.put(self._end)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (thing := self._waiting.get()) is not self._end:
            if self._error is None:
                try:
                    self._work(thing)  # type: ignore[arg-type]
                except BaseException as error:  # raised again by the one who gives
                    self._error = error
