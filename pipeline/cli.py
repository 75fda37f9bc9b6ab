"""The command line's door: the group of commands, and how a mistake is told.

A mistake that a person can mend ends with one sentence and exit code 2. Each command is in a file
of `commands/`.
"""

import os
from pathlib import Path
from typing import Any

import click

from pipeline.commands.new import new
from pipeline.commands.plan import plan
from pipeline.commands.report import report
from pipeline.commands.results import export, leaderboard
from pipeline.commands.run import run
from pipeline.commands.ui import ui
from pipeline.errors import InputError


class _Sentences(click.Group):
    """Tells an InputError as one sentence, exit code 2; lists its commands as they are used."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo(f"hindcast: {error}", err=True)
            ctx.exit(2)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


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


for command in (new, plan, run, leaderboard, report, export, ui):
    main.add_command(command)


if __name__ == "__main__":
    main()
