"""Switched on in a real `dagster dev`: a file changes, and the rest happens by itself."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.strategies import SmallProject
from tests.system.conftest import LAST
from tests.system.dagster_dev import DagsterDev, dagster_dev, wait_for

pytestmark = pytest.mark.slow

SENSOR, HOOK = "toy_when_files_change", "failed_runs_to_webhook"

_START = """
mutation M($sensor: SensorSelector!) { startSensor(sensorSelector: $sensor) {
  __typename ... on Sensor { sensorState { status } } ... on PythonError { message } } }
"""

_TICKS = """
query Q($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) {
  ... on Sensor { sensorState { status ticks(limit: 50) {
    status skipReason runIds error { message } } } } } }
"""


def selector(name: str) -> dict[str, str]:
    return {
        "repositoryName": "__repository__",
        "repositoryLocationName": "hindcast",
        "sensorName": name,
    }


def switch_on(dev: DagsterDev, name: str) -> None:
    found = dev.ask(_START, sensor=selector(name))["startSensor"]
    assert found["sensorState"]["status"] == "RUNNING", found


def ticks(dev: DagsterDev, name: str) -> list[dict]:
    """The newest first."""
    return dev.ask(_TICKS, sensor=selector(name))["sensorOrError"]["sensorState"]["ticks"]


def reasons(dev: DagsterDev) -> list[str]:
    return [tick["skipReason"] or "" for tick in ticks(dev, SENSOR)]


def runs(dev: DagsterDev) -> list[str]:
    return [run for tick in ticks(dev, SENSOR) for run in tick["runIds"]]


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict]]:
    """What a server was told; its address is that of the webhook."""
    got: list[dict] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HINDCAST_WEBHOOK", f"http://127.0.0.1:{server.server_port}/secret")
    yield got
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_is_delivered_is_made_and_what_is_broken_is_told(tmp_path: Path, posts):
    small = SmallProject.write(tmp_path / "project", cutoffs=LAST)
    small.run()
    with dagster_dev(small) as dev:
        assert all(t == [] for t in (ticks(dev, SENSOR), ticks(dev, HOOK)))
        switch_on(dev, SENSOR)
        switch_on(dev, HOOK)
        wait_for(lambda: "nothing is due" in "".join(reasons(dev)), 90)

        small.correct("a", "2003-12-01", 3.25)
        assert small.plan() != []
        (run_id,) = wait_for(lambda: runs(dev), 150)
        run = dev.ended(run_id)
        assert (run.status, run.cutoffs) == ("SUCCESS", ("2003-10-01", "2003-12-01"))
        assert small.plan() == []

        served, good = small.contents(), small.lines("b")
        small.correct("b", "2003-05-01", "lots")
        newest, _ = wait_for(lambda: runs(dev) if len(runs(dev)) > 1 else None, 150)
        assert dev.ended(newest).status == "FAILURE"
        sentence = 'data/toy/b.csv line 42, column value: "lots" is not a number'
        assert dev.failures(newest)[0].startswith(sentence)
        wait_for(lambda: posts, 90)
        assert [(p["run_id"], p["data_set"]) for p in posts] == [(newest, "toy")]
        assert posts[0]["error"].startswith(sentence)
        assert small.contents() == served

        small.write_lines("b", good)
        assert small.plan() == []  # but the run that failed left its mark on two assets
        again, *_ = wait_for(lambda: runs(dev) if len(runs(dev)) > 2 else None, 150)
        run = dev.ended(again)
        assert (run.status, run.stages) == ("SUCCESS", {"raw_observations", "clean_observations"})
        assert small.contents() == served
        wait_for(lambda: reasons(dev)[0].startswith("nothing is due"), 90)
        assert len(runs(dev)) == 3
