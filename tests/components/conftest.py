"""A project with its own Dagster history, and the definitions of it."""

from pathlib import Path

import dagster as dg
import pytest

from pipeline.components.launch import materialize, prepare_home
from pipeline.definitions import definitions_of_project
from tests.strategies import SmallProject

DAGSTER_WARNS = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore:`parse_obj_as` is deprecated:DeprecationWarning"),
]
"""Dagster's notes about single-run backfills, and its own use of an old name of pydantic's."""

LAST = {"first": "2002-12-01", "last": "2003-12-01"}
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

    def materialize(self, *stages: str, first: str = LAST["first"], last: str = LAST["last"]) -> None:
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


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What `prepare_home` sets is taken back; nobody's history is touched."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "history"))
    monkeypatch.setenv("HINDCAST_PROJECT", str(tmp_path / "project"))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "500")
    monkeypatch.delenv("HINDCAST_STORE", raising=False)


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    """Three cutoffs of two series; nothing has run."""
    return SmallProject.write(tmp_path / "project", cutoffs=LAST)


@pytest.fixture
def dagster(small: SmallProject) -> Dagster:
    """Definitions of the project."""
    return Dagster(small)
