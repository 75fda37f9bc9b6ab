"""A training whose process is killed in the middle of a pack goes on from its last checkpoint."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from pipeline.chain.checkpoints import ABANDONED, SECONDS, VARIABLE, StoredCheckpoint
from pipeline.chain.stage.rnn_model import NAME, UNFINISHED
from pipeline.errors import InputError
from tests.strategies import REPOSITORY, SmallProject

pytestmark = pytest.mark.usefixtures("first_steps_checked")

SCRIPT = """
import sys
from pathlib import Path
from tests.strategies import SmallProject

small = SmallProject(Path(sys.argv[1]))
small.run(stages=["rnn_model"])
"""


def places(small: SmallProject) -> list:
    return sorted((small.root / "storage").glob(f"*/{NAME}/{UNFINISHED}/*/*/manifest.json"))


def step_of(small: SmallProject) -> int:
    """The step that the checkpoint stands at; 0 without one."""
    for manifest in places(small):
        part, order = manifest.parent.name, manifest.parent.parent.name
        place = ("toy", NAME, UNFINISHED, order)
        saved = StoredCheckpoint(small.project.store, *place).load(part)
        if saved is not None:
            return int(saved["step"][0])
    return 0


def start(small: SmallProject, **variables: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(small.root)],
        cwd=REPOSITORY,
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_killed_in_the_middle_of_a_pack_and_resumed_is_uninterrupted(write):
    # Enough steps to be killed among them; the second network ends early and is dropped.
    slow = {"steps": 800, "early_stop_patience_steps": 300, "shrinkage": False}
    slow |= {"seeds": 1, "refit": 6}
    one, two = write("one"), write("two")
    for small in (one, two):
        small.set_network("rnn", **slow)
        small.run(stages=["raw_observations", "clean_observations", "windows"])
    one.run(stages=["rnn_model"])
    assert not places(one), "what is committed needs no checkpoint"

    process = start(two, **{VARIABLE: "0"})
    until = time.monotonic() + 120
    while step_of(two) < 100 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"
    saved = step_of(two)
    assert saved >= 100
    assert not two.networks()

    told = []
    two.run(stages=["rnn_model"], say=lambda done, total, what: told.append(done / total))
    assert told[0] * 800 >= saved, "it began at the beginning"
    assert two.networks() == one.networks()
    assert not places(two)
    for small in (one, two):
        small.run()
    assert two.fold_bytes() == one.fold_bytes()


class Stopped(BaseException):
    """The run is gone."""


def stop(done: float, total: int, what: str) -> None:
    """Stop at the third stretch of steps: there is a checkpoint by then."""
    if done / total > 0.2:
        raise Stopped


def test_the_same_networks_in_another_order_do_not_take_up_each_others_weights(write, monkeypatch):
    monkeypatch.setenv(VARIABLE, "0")
    one, two = write("one"), write("two")
    for small in (one, two):
        small.set_network("rnn", steps=100, seeds=1)
        small.run(stages=["raw_observations", "clean_observations", "windows"])
    one.run(stages=["rnn_model"])
    with pytest.raises(Stopped):
        two.run(stages=["rnn_model"], say=stop)
    assert step_of(two) >= 10
    assert not two.networks()
    backwards = [cutoff.key for cutoff in reversed(two.known.cutoffs)]
    ran = two.run(backwards, stages=["rnn_model"])
    assert ran.trained == len(one.networks())
    assert [done.cutoff.key for done in ran.done["rnn_model"]] == backwards
    assert two.networks() == one.networks()


def test_what_nobody_finishes_is_removed_after_a_week(write, monkeypatch):
    monkeypatch.setenv(VARIABLE, "0")
    small = write()
    small.set_network("rnn", steps=100, seeds=1)
    small.run(stages=["raw_observations", "clean_observations", "windows"])
    with pytest.raises(Stopped):
        small.run(stages=["rnn_model"], say=stop)
    (left,) = places(small)

    def run_with(learning_rate: float) -> list:
        small.set_network("rnn", learning_rate=learning_rate)
        assert small.run(stages=["rnn_model"]).trained
        return places(small)

    assert run_with(0.01) == [left], "another run may be at it"
    age_of(left.parents[1], ABANDONED - 60)
    assert run_with(0.02) == [left]
    age_of(left.parents[1], ABANDONED + 60)
    assert run_with(0.04) == []
    assert not left.parents[1].exists()
    assert left.parents[2].exists()
    assert len(small.networks()) > 0


def age_of(folder, seconds: float) -> None:
    """Let a folder look as if nothing in it had been written for so long."""
    then = time.time() - seconds
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (then, then))


def test_a_damaged_checkpoint_is_no_checkpoint(finished):
    checkpoint = StoredCheckpoint(finished.project.store, "toy", NAME, UNFINISHED, "pack")
    assert checkpoint.load("0-4") is None
    checkpoint.save("0-4", {"step": np.array([50])})
    assert checkpoint.load("0-4")["step"].tolist() == [50]
    (manifest,) = places(finished)
    (state,) = manifest.parent.glob("*.safetensors")
    state.write_bytes(state.read_bytes()[:-3])
    assert checkpoint.load("0-4") is None
    checkpoint.forget()
    assert not places(finished)


def test_the_seconds_between_checkpoints_are_declared(finished, monkeypatch):
    def checkpoint():
        return StoredCheckpoint(finished.project.store, "toy", NAME, UNFINISHED, "pack")

    assert SECONDS > 1
    assert not checkpoint().is_due()
    monkeypatch.setenv(VARIABLE, "0")
    assert checkpoint().is_due()
    monkeypatch.setenv(VARIABLE, "often")
    with pytest.raises(InputError, match="number of seconds, not 'often'"):
        checkpoint()
