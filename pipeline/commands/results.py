"""`hindcast leaderboard` and `hindcast export`: what was computed, for people and for programs."""

from pathlib import Path

import click

from pipeline.chain.project import Project
from pipeline.commands.asked import data_sets, echo_json, with_project


@click.command()
@click.argument("data_set", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_project
def leaderboard(project: Project, data_set: str | None, as_json: bool) -> None:
    """Print which model is how good."""
    from pipeline.chain.results import NotMadeError, leaderboard_rows, print_boards

    boards, absent = {}, []
    for declared in data_sets(project, data_set, quiet=True):
        try:
            boards[declared.name] = leaderboard_rows(project, declared)
        except NotMadeError as error:
            absent.append(error)
    if absent and not boards:
        raise absent[0]
    if as_json:
        echo_json([row for rows in boards.values() for row in rows])
        return
    for error in absent:
        click.echo(str(error))
    print_boards(project, boards, every=data_set is not None)


@click.command()
@click.argument("data_set")
@click.argument("file", type=click.Path(path_type=Path))
@with_project
def export(project: Project, data_set: str, file: Path) -> None:
    """Write all forecasts beside their actuals: unique_id, ds, cutoff, y, a column per model."""
    from pipeline.chain.export import export_forecasts

    n_rows = export_forecasts(project, project.data_set(data_set), file)
    click.echo(f"{file}: {n_rows} rows")
