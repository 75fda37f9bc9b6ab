"""`hindcast ui`: Dagster's UI on this machine, and nowhere else."""

import os
import sys

import click

from pipeline.chain.project import Project
from pipeline.commands.asked import with_project


@click.command()
@click.option("--port", default=3000, show_default=True)
@with_project
def ui(project: Project, port: int) -> None:
    """Open Dagster's UI on this machine."""
    from pipeline.components.home import prepare_home

    prepare_home(project)
    click.echo(f"In a moment: http://127.0.0.1:{port}/asset-groups (end it with Ctrl-C)")
    # No login: loopback only.
    command = ["dagster", "dev", "-w", str(project.root / "workspace.yaml"), "-h", "127.0.0.1"]
    os.chdir(project.root)
    os.execv(sys.executable, [sys.executable, "-m", *command, "-p", str(port)])
