"""What `hindcast ui` says at the terminal while somebody works in the UI, and how it ends."""

import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.strategies import SmallProject
from tests.system import dagster_dev as server
from tests.system.conftest import LAST, command, environment
from tests.system.dagster_dev import dagster_dev, wait_for

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


def test_what_a_script_started_in_the_background_it_can_end_and_start_again(tmp_path):
    small = SmallProject.write(tmp_path / "project", cutoffs=LAST)
    for port in (server._free_port(), server._free_port()):
        ui = _in_the_background(small, port)
        try:
            wait_for(lambda: _has_a_page(ui, port), 120)  # noqa: B023 - called here
            second = command(small, "hindcast", "ui", "--port", str(server._free_port()))
            assert second.returncode == 2
            assert f"runs already at http://127.0.0.1:{port} " in second.stderr
            ui.terminate()
            assert ui.wait(60) == 0
            wait_for(lambda: not _group_lives(ui.pid), 60)  # noqa: B023 - called here
        finally:
            with suppress(ProcessLookupError):
                os.killpg(ui.pid, signal.SIGKILL)
            ui.wait()


def _in_the_background(small: SmallProject, port: int) -> subprocess.Popen[bytes]:
    """As a shell without a terminal starts `hindcast ui &`."""
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "hindcast"), "ui", "--port", str(port)],
        cwd=small.root,
        env=environment(small),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )


def _has_a_page(ui: subprocess.Popen[bytes], port: int) -> bool:
    assert ui.poll() is None
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info"):
        return True
    return False


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


_EVENTS = """query Events($id: ID!) {
  logsForRun(runId: $id, limit: 1000) { ... on EventConnection { events { __typename } } }
}"""
