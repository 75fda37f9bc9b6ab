"""A project whose cutoffs grow with the clock, empty and made."""

from pathlib import Path

import dagster as dg
import pytest

from tests.components.automation.automatic import Automatic, on
from tests.strategies import SmallProject

GROWING = {"first": "2003-11-01"}


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    """Two series of four years to 2003-12; cutoffs from 2003-11 that grow with the clock."""
    return SmallProject.write(tmp_path / "project", cutoffs=GROWING)


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    small = SmallProject.write(
        tmp_path_factory.mktemp("made") / "project", cutoffs={"first": "2003-04-01"}
    )
    small.now = on("2004-01-01")
    small.run()
    return small


@pytest.fixture
def made(_made: SmallProject, tmp_path: Path, instance: dg.DagsterInstance) -> Automatic:
    """Nine cutoffs, 2003-04 to 2003-12, of which all is made; Dagster's history is empty."""
    return Automatic(_made.copy(tmp_path / "made"), instance)


@pytest.fixture
def automatic(small: SmallProject, instance: dg.DagsterInstance) -> Automatic:
    return Automatic(small, instance)
