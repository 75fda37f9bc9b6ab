"""`hindcast report`: open the page about a data set."""

import webbrowser

import click

from pipeline.chain.project import Project
from pipeline.commands.asked import data_sets, with_project


@click.command()
@click.argument("data_set", required=False)
@click.option("--no-open", is_flag=True, help="Print where it lies, and open nothing.")
@with_project
def report(project: Project, data_set: str | None, no_open: bool) -> None:
    """Open the page about a data set; without one print where the pages of all lie."""
    from pipeline.chain.results import NotMadeError, report_file

    found, absent = [], []
    for declared in data_sets(project, data_set, quiet=True):
        try:
            found.append(report_file(project, declared))
        except NotMadeError as error:
            absent.append(error)
    if absent and not found:
        raise absent[0]
    for error in absent:
        click.echo(str(error))
    for path in found:
        click.echo(str(path))
        if data_set is not None and not no_open and not webbrowser.open(path.as_uri()):
            click.echo("no browser could be opened: open that file in one", err=True)
