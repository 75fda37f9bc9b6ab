"""The folder of Dagster's history: made, with the project's settings in it, before Dagster starts.

Dagster itself is loaded only where the folder is new or its settings changed: `hindcast ui` then
costs nothing before it becomes `dagster dev`.
"""

import os
from pathlib import Path

from filelock import FileLock

from pipeline.chain.project import Project
from pipeline.errors import InputError
from pipeline.store.atomic import write_whole

_OPENED = "opened.yaml"
"""A copy of the settings with which Dagster last opened the history: its tables are there."""


def prepare_home(project: Project) -> None:
    """Make the folder of Dagster's history, with the project's dagster.yaml; tell Dagster of it.

    Raises:
        InputError: it cannot be written, or Dagster refuses dagster.yaml.
    """
    home = project.dagster_home
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["HINDCAST_PROJECT"] = str(project.root)
    # Events of a range go to the history together. One that takes batches writes them in a few
    # transactions; Dagster's own, of SQLite and Postgres, still write them one by one.
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "500")
    # A tick asks the plan, which reads and cleans what changed: of many series more than a minute.
    for kind in ("SENSOR", "SCHEDULE"):
        os.environ.setdefault(f"DAGSTER_{kind}_GRPC_TIMEOUT_SECONDS", "600")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / "prepare.lock"):
            _copy_settings(project, home)
            _open(home)
    except OSError as error:
        raise InputError(
            f"{home} cannot be written ({error.strerror}); free or unlock it"
        ) from error


def _open(home: Path) -> None:
    """Whoever opens a history first makes its tables; two at once would hinder each other."""
    settings, opened = home / "dagster.yaml", home / _OPENED
    content = settings.read_bytes() if settings.is_file() else b""
    if opened.is_file() and opened.read_bytes() == content:
        return
    import dagster as dg
    import yaml

    try:
        with dg.DagsterInstance.get():
            write_whole(opened, content)
    except (dg.DagsterInvalidConfigError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())[:300]
        raise InputError(f"dagster.yaml is refused by Dagster; correct it: {said}") from error


def _copy_settings(project: Project, home: Path) -> None:
    """Put the project's dagster.yaml where Dagster reads it.

    In the project's own home the root's file is the truth: an edit of it has its effect at the next
    start. A home that the user named may serve other projects too: what lies there stays.
    """
    settings, copy = project.root / "dagster.yaml", home / "dagster.yaml"
    if not settings.is_file():
        return
    content = settings.read_bytes()
    is_own = home == (project.root / ".dagster_home").absolute()
    if not copy.is_file() or (is_own and copy.read_bytes() != content):
        write_whole(copy, content)
