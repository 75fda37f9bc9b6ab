"""Which data sets a command is about, and what of them is due; told as every command tells it.

What a single command does with it is in that command's file.
"""

import datetime as dt
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from pipeline.chain.launches import Asked, NotReadyError, ask
from pipeline.chain.project import Project, find_project
from pipeline.declaration import DataSet
from pipeline.errors import InputError


def with_project(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command its project; found when it runs, so that --help works anywhere."""

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> None:  # noqa: ANN401 - whatever click passes
        command(find_project(), *args, **options)

    return wrapped


def data_sets(project: Project, name: str | None, *, quiet: bool = False) -> list[DataSet]:
    """The data set asked for, or all that have their files; the others are named on a line."""
    asked = [project.data_set(name)] if name else list(project.data_sets.values())
    waiting = [d for d in asked if project.is_waiting(d)]
    if name and waiting:
        raise InputError(project.waiting(waiting[0]))
    if not quiet:
        for declared in waiting:
            click.echo(f"{declared.name} waits for its file: hindcast plan {declared.name}")
    return [d for d in asked if d not in waiting]


def due_of(
    project: Project, name: str | None, cutoffs: str | None = None, *, quiet: bool = False
) -> list[Asked]:
    """What is due, of the data set asked for or of all; known of all before anything is started.

    Nothing to forecast is an error where it is asked for, and else told and left out.
    """
    now = dt.datetime.now(dt.UTC)
    found = []
    for declared in data_sets(project, name, quiet=quiet):
        try:
            found.append(ask(project, declared, cutoffs, now=now))
        except NotReadyError as nothing:
            if name or cutoffs is not None:
                raise
            if not quiet:
                click.echo(str(nothing))
    return found


def echo_json(value: object) -> None:
    """Print a value for programs."""
    click.echo(json.dumps(value, indent=1, allow_nan=False))
