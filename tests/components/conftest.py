"""A project with its own Dagster history, and the definitions of it."""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipeline.components import metadata
from pipeline.components.home import prepare_home
from pipeline.components.launch import materialize
from pipeline.definitions import definitions_of_project
from tests.strategies import ATTRIBUTES, SmallProject

DAGSTER_WARNS = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore:`parse_obj_as` is deprecated:DeprecationWarning"),
]
"""Dagster's notes about single-run backfills, and its own use of an old name of pydantic's."""

LAST = {"first": "2003-09-01", "last": "2003-12-01"}
"""Dagster reads the real clock, so the cutoffs have to end by declaration."""


class Dagster:
    """A small project as Dagster sees it."""

    def __init__(self, small: SmallProject) -> None:
        self.small = small
        prepare_home(small.project)
        self.repository = definitions_of_project(small.project).get_repository_def()
        self.asset_graph = self.repository.asset_graph

    def key(self, stage: str) -> dg.AssetKey:
        return dg.AssetKey([self.small.name, stage])

    def node(self, stage: str):
        return self.asset_graph.get(self.key(stage))

    def materialize(
        self, *stages: str, first: str = LAST["first"], last: str = LAST["last"]
    ) -> None:
        """As `hindcast run` does it."""
        asked = stages or [key.path[-1] for key in self.asset_graph.get_all_asset_keys()]
        materialize(self.repository, self.small.data_set, asked, first=first, last=last)

    def versions(self, stage: str) -> dict[str, str]:
        """The data version of every partition in the event log."""
        with dg.DagsterInstance.get() as instance:
            found = instance.event_log_storage.get_latest_tags_by_partition(
                self.key(stage), dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]
            )
        return {key: tags["dagster/data_version"] for key, tags in found.items()}


@pytest.fixture(scope="session")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with project and history after one run of the whole chain."""
    folder = tmp_path_factory.mktemp("ran")
    with shared(folder):
        Dagster(SmallProject.write(folder / "project", cutoffs=LAST)).materialize()
    return folder


@pytest.fixture
def ran(_ran: Path, tmp_path: Path, _own_environment: None) -> Dagster:
    """The whole chain has run over all cutoffs, as one Dagster run."""
    return copied(_ran, tmp_path)


@contextmanager
def shared(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """Where a fixture of a whole module or session runs a project: of its own, with its pictures.

    Such a fixture has no marks that ignore what Dagster warns of.
    """
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _point_to(folder, patch)
        yield patch


def copied(ran: Path, folder: Path, **changes: Any) -> Dagster:
    """A project that has run, and its history, in another folder; the test's own.

    Args:
        ran: holds both.
        folder: where the copies go.
        changes: in the declaration of that project, besides its cutoffs.
    """
    for name in ("project", "history"):
        shutil.copytree(ran / name, folder / name)
    attributes = deepcopy(ATTRIBUTES) | {"cutoffs": LAST} | changes
    return Dagster(SmallProject(folder / "project", attributes=attributes))


def _point_to(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("DAGSTER_HOME", str(folder / "history"))
    patch.setenv("HINDCAST_PROJECT", str(folder / "project"))
    patch.setenv("DAGSTER_EVENT_BATCH_SIZE", "500")
    patch.delenv("HINDCAST_STORE", raising=False)


def leave_out_pictures(patch: pytest.MonkeyPatch) -> None:
    """A run draws nothing: that takes as long as all the rest of it.

    The run of `ran` draws them all; what they show is tested in `tests/plots` and
    `tests/chain/test_pictures.py`.
    """
    patch.setattr(metadata, "pictures_of", lambda *args: {})


@pytest.fixture(autouse=True)
def _without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_pictures(monkeypatch)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What `prepare_home` sets is taken back; nobody's history is touched."""
    _point_to(tmp_path, monkeypatch)


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    """Four cutoffs of two series; nothing has run."""
    return SmallProject.write(tmp_path / "project", cutoffs=LAST)


@pytest.fixture(scope="session")
def _empty_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with its tables: making them takes longer than most tests."""
    folder = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        _point_to(folder, patch)
        prepare_home(SmallProject.write(folder / "project").project)
    return folder / "history"


@pytest.fixture
def instance(_empty_history: Path, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster's history, in which nothing has happened."""
    shutil.copytree(_empty_history, tmp_path / "history")
    with dg.DagsterInstance.get() as found:
        yield found


@pytest.fixture
def dagster(small: SmallProject) -> Dagster:
    """Definitions of the project."""
    return Dagster(small)
