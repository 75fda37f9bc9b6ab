"""A project to be driven through the command line, in this process or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from tests.components.conftest import leave_out_pictures
from tests.strategies import SmallProject

LAST = {"first": "2003-09-01", "last": "2003-12-01"}
"""The command line reads the real clock, so the cutoffs have to end by declaration."""

OURS = ("HINDCAST_PROJECT", "HINDCAST_STORE", "DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command line sets is taken back."""
    for name in OURS:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of runs in this process; those of their own draw them."""
    leave_out_pictures(monkeypatch)


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    """Four cutoffs of two series; nothing has run."""
    return SmallProject.write(tmp_path / "project", cutoffs=LAST)


@pytest.fixture(scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    small = SmallProject.write(tmp_path_factory.mktemp("finished") / "project", cutoffs=LAST)
    small.run()
    return small


@pytest.fixture
def finished(_finished: SmallProject, tmp_path: Path) -> SmallProject:
    """The same, and its chain has run."""
    return _finished.copy(tmp_path / "finished")


@pytest.fixture
def hindcast() -> Callable[..., Result]:
    """The command line in this process."""

    def invoke(small: SmallProject, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["--project", str(small.root), *arguments])

    return invoke


def environment(small: SmallProject) -> dict[str, str]:
    """That of a user who stands in the project's folder."""
    kept = {k: v for k, v in os.environ.items() if k not in OURS}
    return kept | {"DAGSTER_HOME": str(small.root / ".dagster_home")}


def command(
    small: SmallProject, *arguments: str, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A program of the virtual environment, run in the project's folder."""
    program = Path(sys.executable).parent / arguments[0]
    return subprocess.run(
        [str(program), *arguments[1:]],
        cwd=small.root,
        env=environment(small) | dict(extra or {}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
