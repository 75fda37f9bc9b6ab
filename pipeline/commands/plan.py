"""`hindcast plan`: say what is due and why; compute nothing."""

from collections.abc import Sequence

import click

from pipeline.chain.plan import Due
from pipeline.chain.project import Project
from pipeline.commands.asked import due_of, echo_json, with_project


@click.command()
@click.argument("data_set", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_project
def plan(project: Project, data_set: str | None, as_json: bool) -> None:
    """Say what is due and why; compute nothing."""
    due = [d for asked in due_of(project, data_set, quiet=as_json) for d in asked.due]
    if as_json:
        echo_json({"due": [_row_of(d) for d in due]})
        return
    for line in _grouped(due):
        click.echo(line)
    if not due:
        click.echo("nothing is due")


def _row_of(due: Due) -> dict[str, object]:
    return {
        "data_set": due.data_set,
        "stage": due.stage,
        "cutoff": due.cutoff,
        "folds": due.folds,
        "reason": due.reason,
    }


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
