"""`hindcast ui`: Dagster's UI on this machine, and nowhere else."""

import os
import socket
import sys

import click

from pipeline.chain.project import Project
from pipeline.commands.asked import with_project
from pipeline.errors import InputError


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@with_project
def ui(project: Project, port: int) -> None:
    """Open Dagster's UI on this machine."""
    from pipeline.components.home import prepare_home

    _refuse_taken(port)
    prepare_home(project)
    click.echo(f"In a moment: http://127.0.0.1:{port}/asset-groups (end it with Ctrl-C)")
    # No login: loopback only.
    command = ["dagster", "dev", "-w", str(project.root / "workspace.yaml"), "-h", "127.0.0.1"]
    _without_false_alarms(project)
    os.execv(sys.executable, [sys.executable, "-m", *command, "-p", str(port)])


def _refuse_taken(port: int) -> None:
    """Where the webserver cannot listen, Dagster's daemon and code server would stay without it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that closed just now
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            other = port + 1 if 1024 <= port < 65535 else 3000
            raise InputError(
                f"port {port} of this machine cannot be used ({error.strerror}): look whether the "
                f"UI is open already at http://127.0.0.1:{port}, or say --port {other}"
            ) from None


def _without_false_alarms(project: Project) -> None:
    """Dagster advises another program, and warns of the dagster.yaml that was just copied."""
    advice = "ignore:Function `dev_command` is superseded:FutureWarning"
    own = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [own, advice]))
    if os.environ.get("HINDCAST_STORE"):  # a relative one is meant from here
        os.environ["HINDCAST_STORE"] = str(project.store.root)
    # It looks into the current folder; there it also finds a `.env`, where somebody has one.
    has_variables = (project.root / ".env").is_file()
    os.chdir(project.root if has_variables else project.dagster_home)
