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

from pipeline.chain.known import unknown_cutoff
from pipeline.chain.plan import Due, plan
from pipeline.chain.project import Project, find_project
from pipeline.chain.stages import INPUTS, stages_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import list_cutoffs


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

    now = dt.datetime.now(dt.UTC)
    launch: Callable[..., None] | None = None
    for declared in _data_sets(project, data_set):
        keys = _keys(declared, cutoffs, now=now)
        due = plan(project, declared, now=now, cutoffs=keys)
        _refuse_nothing_ready(project, declared, keys, now=now)
        if not due:
            click.echo(f"{declared.name}: nothing is due")
            continue
        launch = launch or _launcher(project)
        with bars_on_terminal():
            for stages, asked in _runs(declared, due, keys, now=now):
                click.echo(f"{declared.name}: {_summary(stages, asked)}", err=True)
                launch(declared, stages, asked)
        click.echo(f"{declared.name}: done; {_counted(due)}")


@main.command("plan")
@click.argument("data_set", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@_with_project
def plan_command(project: Project, data_set: str | None, as_json: bool) -> None:
    """Say what is due and why; compute nothing."""
    now = dt.datetime.now(dt.UTC)
    due = [
        d
        for declared in _data_sets(project, data_set, quiet=as_json)
        for d in plan(project, declared, now=now)
    ]
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
        click.echo(json.dumps({"due": rows}, indent=1))
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
    from pipeline.chain.results import leaderboard_rows

    boards = {
        d.name: leaderboard_rows(project, d) for d in _data_sets(project, data_set, quiet=as_json)
    }
    if as_json:
        click.echo(json.dumps([row for rows in boards.values() for row in rows], indent=1))
        return
    from pipeline.chain.results import print_boards

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


def _keys(data_set: DataSet, asked: str | None, *, now: dt.datetime) -> list[str] | None:
    """The keys of A..B.

    Raises:
        InputError: one of them is no cutoff, or they are reversed.
    """
    if asked is None:
        return None
    first, _, last = asked.partition("..")
    cutoffs = list_cutoffs(data_set, now=now)
    keys = [cutoff.key for cutoff in cutoffs]
    for key in (first, last or first):
        if key not in keys:
            raise InputError(unknown_cutoff(data_set, key, cutoffs))
    start, end = keys.index(first), keys.index(last or first)
    if end < start:
        raise InputError(f"--cutoffs {asked}: reversed; write {last}..{first}")
    return keys[start : end + 1]


def _refuse_nothing_ready(
    project: Project, data_set: DataSet, keys: Sequence[str] | None, *, now: dt.datetime
) -> None:
    """Cutoffs asked for by hand must hold something that can be forecast."""
    if keys is None:
        return
    from pipeline.chain.plan import known_of_files

    known = known_of_files(project, data_set, now=now)
    if not any(known.ready(cutoff) for cutoff in known.named(keys)):
        raise InputError(
            f"{data_set.name}: no series is ready at {keys[0]}..{keys[-1]}; the last observation "
            f"is of {known.last_seen()}"
        )


def _launcher(project: Project) -> Callable[..., None]:
    """A function that runs stages over cutoffs; Dagster loads here, not before it is needed."""
    from pipeline.components.launch import materialize, prepare_home

    prepare_home(project)
    from pipeline.definitions import definitions_of_project

    repository = definitions_of_project(project).get_repository_def()

    def launch(data_set: DataSet, stages: Sequence[str], asked: Sequence[str]) -> None:
        materialize(repository, data_set, stages, first=asked[0], last=asked[-1])

    return launch


def _runs(
    data_set: DataSet, due: Sequence[Due], keys: list[str] | None, *, now: dt.datetime
) -> list[tuple[list[str], list[str]]]:
    """The Dagster runs that a plan needs: stages, and the stretch of cutoffs of each.

    What the rows are is recorded over all cutoffs asked for: Dagster calls all of it stale when the
    clean rows were re-recorded. The rest runs from the oldest due cutoff to the newest.
    """
    names = [stage.name for stage in stages_of(data_set)]
    cutoffs = keys or [cutoff.key for cutoff in list_cutoffs(data_set, now=now)]
    later = [d.cutoff for d in due if d.stage not in INPUTS and d.cutoff is not None]
    runs = []
    if any(d.stage in INPUTS for d in due):
        runs.append(([name for name in names if name in INPUTS], cutoffs))
    if any(d.stage not in INPUTS for d in due):
        stretch = [key for key in cutoffs if not later or min(later) <= key <= max(later)]
        runs.append(([name for name in names if name not in INPUTS], stretch))
    return runs


def _summary(stages: Sequence[str], asked: Sequence[str]) -> str:
    return f"{', '.join(stages)} at {asked[0]}..{asked[-1]} ({len(asked)} cutoffs)"


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
        at = f" at {len(keys)} cutoffs, {keys[0]} to {keys[-1]}" if keys else ""
        folds = f": {sum(d.folds for d in found)} folds" if keys else ""
        lines.append(f"{data_set}/{stage}{at}{folds} ({reason})")
    return lines


if __name__ == "__main__":
    main()
