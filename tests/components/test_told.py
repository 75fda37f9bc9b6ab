"""What Dagster was told is what is stored, whatever happened: kills, wipes, a run beside another.

`hindcast run` with nothing due mends it, and says from then on that there is nothing to tell.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from pipeline.chain.stages import BY_NAME
from pipeline.cli import main
from pipeline.components import anew
from pipeline.components.marks import Marks
from pipeline.components.told import is_told
from tests.components.conftest import DAGSTER_WARNS, Dagster
from tests.components.test_events import stale
from tests.strategies import REPOSITORY, STAGES, SmallProject, months

pytestmark = [*DAGSTER_WARNS, pytest.mark.slow]
slow = pytest.mark.slow

KEYS = months("2003-09", "2003-12")
NOTHING = "toy: nothing is due\n"
KILLED = 9

KILL_AFTER = """
import os, sys
from pipeline.components import assets
from pipeline.cli import main

compute = assets.compute
def compute_and_die(context, stage, project, known):
    done = compute(context, stage, project, known)
    if stage.name == sys.argv[1]:
        os._exit(9)
    return done
assets.compute = compute_and_die
main(["run", "toy"])
"""
"""A process that is gone once a stage was committed, before Dagster hears of it."""


def hindcast(*arguments: str) -> str:
    """What the command says; it succeeds."""
    done = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def python(code: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )


def told(dagster: Dagster, stage: str) -> dict[str | None, str]:
    """By partition the newest version that Dagster has of an asset."""
    if BY_NAME[stage].per_cutoff:
        return {**dagster.versions(stage)}
    with dg.DagsterInstance.get() as instance:
        event = instance.get_latest_materialization_event(dagster.key(stage))
    assert event is not None
    return {None: event.asset_materialization.tags["dagster/data_version"]}


def stored(small: SmallProject, stage: str) -> dict[str | None, str]:
    """By partition the version of what lies in the store."""
    store = small.project.store
    places = {key: (small.name, stage, key) for key in store.list(small.name, stage)}
    if store.read(small.name, stage) is not None:
        places = {None: (small.name, stage)}
    return {key: store.read(*place).content for key, place in places.items()}


def assert_all_is_told(small: SmallProject) -> None:
    """Every event is of what is stored, nothing is marked or due, and a run knows it by itself."""
    dagster = Dagster(small)
    for stage in STAGES:
        assert told(dagster, stage.name) == stored(small, stage.name), stage.name
    assert stale(dagster) == set()
    assert small.plan() == []
    assert is_told(small.project, small.data_set)
    assert hindcast("run", "toy") == NOTHING


def correct_a_cell(small: SmallProject) -> None:
    small.correct("a", "2003-10-01", 31.0)


def append_a_month(small: SmallProject) -> None:
    """After the last cutoff: actuals come late for the last ones."""
    small.append_month("a", "b")


def correct_the_last_cell(small: SmallProject) -> None:
    """The run ends with the report."""
    small.correct("a", "2003-12-01", 27.0)


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        (correct_a_cell, "raw_observations"),
        pytest.param(append_a_month, "scores", marks=slow),
        pytest.param(correct_the_last_cell, "report", marks=slow),
    ],
)
def test_what_a_killed_run_committed_the_next_one_tells(ran, change: Callable, stage):
    small = ran.small
    hindcast("run", "toy")
    change(small)
    done = python(KILL_AFTER, stage)
    assert done.returncode == KILLED, done.stderr
    assert told(ran, stage) != stored(small, stage)
    assert not is_told(small.project, small.data_set)
    hindcast("run", "toy")
    assert_all_is_told(small)


@pytest.mark.parametrize("wiped", [["windows", "scores"], ["leaderboard"]])
def test_what_is_wiped_in_the_ui_is_told_again_though_nothing_is_due(ran, wiped):
    hindcast("run", "toy")
    assert is_told(ran.small.project, ran.small.data_set)
    with dg.DagsterInstance.get() as instance:
        instance.wipe_assets([ran.key(stage) for stage in wiped])
    assert "recorded anew for Dagster" in hindcast("run", "toy")
    assert_all_is_told(ran.small)


def move_in_the_project(small: SmallProject, folder: Path) -> Path:
    """The settings of the project's own home, which are copied there at the next start."""
    return small.root / "dagster.yaml"


def move_in_the_home(small: SmallProject, folder: Path) -> Path:
    return small.project.dagster_home / "dagster.yaml"


@slow
@pytest.mark.parametrize("where", [move_in_the_project, move_in_the_home])
def test_a_history_that_moved_elsewhere_is_told_what_is_stored(ran, where, tmp_path, monkeypatch):
    if where is move_in_the_project:
        (tmp_path / "history").rename(ran.small.root / ".dagster_home")
        monkeypatch.delenv("DAGSTER_HOME")
    hindcast("run", "toy")
    assert is_told(ran.small.project, ran.small.data_set)
    settings = where(ran.small, tmp_path)
    elsewhere = f"\nstorage: {{sqlite: {{base_dir: {tmp_path / 'elsewhere'}}}}}\n"
    settings.write_text(settings.read_text() + elsewhere)
    if where is move_in_the_project:
        monkeypatch.delenv("DAGSTER_HOME", raising=False)  # as in a new process
    assert "recorded anew for Dagster" in hindcast("run", "toy")
    assert_all_is_told(ran.small)
    assert (tmp_path / "elsewhere" / "history" / "runs" / "index.db").is_file()


@slow
def test_a_run_that_ends_between_look_and_events_of_another_leaves_nothing_marked(ran, monkeypatch):
    small, report, others = ran.small, anew._report, []
    hindcast("run", "toy")
    small.declare(max_staleness=1)

    def report_late(instance, events):
        if not others:
            correct_a_cell(small)
            others.append(python("from pipeline.cli import main; main(['run', 'toy'])"))
        report(instance, events)

    monkeypatch.setattr(anew, "_report", report_late)
    hindcast("run", "toy")
    assert [other.returncode for other in others] == [0]
    assert_all_is_told(small)


@slow
def test_a_cutoff_whose_observation_was_taken_back_is_told_as_empty_until_it_is_there_again(ran):
    small = ran.small
    hindcast("run", "toy")
    whole = {stage.name: stored(small, stage.name) for stage in STAGES}
    before = {stem: small.lines(stem) for stem in "ab"}
    for stem in "ab":
        small.correct(stem, "2003-10-01", "")
    hindcast("run", "toy")
    assert stale(Dagster(small)) == set()
    assert small.plan() == []
    assert hindcast("run", "toy") == NOTHING
    with dg.DagsterInstance.get() as instance:
        for stage in (stage for stage in STAGES if stage.per_cutoff):
            asked = dg.AssetRecordsFilter(ran.key(stage.name), asset_partitions=["2003-10-01"])
            (record,) = instance.fetch_materializations(asked, limit=1).records
            assert record.asset_materialization.metadata["n_ready"].value == 0
    for stem, lines in before.items():
        small.write_lines(stem, lines)
    hindcast("run", "toy")
    assert_all_is_told(small)
    assert {stage.name: stored(small, stage.name) for stage in STAGES} == whole


def test_every_cutoff_of_a_range_names_the_version_of_its_own_input(ran):
    with dg.DagsterInstance.get() as instance:
        marks = Marks(instance, ran.small.known)
        for stage in ("baseline_forecasts", "rnn_model"):
            asked = dg.AssetRecordsFilter(ran.key(stage), asset_partitions=KEYS)
            records = instance.fetch_materializations(asked, limit=len(KEYS)).records
            tag = "dagster/input_data_version/toy/windows"
            found = {r.partition_key: r.asset_materialization.tags[tag] for r in records}
            own = ran.versions("windows")
            assert found == {k: marks._version_of("windows", {k: own[k]}) for k in KEYS}
    assert len(set(found.values())) == len(KEYS)


def test_after_a_run_one_with_nothing_due_loads_no_dagster(ran):
    hindcast("run", "toy")
    done = python(
        "import sys\nfrom pipeline.cli import main\n"
        "main(['run', 'toy'], standalone_mode=False)\n"
        "assert 'dagster' not in sys.modules"
    )
    assert (done.returncode, done.stdout) == (0, NOTHING), done.stderr
