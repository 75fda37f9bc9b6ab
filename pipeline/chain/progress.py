"""How far a stage is: bars on a terminal, a line now and then in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

_BARS: ContextVar["Bars | None"] = ContextVar("bars", default=None)
"""The bars of a terminal, where the command line shows them."""

_EVERY = 5.0
"""Seconds between two lines of a log."""


def progress(name: str, log: Callable[[str], None]) -> Callable[[float, int, str], None]:
    """A function to call with done, total and of what: it moves a bar, or logs every 5 s."""
    bars = _BARS.get()
    if bars is None:
        return _lines(name, log)
    task = bars.add_task(name, total=None)
    return lambda done, total, what: bars.update(
        task, completed=done, total=total, description=f"{name}, {what}"
    )


@contextmanager
def bars_on_terminal() -> Iterator[None]:
    """Show bars while the block runs; on anything but a terminal, log lines stay."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    columns = (
        TextColumn("{task.description:<40}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        token = _BARS.set(bars)
        try:
            yield
        finally:
            _BARS.reset(token)


def _lines(name: str, log: Callable[[str], None]) -> Callable[[float, int, str], None]:
    """A line after each five seconds of work, and one when something that took as long is done."""
    started = said = time.monotonic()
    doing = ""

    def say(done: float, total: int, what: str) -> None:
        nonlocal started, said, doing
        now = time.monotonic()
        if what != doing:  # training is over, its time says nothing about what follows
            started, doing = said, what
        if done == 0 or now - said < _EVERY:
            return
        said = now
        left = (now - started) / done * (total - done)
        log(f"{name}: {done:.0f} of {total} {what}, {done / total:.0%}, about {left:.0f} s left")

    return say
