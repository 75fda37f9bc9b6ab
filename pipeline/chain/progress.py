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


def progress(what: str, log: Callable[[str], None]) -> Callable[[int, int], None]:
    """A function to call with done and total: it moves a bar, or logs a line at most every 5 s."""
    bars = _BARS.get()
    if bars is None:
        return _lines(what, log)
    task = bars.add_task(what, total=None)
    return lambda done, total: bars.update(task, completed=done, total=total)


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


def _lines(what: str, log: Callable[[str], None]) -> Callable[[int, int], None]:
    started = said = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said < _EVERY or done == 0:
            return
        said = now
        left = (now - started) / done * (total - done)
        log(f"{what}: {done} of {total}, {done / total:.0%}, about {left:.0f} s left")

    return say
