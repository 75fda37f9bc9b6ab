"""What `hindcast ui` says at the terminal while somebody works in the UI."""

import pytest

from tests.strategies import SmallProject
from tests.system import dagster_dev as server
from tests.system.conftest import LAST, environment
from tests.system.dagster_dev import dagster_dev

pytestmark = pytest.mark.slow


def test_the_terminal_shows_what_the_stages_say_and_no_false_alarm(tmp_path, monkeypatch):
    # A relative folder is one of where the command was typed, as for every other command.
    here = {"HINDCAST_STORE": "results"}
    monkeypatch.setattr(server, "environment", lambda small: environment(small) | here)
    small = SmallProject.write(tmp_path / "project", cutoffs=LAST)
    with dagster_dev(small) as dev:
        run = dev.materialize("toy", ["raw_observations", "clean_observations"])
        assert run.status == "SUCCESS", dev.failures(run.run_id)
        history = dev.ask(_EVENTS, id=run.run_id)["logsForRun"]["events"]
    said = (small.root / "dagster_dev.log").read_text()
    assert "toy/clean_observations: 1 made, 0 reused" in said
    for noise in ("SupersessionWarning", "will not be used to configure", "DEBUG"):
        assert noise not in said
    assert (small.root / "results" / "toy" / "raw_observations").is_dir()
    # The history has the events that the terminal leaves out.
    assert "MaterializationEvent" in {event["__typename"] for event in history}


_EVENTS = """query Events($id: ID!) {
  logsForRun(runId: $id, limit: 1000) { ... on EventConnection { events { __typename } } }
}"""
