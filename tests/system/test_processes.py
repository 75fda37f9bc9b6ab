"""Real processes: every way of running gives the same bytes, and a killed run is carried on."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dagster import DagsterInstance

from tests.strategies import SmallProject, months
from tests.system.conftest import command, environment
from tests.system.dagster_dev import wait_for

pytestmark = pytest.mark.slow

RANGE = "2003-09-01...2003-12-01"


@pytest.fixture(scope="module")
def by_command(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A project after `hindcast run` in a process of its own."""
    small = SmallProject.write(
        tmp_path_factory.mktemp("by_command") / "project",
        cutoffs={"first": "2003-09-01", "last": "2003-12-01"},
    )
    done = command(small, "hindcast", "run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("toy: done; ")
    return small


def same(ours: SmallProject, theirs: SmallProject) -> None:
    """Every fold and every network holds the same bytes, and nothing is due."""
    assert ours.fold_bytes() == theirs.fold_bytes()
    assert ours.contents() == theirs.contents()
    assert ours.networks() == theirs.networks()
    assert ours.plan() == []


def test_the_command_line_makes_what_the_chain_makes(by_command, finished):
    same(by_command, finished)


def test_dagsters_own_command_makes_the_same_bytes(small, by_command):
    (small.root / ".dagster_home").mkdir()
    done = command(
        small,
        *("dagster", "asset", "materialize", "-m", "pipeline.definitions"),
        *("--select", "group:toy", "--partition-range", RANGE),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    same(small, by_command)


def test_the_definitions_are_valid(small):
    (small.root / ".dagster_home").mkdir()
    done = command(small, "dagster", "definitions", "validate", "-w", "workspace.yaml")
    assert done.returncode == 0, done.stderr[-3000:]


def test_another_number_of_threads_leaves_the_baselines_as_they_are(small, by_command):
    done = command(small, "hindcast", "run", extra={"OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    ours, theirs = small.contents(), by_command.contents()
    for place, held in theirs.items():
        if place[1] in ("clean_observations", "windows", "baseline_forecasts"):
            assert ours[place] == held


def test_two_first_runs_at_once_both_make_the_same_bytes(small, by_command):
    processes = [
        subprocess.Popen(
            [str(Path(sys.executable).parent / "hindcast"), "run"],
            cwd=small.root,
            env=environment(small),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    same(small, by_command)


# --- killed ---


def stored(small: SmallProject, stage: str) -> int:
    return len(small.project.store.list("toy", stage))


@pytest.mark.parametrize("stage", ["windows", "rnn_model", "scores"])
def test_a_killed_run_is_carried_on_to_the_same_bytes(tmp_path, stage):
    cutoffs = {"first": "2002-12-01", "last": "2003-12-01"}
    small = SmallProject.write(tmp_path / "killed", cutoffs=cutoffs)
    whole = SmallProject.write(tmp_path / "whole", cutoffs=cutoffs)
    whole.run()
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "hindcast"), "run"],
        cwd=small.root,
        env=environment(small),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while stored(small, stage) == 0 and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.kill()
    assert process.wait() in (-signal.SIGKILL, 0)
    due = small.due()
    for by_cutoff in due.values():
        assert set(by_cutoff) <= {None, *months("2002-12", "2003-12")}
    done = command(small, "hindcast", "run")
    assert done.returncode == 0, done.stderr
    same(small, whole)
    assert set(statuses(small)) <= {"SUCCESS", "FAILURE"}


def statuses(small: SmallProject) -> list[str]:
    """How every run of the project's history ended, the newest first."""
    with DagsterInstance.from_config(str(small.root / ".dagster_home")) as instance:
        return [run.status.value for run in instance.get_runs()]


def test_a_run_killed_while_it_held_the_gpu_does_not_block_the_next_one(tmp_path):
    small = SmallProject.write(
        tmp_path / "project", cutoffs={"first": "2003-09-01", "last": "2003-12-01"}
    )
    small.set_network(steps=1_000_000)
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "hindcast"), "run"],
        cwd=small.root,
        env=environment(small),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: holds_the_gpu(small) or process.poll() is not None, 120)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert statuses(small)[0] == "STARTED"
    small.set_network(steps=3)
    done = command(small, "hindcast", "run")
    assert done.returncode == 0, done.stderr
    assert statuses(small)[:2] == ["SUCCESS", "FAILURE"]


def holds_the_gpu(small: SmallProject) -> bool:
    home = small.root / ".dagster_home"
    if stored(small, "baseline_forecasts") < 4:
        return False
    with DagsterInstance.from_config(str(home)) as instance:
        return bool(instance.event_log_storage.get_concurrency_info("gpu").claimed_slots)
