"""After a run Dagster marks as stale what the plan calls due, and nothing else."""

import datetime as dt
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from pipeline.chain.stage import rnn_model
from pipeline.cli import main
from pipeline.components.marks import Marks
from pipeline.components.ticks import decide
from pipeline.components.told import is_told
from tests.components.conftest import DAGSTER_WARNS, Dagster, leave_out_pictures, shared
from tests.components.test_events import stale
from tests.components.test_runs import contents
from tests.strategies import ATTRIBUTES, ROWS, STAGES, SmallProject, values_of

pytestmark = [*DAGSTER_WARNS, pytest.mark.slow]
slow = pytest.mark.slow

CUTOFFS = {"first": "2003-05-01", "last": "2003-12-01"}
CHANGES = {"cutoffs": CUTOFFS, "columns": {"ds": "date", "y": "value", "hist_exog": ["x"]}}


def hindcast(*arguments: str) -> str:
    """What the command says; it succeeds."""
    done = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def _whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    with shared(folder) as patch:
        leave_out_pictures(patch)
        small = SmallProject.write(folder / "project", **CHANGES)
        for number, stem in enumerate("ab"):
            small.write_series(stem, values_of(number), x=[k % 5 for k in range(ROWS)])
        hindcast("run", "toy")
    return folder


@pytest.fixture
def small(_whole: Path, tmp_path: Path, _own_environment: None) -> SmallProject:
    """Eight cutoffs with a column that only the network reads; all is made, through Dagster."""
    for name in ("project", "history"):
        shutil.copytree(_whole / name, tmp_path / name)
    return SmallProject(tmp_path / "project", attributes=deepcopy(ATTRIBUTES) | CHANGES)


def marked(small: SmallProject) -> set[tuple[str, str]]:
    """What Dagster's resolver calls stale or missing; ours says the same."""
    dagster = Dagster(small)
    found = stale(dagster)
    with dg.DagsterInstance.get() as instance:
        marks = Marks(instance, small.known)
        ours = {
            (stage.name, cutoff.key)
            for stage in STAGES
            for cutoff in small.known.cutoffs
            if stage.per_cutoff and not marks.is_fresh(stage, cutoff.key)
        }
    assert ours == found
    return found


def correct_a_column(small: SmallProject) -> None:
    """Of no interest to scores, whose horizon reaches there from two cutoffs before."""
    lines = small.lines("a")
    place = next(k for k, line in enumerate(lines) if line.startswith("2003-09-01"))
    lines[place] = lines[place].rsplit(",", 1)[0] + ",99"
    small.write_lines("a", lines)


def correct_a_target(small: SmallProject) -> None:
    small.correct("a", "2003-09-01", 33.3)


def refit_the_network_less_often(small: SmallProject) -> None:
    small.set_network(refit=6)


def refit_the_baseline_less_often(small: SmallProject) -> None:
    small.set_baseline("ar", refit=6)


@pytest.mark.parametrize(
    "change",
    [
        correct_a_column,
        pytest.param(correct_a_target, marks=slow),
        pytest.param(refit_the_network_less_often, marks=slow),
        pytest.param(refit_the_baseline_less_often, marks=slow),
    ],
)
def test_after_a_run_nothing_is_marked_and_nothing_is_due(small, change: Callable):
    assert marked(small) == set()
    change(small)
    assert "done" in hindcast("run", "toy")
    assert small.plan() == []
    assert marked(small) == set()
    assert hindcast("run", "toy") == "toy: nothing is due\n"


@slow
def test_after_a_correction_that_two_runs_make_nothing_is_marked(small):
    correct_a_target(small)
    hindcast("run", "toy", "--cutoffs", "2003-09-01..2003-10-01")
    due = {(d.stage, d.cutoff) for d in small.plan() if d.cutoff}
    assert {pair for pair in marked(small) if pair[0] == "windows"} == {
        pair for pair in due if pair[0] == "windows"
    }
    hindcast("run", "toy")
    assert small.plan() == []
    assert marked(small) == set()


def test_a_setting_that_makes_nothing_due_is_told_by_a_run_that_makes_nothing(small):
    small.declare(max_staleness=1)
    assert small.plan() == []
    keys = [cutoff.key for cutoff in small.known.cutoffs]
    assert marked(small) == {("windows", key) for key in keys}
    before = small.contents()
    said = hindcast("run", "toy")
    assert said == (
        "toy: nothing is due; recorded anew for Dagster, as they lie there: windows 8\n"
    )
    assert marked(small) == set()
    assert small.contents() == before
    assert hindcast("run", "toy") == "toy: nothing is due\n"


@slow
def test_the_sensor_tells_it_too(small):
    small.declare(max_staleness=1)
    with dg.DagsterInstance.get() as instance:
        now = dt.datetime.now(dt.UTC)
        tick = decide(small.project, small.data_set, instance, now=now)
    assert tick.requests == []
    assert marked(small) == set()


@slow
def test_what_a_failed_run_left_marked_the_next_one_tells(small, monkeypatch):
    small.declare(max_staleness=1)
    small.set_network(steps=4)
    with monkeypatch.context() as patch:
        patch.setattr(rnn_model, "make", lambda *_: 1 / 0)
        done = CliRunner().invoke(main, ["run", "toy"])
        assert done.exit_code == 1
    assert not is_told(small.project, small.data_set)
    assert {stage for stage, _ in marked(small)} >= {"windows", "rnn_model"}
    hindcast("run", "toy")
    assert is_told(small.project, small.data_set)
    assert marked(small) == set()


@slow
def test_a_history_that_was_lost_is_told_what_is_stored(small, tmp_path):
    for path in (tmp_path / "history").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert "recorded anew" in hindcast("run", "toy")
    assert marked(small) == set()
    dagster = Dagster(small)
    for stage in (stage.name for stage in STAGES if stage.per_cutoff):
        assert dagster.versions(stage) == contents(dagster, stage)
    with dg.DagsterInstance.get() as instance:
        for stage in ("raw_observations", "clean_observations", "leaderboard", "report"):
            assert instance.get_latest_materialization_event(dagster.key(stage)) is not None


def test_what_is_recorded_anew_keeps_its_curves_and_says_nothing_of_a_run(small):
    small.declare(max_staleness=1)
    hindcast("run", "toy")
    with dg.DagsterInstance.get() as instance:
        key = dg.AssetKey(["toy", "windows"])
        (record,) = instance.fetch_materializations(key, limit=1).records
    told = record.asset_materialization.metadata
    assert told["n_ready"].value == 2
    assert told["dagster/row_count"].value > 0
    assert not {"made", "reused", "seconds", "path", "not_ready"} & set(told)
    assert record.run_id == ""
    # An append writes one per cutoff, and Dagster keeps each twice.
    assert len(dg.serialize_value(record.event_log_entry)) < 2_000
