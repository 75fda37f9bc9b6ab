"""How far a stage is: bars on a terminal, a line now and then elsewhere and in every log."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

_BARS: ContextVar["Bars | None"] = ContextVar("bars", default=None)
"""The bars of a terminal, where the command line shows them."""

_LISTENER: ContextVar["_Listener | None"] = ContextVar("listener", default=None)
"""Who reads the output of a command line that has no terminal."""

_EVERY = 5.0
"""Seconds between two lines."""

_TELLING = 2.0
"""Seconds after the first item from which on the speed says something of the rest."""


@dataclass
class _Listener:
    """Where lines go, and when the last one went there.

    Attributes:
        write: takes a line.
        heard: seconds of the monotonic clock.
    """

    write: Callable[[str], None]
    heard: float = field(default_factory=lambda: time.monotonic())


def progress(name: str, log: Callable[[str], None]) -> Callable[[float, int, str], None]:
    """A function to call with done, total and of what: it moves a bar, or says a line every 5 s."""
    bars = _BARS.get()
    if bars is None:
        person = _LISTENER.get()
        return _lines(name, [_Listener(log), *([person] if person else [])])
    task = bars.add_task(name, total=None)
    return lambda done, total, what: bars.update(
        task, completed=done, total=total, description=f"{name}, {what}"
    )


@contextmanager
def progress_on_stderr() -> Iterator[None]:
    """Show bars while the block runs; on anything but a terminal, lines.

    They go to a copy of stderr that is made here: while a step runs, Dagster sends the descriptor
    itself into a file, and what is written there comes when the run is over.
    """
    try:
        copy = os.dup(2)
    except OSError:  # closed: nobody looks
        yield
        return
    with os.fdopen(copy, "w", encoding="utf-8", errors="replace") as stderr:
        show = _bars_on if stderr.isatty() else _lines_on
        with show(stderr):
            yield


@contextmanager
def _bars_on(terminal: TextIO) -> Iterator[None]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<40}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=terminal)) as bars:
        token = _BARS.set(bars)
        try:
            yield
        finally:
            _BARS.reset(token)


@contextmanager
def _lines_on(stderr: TextIO) -> Iterator[None]:
    token = _LISTENER.set(_Listener(lambda line: print(line, file=stderr, flush=True)))
    try:
        yield
    finally:
        _LISTENER.reset(token)


def _lines(name: str, listeners: list[_Listener]) -> Callable[[float, int, str], None]:
    """To each listener a line when it has heard none for five seconds, of this stage or another."""
    started, from_done, doing = 0.0, 0.0, ""

    def say(done: float, total: int, what: str) -> None:
        nonlocal started, from_done, doing
        if done == 0:
            return
        now = time.monotonic()
        # The first item takes libraries along; training says nothing about what follows it.
        if what != doing:
            started, from_done, doing = now, done, what
        line = f"{name}: {done:.0f} of {total} {what}, {done / total:.0%}"
        if done > from_done and now - started >= _TELLING:
            left = (now - started) / (done - from_done) * (total - done)
            line += f", about {left:.0f} s left"
        for listener in listeners:
            if now - listener.heard >= _EVERY:
                listener.heard = now
                listener.write(line)

    return say
