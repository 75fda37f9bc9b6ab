"""A finished chain that every test gets a copy of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.strategies import SmallProject


@pytest.fixture(autouse=True)
def _no_project_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have set these."""
    for name in ("HINDCAST_PROJECT", "HINDCAST_STORE", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    small = SmallProject.write(tmp_path_factory.mktemp("finished") / "project")
    small.run()
    return small


@pytest.fixture
def finished(_finished: SmallProject, tmp_path: Path) -> SmallProject:
    """A project whose chain has run: nothing is due."""
    return _finished.copy(tmp_path / "project")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., SmallProject]:
    """Writes a project that has not run, with changes to its declaration."""
    return lambda name="project", **changes: SmallProject.write(tmp_path / name, **changes)
