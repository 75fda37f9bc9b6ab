"""`hindcast new`: a person's own CSV files become a data set, without Python and without YAML."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.chain.project import Project
from pipeline.commands.answers import ask_whoever_is_there, is_terminal
from pipeline.commands.asked import with_project

if TYPE_CHECKING:
    from pipeline.scaffold.proposal import Proposal


@click.command()
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--ds", help="Column of the time; or year, month and day with commas between.")
@click.option("--ds-format", help="How the time is written, in letters of strptime: %d.%m.%Y.")
@click.option("--y", help="Column that is to be forecast.")
@click.option("--unique-id", help="Column that names the series; by default a file is one.")
@click.option("--hist-exog", multiple=True, help="More columns for the network: a,b or repeated.")
@click.option("--missing", multiple=True, help="Cells that say: not observed, as n/a; repeated.")
@click.option("--freq", type=click.Choice(["MS", "QS", "W", "D"]), help="The grid.")
@click.option("--horizon", type=click.IntRange(1, 99), help="Steps ahead.")
@click.option("--first", help="Key of the first cutoff, as 2020-01-01.")
@click.option("--every", type=click.Choice(["MS", "QS", "W", "D"]), help="A cutoff how often.")
@click.option("--series-per-file", is_flag=True, help="Files are series though they follow on.")
@click.option("--codes-are-values", is_flag=True, help="-9999 and the like were measured.")
@click.option(
    "--yes",
    is_flag=True,
    help="Write what was understood without asking for a last yes; what the files leave open is "
    "asked all the same, or needs its option.",
)
@with_project
def new(project: Project, name: str, files: tuple[Path, ...], yes: bool, **said: Any) -> None:  # noqa: ANN401
    """Make the data set NAME from your own CSV FILES; they are copied, yours stay.

    What the files show is taken from them; the rest is asked for, or said with the options.
    """
    from pipeline.scaffold.new import make_data_set
    from pipeline.scaffold.question import Answers

    def agree(proposal: "Proposal", page: str) -> bool:
        _tell(proposal)
        return yes or not is_terminal() or click.confirm("\nWrite it?", default=True)

    made = make_data_set(
        project,
        name,
        files,
        answers=Answers(**said),
        ask=ask_whoever_is_there(),
        agree=agree,
        now=dt.datetime.now(dt.UTC),
    )
    if made is None:
        click.echo("nothing is written")
        return
    _tell_next(project, name)


def _tell(proposal: "Proposal") -> None:
    from pipeline.scaffold.summary import summary_of

    click.echo(f"{proposal.name}:")
    for line in summary_of(proposal):
        click.echo(line)


def _tell_next(project: Project, name: str) -> None:
    path = (project.defs / name / "defs.yaml").relative_to(project.root)
    click.echo(f"\nwritten: {path}, and the files in data/{name}/\nnext:")
    commands = {
        f"run {name}": "compute every forecast",
        f"leaderboard {name}": "which model is how good",
        f"report {name}": "a page about it, in your browser",
        f"export {name} forecasts.csv": "the forecasts; of each series the newest are last",
        "ui": "look at it; where it is open already: Reload definitions",
    }
    width = max(map(len, commands))
    for command, what in commands.items():
        click.echo(f"  hindcast {command:<{width}}  {what}")
