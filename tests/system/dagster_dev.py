"""The real `dagster dev` of a project: started as a user would, asked as the UI's pages ask it.

Web server, daemon and code server run as they do for everybody, but that the daemon looks after
backfills every second instead of twice a minute. No law is stated here.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.strategies import SmallProject
from tests.system import queries
from tests.system.conftest import environment

Found = TypeVar("Found")

_ENDED = ("SUCCESS", "FAILURE", "CANCELED")

_HURRY = """
import sys
if "dagster._daemon" in sys.orig_argv:
    import dagster._daemon.controller
    dagster._daemon.controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 1
"""
"""Python runs this at its start. Dagster has no setting for how often its daemon looks."""


@dataclass(frozen=True)
class Run:
    """A run in Dagster's history.

    Attributes:
        run_id: as the manifests record it.
        status: how it ended.
        stages: names of its assets.
        cutoffs: first and last key of its range, or the one key twice; None without partitions.
    """

    run_id: str
    status: str
    stages: frozenset[str]
    cutoffs: tuple[str, str] | None


@dataclass(frozen=True)
class DagsterDev:
    """A running `dagster dev`.

    Attributes:
        address: of its pages, without a slash at the end.
    """

    address: str

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask the web server what a page would ask it."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        head = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/graphql", body, head)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = json.load(answer)
        assert "errors" not in found, found["errors"]
        return found["data"]

    def asset(self, data_set: str, stage: str, fields: str) -> dict[str, Any]:
        """Fields of an asset, in GraphQL."""
        query = queries.ASSET.replace("FIELDS", fields)
        return self.ask(query, key={"path": [data_set, stage]})["assetNodeOrError"]

    # --- what a person does ---

    def materialize(self, data_set: str, stages: Sequence[str], key: str | None = None) -> Run:
        """Launch a run of assets, at one cutoff where they have some; the run, once it is over."""
        return self.ended(self.launch(data_set, stages, key))

    def launch(self, data_set: str, stages: Sequence[str], key: str | None = None) -> str:
        """The same without waiting; the id of the run."""
        tags = [] if key is None else [{"key": "dagster/partition", "value": key}]
        selector = {
            "pipelineName": "__ASSET_JOB",
            "repositoryName": "__repository__",
            "repositoryLocationName": "hindcast",
            "assetSelection": _keys(data_set, stages),
        }
        asked = {"selector": selector, "mode": "default", "executionMetadata": {"tags": tags}}
        launched = self.ask(queries.LAUNCH_RUN, asked=asked)["launchPipelineExecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return launched["run"]["runId"]

    def backfill(self, data_set: str, stages: Sequence[str], cutoffs: Sequence[str]) -> list[Run]:
        """Launch a backfill of assets over cutoffs; its runs, the first first, once it is over."""
        asked = {"assetSelection": _keys(data_set, stages), "partitionNames": list(cutoffs)}
        launched = self.ask(queries.LAUNCH_BACKFILL, asked=asked)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return self.backfilled(launched["backfillId"])

    # --- what a person sees ---

    def ended(self, run_id: str, seconds: float = 120) -> Run:
        """A run, once it has ended."""

        def answer() -> Run | None:
            run = _run_of(self.ask(queries.RUN, id=run_id)["runOrError"])
            return run if run.status in _ENDED else None

        return wait_for(answer, seconds)

    def backfilled(self, backfill_id: str, seconds: float = 180) -> list[Run]:
        """The runs of a backfill, the first first, once it is over."""

        def answer() -> list[Run] | None:
            found = self.ask(queries.BACKFILL, id=backfill_id)["partitionBackfillOrError"]
            runs = [_run_of(run) for run in reversed(found["runs"])]
            is_over = found["status"] not in ("REQUESTED", "COMPLETED_RUNS_REQUESTED", "FAILING")
            return runs if is_over and all(run.status in _ENDED for run in runs) else None

        return wait_for(answer, seconds)

    def log(self, run_id: str) -> list[str]:
        """What a run's page shows of what the stages said."""
        return [
            event["message"]
            for event in self.ask(queries.LOG, id=run_id)["logsForRun"]["events"]
            if event["__typename"] == "LogMessageEvent"
        ]

    def failures(self, run_id: str) -> list[str]:
        """The sentence of every step that failed."""
        return [
            (event["failureMetadata"] or {}).get("description") or event["error"]["message"]
            for event in self.ask(queries.LOG, id=run_id)["logsForRun"]["events"]
            if event["__typename"] == "ExecutionStepFailureEvent"
        ]

    def marks(self, data_set: str, stage: str, cutoffs: Sequence[str]) -> dict[str, str]:
        """FRESH, STALE or MISSING by cutoff."""
        fields = f"staleStatusByPartition(partitions: {json.dumps(list(cutoffs))})"
        found = self.asset(data_set, stage, fields)["staleStatusByPartition"]
        return dict(zip(cutoffs, found, strict=True))


def _keys(data_set: str, stages: Sequence[str]) -> list[dict[str, list[str]]]:
    return [{"path": [data_set, stage]} for stage in stages]


def _run_of(found: dict[str, Any]) -> Run:
    tags = {tag["key"]: tag["value"] for tag in found["tags"]}
    one = tags.get("dagster/partition")
    first = tags.get("dagster/asset_partition_range_start", one)
    last = tags.get("dagster/asset_partition_range_end", one)
    stages = frozenset(key["path"][-1] for key in found["assetSelection"] or ())
    cutoffs = (first, last) if first and last else None
    return Run(found["runId"], found["status"], stages, cutoffs)


def wait_for(answer: Callable[[], Found | None], seconds: float) -> Found:
    """What a function gives as soon as it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.2)
    return found


@contextmanager
def dagster_dev(small: SmallProject) -> Iterator[DagsterDev]:
    """`hindcast ui` in a process of its own, for as long as the block runs."""
    hurry = small.root / "hurry"
    hurry.mkdir()
    (hurry / "sitecustomize.py").write_text(_HURRY)
    path = os.pathsep.join(filter(None, [str(hurry), os.environ.get("PYTHONPATH")]))
    port, log = _free_port(), small.root / "dagster_dev.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "hindcast"), "ui", "--port", str(port)],
            cwd=small.root,
            env=environment(small) | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            stdout=said,
            stderr=said,
            start_new_session=True,
            preexec_fn=_default_interrupt,
        )
    dev = DagsterDev(f"http://127.0.0.1:{port}")
    try:
        wait_for(lambda: _answers(dev, process, log), 120)
        yield dev
    finally:
        _stop(process)


def _answers(dev: DagsterDev, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()[-3000:]
    with suppress(OSError):
        found = dev.ask(queries.STARTED)
        daemons = found["instance"]["daemonHealth"]["allDaemonStatuses"]
        return bool(found["assetNodes"]) and all(d["healthy"] for d in daemons if d["required"])
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does; what is left of its process group after half a minute is killed."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(30)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _default_interrupt() -> None:
    # A shell that starts the tests in the background ignores SIGINT for all its children.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
