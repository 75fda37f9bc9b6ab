"""The command line: run, plan, leaderboard, export, ui.

A mistake that a person can mend ends with one sentence and exit code 2.
"""

import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from pipeline.chain.launches import Asked, Launch, NotReadyError, ask, launches_of
from pipeline.chain.plan import Due
from pipeline.chain.project import Project, find_project
from pipeline.declaration import DataSet
from pipeline.errors import InputError


class _Sentences(click.Group):
    """Tells an InputError as one sentence, exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo(f"hindcast: {error}", err=True)
            ctx.exit(2)


@click.group(cls=_Sentences)
@click.option(
    "--project",
    "folder",
    type=click.Path(path_type=Path),
    help="The project's folder; by default the nearest one upwards that holds workspace.yaml.",
)
@click.version_option(package_name="hindcast")
@click.pass_context
def main(ctx: click.Context, folder: Path | None) -> None:
    """Honest forecasting: every cutoff's forecast as it would have been made, with its score."""
    if folder is not None:
        os.environ["HINDCAST_PROJECT"] = str(folder.absolute())
    ctx.obj = None


def _with_project(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command its project; found when it runs, so that --help works anywhere."""

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> None:  # noqa: ANN401 - whatever click passes
        command(find_project(), *args, **options)

    return wrapped


@main.command()
@click.argument("data_set", required=False)
@click.option("--cutoffs", help="Only these: A..B, or A; keys as 2001-12-01.")
@_with_project
def run(project: Project, data_set: str | None, cutoffs: str | None) -> None:
    """Compute what is due, of one data set or of all, through Dagster."""
    from pipeline.chain.progress import bars_on_terminal

    if cutoffs is not None and data_set is None and len(project.data_sets) > 1:
        raise InputError(
            f"--cutoffs {cutoffs}: cutoffs are those of one data set; name it: "
            f"{', '.join(project.data_sets)}"
        )
    start: Callable[[DataSet, Launch], None] | None = None
    for asked in _ask(project, data_set, cutoffs):
        name = asked.data_set.name
        if not asked.due:
            click.echo(f"{name}: nothing is due")
            continue
        start = start or _launcher(project)
        with bars_on_terminal():
            for launch in launches_of(asked):
                start(asked.data_set, launch)
        click.echo(f"{name}: done; {_counted(asked.due)}")
        if asked.not_ready:
            states = ", ".join(f"{n} {state}" for state, n in sorted(asked.not_ready.items()))
            click.echo(f"{name}: folds without a forecast: {states}")


@main.command("plan")
@click.argument("data_set", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@_with_project
def plan_command(project: Project, data_set: str | None, as_json: bool) -> None:
    """Say what is due and why; compute nothing."""
    due = [d for asked in _ask(project, data_set, quiet=as_json) for d in asked.due]
    if as_json:
        rows = [
            {
                "data_set": d.data_set,
                "stage": d.stage,
                "cutoff": d.cutoff,
                "folds": d.folds,
                "reason": d.reason,
            }
            for d in due
        ]
        _echo_json({"due": rows})
        return
    for line in _grouped(due):
        click.echo(line)
    if not due:
        click.echo("nothing is due")


@main.command()
@click.argument("data_set", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@_with_project
def leaderboard(project: Project, data_set: str | None, as_json: bool) -> None:
    """Print which model is how good."""
    from pipeline.chain.results import NotMadeError, leaderboard_rows, print_boards

    boards, absent = {}, []
    for declared in _data_sets(project, data_set, quiet=True):
        try:
            boards[declared.name] = leaderboard_rows(project, declared)
        except NotMadeError as error:
            absent.append(error)
    if absent and not boards:
        raise absent[0]
    if as_json:
        _echo_json([row for rows in boards.values() for row in rows])
        return
    for error in absent:
        click.echo(str(error))
    print_boards(project, boards)


@main.command()
@click.argument("data_set")
@click.argument("file", type=click.Path(path_type=Path))
@_with_project
def export(project: Project, data_set: str, file: Path) -> None:
    """Write all forecasts beside their actuals: unique_id, ds, cutoff, y, a column per model."""
    from pipeline.chain.results import export_forecasts

    n_rows = export_forecasts(project, project.data_set(data_set), file)
    click.echo(f"{file}: {n_rows} rows")


@main.command()
@click.option("--port", default=3000, show_default=True)
@_with_project
def ui(project: Project, port: int) -> None:
    """Open Dagster's UI on this machine."""
    from pipeline.components.launch import prepare_home

    prepare_home(project)
    click.echo(f"In a moment: http://127.0.0.1:{port}/asset-groups (end it with Ctrl-C)")
    # No login: loopback only.
    command = ["dagster", "dev", "-w", str(project.root / "workspace.yaml"), "-h", "127.0.0.1"]
    os.chdir(project.root)
    os.execv(sys.executable, [sys.executable, "-m", *command, "-p", str(port)])


def _data_sets(project: Project, name: str | None, *, quiet: bool = False) -> list[DataSet]:
    """The data set asked for, or all that have their files; the others are named."""
    asked = [project.data_set(name)] if name else list(project.data_sets.values())
    waiting = [d for d in asked if project.is_waiting(d)]
    if name and waiting:
        raise InputError(project.waiting(waiting[0]))
    if not quiet:
        for declared in waiting:
            click.echo(project.waiting(declared))
    return [d for d in asked if d not in waiting]


def _ask(
    project: Project, name: str | None, cutoffs: str | None = None, *, quiet: bool = False
) -> list[Asked]:
    """What is due, of the data set asked for or of all; known of all before anything is started.

    Nothing to forecast is an error where it is asked for, and else told and left out.
    """
    now = dt.datetime.now(dt.UTC)
    found = []
    for declared in _data_sets(project, name, quiet=quiet):
        try:
            found.append(ask(project, declared, cutoffs, now=now))
        except NotReadyError as nothing:
            if name or cutoffs is not None:
                raise
            if not quiet:
                click.echo(str(nothing))
    return found


def _launcher(project: Project) -> Callable[[DataSet, Launch], None]:
    """A function that runs stages over cutoffs; Dagster loads here, not before it is needed."""
    from pipeline.components.launch import materialize, prepare_home

    prepare_home(project)
    from pipeline.definitions import definitions_of_project

    repository = definitions_of_project(project).get_repository_def()

    def start(data_set: DataSet, launch: Launch) -> None:
        first, last = (launch.cutoffs[0], launch.cutoffs[-1]) if launch.cutoffs else (None, None)
        click.echo(f"{data_set.name}: {launch}", err=True)
        try:
            materialize(repository, data_set, launch.stages, first=first, last=last)
        except RuntimeError as failed:
            raise click.ClickException(f"{data_set.name}: {failed}") from failed

    return start


def _echo_json(value: object) -> None:
    click.echo(json.dumps(value, indent=1, allow_nan=False))


def _counted(due: Sequence[Due]) -> str:
    counts: dict[str, int] = {}
    for d in due:
        counts[d.stage] = counts.get(d.stage, 0) + d.folds
    return ", ".join(f"{stage} {folds}" for stage, folds in counts.items()) + " folds"


def _grouped(due: Sequence[Due]) -> list[str]:
    """A line for each stage and reason, with the stretch of its cutoffs."""
    groups: dict[tuple[str, str, str], list[Due]] = {}
    for d in due:
        groups.setdefault((d.data_set, d.stage, d.reason), []).append(d)
    lines = []
    for (data_set, stage, reason), found in groups.items():
        keys = [d.cutoff for d in found if d.cutoff]
        at = f" at {keys[0]}" if keys else ""
        if len(keys) > 1:
            at = f" at {len(keys)} cutoffs, {keys[0]} to {keys[-1]}"
        folds = f": {sum(d.folds for d in found)} folds" if keys else ""
        lines.append(f"{data_set}/{stage}{at}{folds} ({reason})")
    return lines


if __name__ == "__main__":
    main()
