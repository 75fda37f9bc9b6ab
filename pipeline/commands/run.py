"""`hindcast run`: compute what is due, through Dagster, in this process."""

import datetime as dt
from collections.abc import Callable, Sequence

import click

from pipeline.chain.launches import Asked, Launch, launches_of
from pipeline.chain.plan import Due
from pipeline.chain.project import Project
from pipeline.commands.asked import due_of, with_project
from pipeline.declaration import DataSet
from pipeline.errors import InputError

_TOLD = 5
"""Series that trend which a run names."""


@click.command()
@click.argument("data_set", required=False)
@click.option("--cutoffs", help="Only these: A..B, or A; keys as 2001-12-01.")
@with_project
def run(project: Project, data_set: str | None, cutoffs: str | None) -> None:
    """Compute what is due, of one data set or of all, through Dagster."""
    from pipeline.chain.progress import progress_on_stderr

    if cutoffs is not None and data_set is None and len(project.data_sets) > 1:
        raise InputError(
            f"--cutoffs {cutoffs}: cutoffs are those of one data set; name it: "
            f"{', '.join(project.data_sets)}"
        )
    start: Callable[[DataSet, Launch], None] | None = None
    for asked in due_of(project, data_set, cutoffs):
        name = asked.data_set.name
        if not asked.due:
            click.echo(f"{name}: nothing is due{_told_anew(project, asked.data_set)}")
            continue
        start = start or _launcher(project)
        with progress_on_stderr():
            for launch in launches_of(asked):
                start(asked.data_set, launch)
            _told_anew(project, asked.data_set)
        click.echo(f"{name}: done; {_counted(asked.due)}")
        if not asked.not_ready.is_empty:
            click.echo(f"{name}: folds without a forecast: {_without(asked)}")
        for told in _unsuited(project, asked.data_set):
            click.echo(f"{name}: {told}")


def _unsuited(project: Project, data_set: DataSet) -> list[str]:
    """Of networks that correct a climatology of a series that trends, a sentence for each."""
    from pipeline.chain.plan import known_of_store
    from pipeline.chain.suits import unsuited

    known = known_of_store(project, data_set, now=dt.datetime.now(dt.UTC))
    found = [told for _, told in unsuited(known)]
    more = len(found) - _TOLD
    return [*found[:_TOLD], *([f"and {more} more such series"] if more > 0 else [])]


def _told_anew(project: Project, data_set: DataSet) -> str:
    """Tell Dagster what it marks as stale though it is up to date; how much that was.

    A setting may change no number, a run may have failed before it came to tell, or another one
    gone on beside it, or somebody wiped an asset in the UI.
    """
    from pipeline.components.told import is_told

    if is_told(project, data_set):
        return ""
    from pipeline.components.home import prepare_home

    prepare_home(project)
    import dagster as dg

    from pipeline.components.anew import record_all

    with dg.DagsterInstance.get() as instance:
        found = record_all(project, data_set, instance, now=dt.datetime.now(dt.UTC))
    counts = ", ".join(f"{stage} {number}" for stage, number in found.items())
    return f"; recorded anew for Dagster, as they lie there: {counts}" if counts else ""


def _launcher(project: Project) -> Callable[[DataSet, Launch], None]:
    """A function that runs stages over cutoffs; Dagster loads here, not before it is needed."""
    from pipeline.components.home import prepare_home
    from pipeline.components.launch import materialize

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


def _counted(due: Sequence[Due]) -> str:
    """Every stage of which something was due; of those with cutoffs, how many folds."""
    folds: dict[str, int] = {}
    for d in due:
        folds[d.stage] = folds.get(d.stage, 0) + (d.folds if d.cutoff else 0)
    return ", ".join(f"{stage} {_folds(n)}" if n else stage for stage, n in folds.items())


def _without(asked: Asked) -> str:
    states = ", ".join(f"{n} {state}" for state, n in sorted(asked.not_ready.counts.items()))
    hint = asked.not_ready.hint(most=asked.data_set.horizon)
    return f"{states}; {hint}" if hint else states


def _folds(number: int) -> str:
    return "1 fold" if number == 1 else f"{number} folds"
