"""`hindcast ui`: Dagster's UI on this machine, and nowhere else."""

import fcntl
import os
import signal
import socket
import sys
from pathlib import Path

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

    _refuse_second(project)
    _refuse_taken(port)
    prepare_home(project)
    _hold(project, port)
    click.echo(f"In a moment: http://127.0.0.1:{port}/asset-groups (end it with Ctrl-C)")
    # No login: loopback only.
    command = ["dagster", "dev", "-w", str(project.root / "workspace.yaml"), "-h", "127.0.0.1"]
    _without_false_alarms(project)
    # Shells without a terminal start what is behind an & with SIGINT ignored. Dagster does at
    # SIGTERM what it does at SIGINT, and would then go on for ever at both.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(sys.executable, [sys.executable, "-m", *command, "-p", str(port)])


def _lock(project: Project) -> Path:
    """Locked while a UI of this history runs; what is written in it is the port."""
    return project.dagster_home / "ui.lock"


def _refuse_second(project: Project) -> None:
    """Two daemons on one history ask every sensor twice, and complain of each other.

    Raises:
        InputError: there is a UI of it; the message says where.
    """
    try:
        descriptor = os.open(_lock(project), os.O_RDONLY)
    except OSError:  # there has never been one
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _running(project, descriptor) from None
    finally:
        os.close(descriptor)


def _hold(project: Project, port: int) -> None:
    """Hold the lock until this process is over, however it ends: Dagster takes its place in it.

    Raises:
        InputError: another UI came first.
    """
    descriptor = os.open(_lock(project), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _running(project, descriptor) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(port).encode(), 0)
    # What Dagster starts closes it, so a run that goes on alone holds nothing.
    os.set_inheritable(descriptor, True)


def _running(project: Project, descriptor: int) -> InputError:
    port = os.pread(descriptor, 5, 0).decode(errors="replace")
    where = f" at http://127.0.0.1:{port}" if port.isdigit() else ""
    return InputError(
        f"the UI of this project runs already{where} (its history is {project.dagster_home}): open "
        "that page, where Reload definitions finds new data sets, or end it first"
    )


def _refuse_taken(port: int) -> None:
    """Where the webserver cannot listen, Dagster's daemon and code server would stay without it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that closed just now
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            other = port + 1 if 1024 <= port < 65535 else 3000
            raise InputError(
                f"port {port} of this machine cannot be used ({error.strerror}): something else "
                f"listens there, as the UI of another project; say --port {other}"
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
