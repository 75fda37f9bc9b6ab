"""What runs by itself: real ticks at a time that the test sets, and the runs that they ask for."""

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import freeze_time

from pipeline.chain.stages import stages_of
from pipeline.definitions import definitions_of_project
from tests.components.conftest import DAGSTER_WARNS
from tests.strategies import SmallProject, month, months

pytestmark = DAGSTER_WARNS

GROWING = {"first": "2003-11-01"}
SCHEDULE, SENSOR = "toy_when_a_cutoff_ends", "toy_when_files_change"
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


def on(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)


CHANGED = "files changed; they are read at the next look"


class Automatic:
    """A small project whose schedule and sensor tick when the test says so.

    Dagster's clock is held at the time of the tick: definitions, assets and checks read the same.
    """

    def __init__(self, small: SmallProject, instance: dg.DagsterInstance) -> None:
        self.small = small
        self.instance = instance
        self.cursor: str | None = None
        self.repository = definitions_of_project(small.project).get_repository_def()

    @contextmanager
    def at(self, day: str) -> Iterator[dt.datetime]:
        now = on(day)
        self.small.now = now
        with freeze_time(now):
            yield now

    def schedule(self, day: str):
        """A tick of the schedule."""
        with self.at(day) as now:
            context = dg.build_schedule_context(
                self.instance,
                now,
                resources={"project": self.small.project},
                repository_def=self.repository,
            )
            return self.repository.get_schedule_def(SCHEDULE).evaluate_tick(context)

    def sensor(self, day: str):
        """A tick of the sensor, with the cursor that its last one left."""
        with self.at(day):
            context = dg.build_sensor_context(
                self.instance,
                self.cursor,
                resources={"project": self.small.project},
                repository_def=self.repository,
            )
            data = self.repository.get_sensor_def(SENSOR).evaluate_tick(context)
        self.cursor = data.cursor
        return data

    def settled_sensor(self, day: str):
        """Ticks until changed files were found the same once."""
        data = self.sensor(day)
        return self.sensor(day) if data.skip_message == CHANGED else data

    def execute(self, requests: Sequence[dg.RunRequest], day: str) -> list[bool]:
        """Run what was asked for, as the daemon does, one after the other; whether it succeeded."""
        return [self._execute(request, day) for request in requests]

    def _execute(self, request: dg.RunRequest, day: str) -> bool:
        assert request.run_key is not None
        with self.at(day):
            result = self.repository.get_job("toy").execute_in_process(
                instance=self.instance,
                asset_selection=request.asset_selection,
                tags=dict(request.tags) | {"dagster/run_key": request.run_key},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
        return result.success

    def runs(self) -> list[dg.DagsterRun]:
        return list(self.instance.get_runs())

    def append(self, number: int, *stems: str) -> None:
        """A month more at the end of each file."""
        for stem in stems or "ab":
            lines = self.small.lines(stem)
            self.small.write_lines(stem, [*lines, f"{month(number)},{20 + number % 7}"])

    def changes(self, before: dict) -> set[tuple[str, str | None]]:
        """Stages and cutoffs of which something holds other content than before."""
        after = self.small.contents()
        places = {p for p in before | after if before.get(p) != after.get(p)}
        return {(place[1], place[2] if len(place) > 2 else None) for place in places}


def cutoffs_of(request: dg.RunRequest) -> list[str]:
    if "dagster/partition" in request.tags:
        return [request.tags["dagster/partition"]]
    ends = [request.tags[tag][:7] for tag in RANGE if tag in request.tags]
    return months(*ends) if ends else []


def stages(request: dg.RunRequest) -> list[str]:
    return [key.path[-1] for key in request.asset_selection or ()]


def checks_that_ran(automatic: Automatic) -> set[str]:
    (run, *_) = automatic.runs()
    events = automatic.instance.all_logs(
        run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    )
    return {e.dagster_event.asset_check_evaluation_data.check_name for e in events}


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    """Two series of four years to 2003-12; cutoffs from 2003-11 that grow with the clock."""
    return SmallProject.write(tmp_path / "project", cutoffs=GROWING)


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    small = SmallProject.write(
        tmp_path_factory.mktemp("made") / "project", cutoffs={"first": "2003-04-01"}
    )
    small.now = on("2004-01-01")
    small.run()
    return small


@pytest.fixture
def made(_made: SmallProject, tmp_path: Path, instance: dg.DagsterInstance) -> Automatic:
    """Nine cutoffs, 2003-04 to 2003-12, of which all is made; Dagster's history is empty."""
    return Automatic(_made.copy(tmp_path / "made"), instance)


@pytest.fixture
def automatic(small: SmallProject, instance: dg.DagsterInstance) -> Automatic:
    return Automatic(small, instance)


# --- what there is to be switched on ---


def test_schedule_and_sensor_are_off_until_somebody_switches_them_on(automatic):
    schedule = automatic.repository.get_schedule_def(SCHEDULE)
    sensor = automatic.repository.get_sensor_def(SENSOR)
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    assert sensor.default_status == dg.DefaultSensorStatus.STOPPED
    assert schedule.job_name == sensor.job_name == "toy"


def test_the_job_is_the_whole_chain_with_its_checks(automatic):
    layer = automatic.repository.get_job("toy").asset_layer
    names = {key.path[-1] for key in layer.selected_asset_keys}
    assert names == {stage.name for stage in stages_of(automatic.small.data_set)}
    assert {key.name for key in layer.asset_graph.asset_check_keys} == {
        "no_leak",
        "some_fold_is_ready",
    }


def test_a_schedule_says_when_it_ticks(small, instance):
    small.declare(timezone="Europe/Berlin", publication_lag=5)
    schedule = Automatic(small, instance).repository.get_schedule_def(SCHEDULE)
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 0 6 * *", "Europe/Berlin")
    assert "at midnight in Europe/Berlin, 5 days after it" in schedule.description


# --- a year ---


@pytest.mark.slow
def test_a_year_of_monthly_deliveries_by_the_schedule(automatic):
    """On time, late, correcting the past, broken: every run is what the plan said, no more."""
    small = automatic.small

    def tick(day: str, *, wanted: list[str]) -> None:
        due = {(d.stage, d.cutoff) for d in _plan_at(automatic, day)}
        before = small.contents()
        requests = automatic.schedule(day).run_requests
        assert [c for request in requests for c in cutoffs_of(request)] == wanted
        assert all(automatic.execute(requests, day))
        assert automatic.changes(before) <= due
        assert small.plan() == []

    tick("2004-01-01", wanted=months("2003-11", "2003-12"))
    for number in (48, 49):  # January and February are there on the first of the next month
        automatic.append(number)
        tick(month(number + 1), wanted=_rescored(number))
    late = automatic.schedule("2004-04-01")  # March is not
    assert late.run_requests == []
    assert "awaited is that of 2004-03-01, for cutoff 2004-03-01" in late.skip_message
    automatic.append(50)
    automatic.append(51)
    requests = automatic.schedule("2004-05-01").run_requests
    assert [cutoffs_of(r) for r in requests] == [months("2004-01", "2004-04")]
    automatic.execute(requests, "2004-05-01")
    automatic.append(52)
    small.correct("a", "2004-02-01", 3.25)
    untouched = _entries_of(small, "b")
    tick("2004-06-01", wanted=months("2003-12", "2004-05"))
    assert {k: v for k, v in _entries_of(small, "b").items() if k in untouched} == untouched
    automatic.append(53)
    small.correct("b", "2004-06-01", "lots")
    served = small.contents(), small.fold_bytes()
    broken = automatic.schedule("2004-07-01").run_requests
    assert [(stages(r), cutoffs_of(r)) for r in broken] == [
        (["raw_observations", "clean_observations"], [])
    ]
    assert automatic.execute(broken, "2004-07-01") == [False]
    assert (small.contents(), small.fold_bytes()) == served
    assert 'b.csv line 55, column value: "lots" is not a number' in _told(automatic)
    small.correct("b", "2004-06-01", 21.5)
    automatic.append(54)
    tick("2004-08-01", wanted=months("2004-04", "2004-07"))
    for number in range(55, 60):
        automatic.append(number)
        tick(month(number + 1), wanted=_rescored(number))
    assert small.project.store.list("toy", "rnn_forecasts") == months("2003-11", "2004-12")


def _plan_at(automatic: Automatic, day: str):
    with automatic.at(day):
        return automatic.small.plan()


def _rescored(number: int) -> list[str]:
    """The cutoff of a month, and the two whose horizon (two steps) its actual reaches."""
    return [month(k) for k in range(number - 2, number + 1)]


def _entries_of(small: SmallProject, unique_id: str) -> dict:
    """What is stored of a series by cutoff, but for scores that a new actual may add to."""
    return {
        (place, slot): content
        for place, entries in small.contents().items()
        for slot, content in entries.items()
        if slot.unique_id == unique_id and place[1] in ("baseline_forecasts", "rnn_forecasts")
    }


def _told(automatic: Automatic) -> str:
    """What the newest run failed with, as its page shows it."""
    (run, *_) = automatic.runs()
    (failed,) = [
        e.dagster_event.step_failure_data
        for e in automatic.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    ]
    assert failed.user_failure_data is not None
    return failed.user_failure_data.description or ""


# --- what a tick asks for ---


def test_cutoffs_that_came_late_are_caught_up_in_one_run_with_its_checks(made):
    made.append(48)
    made.append(49)
    (request,) = made.schedule("2004-03-01").run_requests
    assert cutoffs_of(request) == months("2003-11", "2004-02")
    assert made.execute([request], "2004-03-01") == [True]
    assert checks_that_ran(made) == {"no_leak", "some_fold_is_ready"}
    assert made.small.plan() == []
    again = made.schedule("2004-03-01")
    assert again.run_requests == []
    assert again.skip_message == (
        "nothing is due: all is made up to cutoff 2004-02-01; the last observation is of "
        "2004-02-01; the next cutoff, 2004-03-01, ends with 2004-04-01 00:00 UTC"
    )


def test_every_contiguous_stretch_that_is_due_has_a_run_of_its_own(made):
    forget_scores(made, "2003-08-01", "2003-11-01", "2003-12-01")
    requests = made.schedule("2004-01-01").run_requests
    assert [cutoffs_of(r) for r in requests] == [["2003-08-01"], months("2003-11", "2003-12")]
    assert [stages(r) for r in requests] == [["scores", "leaderboard"]] * 2
    assert requests[0].run_key != requests[1].run_key


def test_of_many_stretches_the_oldest_come_first_and_the_rest_at_the_next_tick(made):
    keys = months("2003-04", "2003-12")[::2]
    forget_scores(made, *keys)
    requests = made.sensor("2004-01-01").run_requests
    assert [cutoffs_of(r) for r in requests] == [[key] for key in keys[:4]]
    made.small.run(keys[:4])
    (last,) = made.sensor("2004-01-01").run_requests
    assert cutoffs_of(last) == [keys[4]]


def forget_scores(automatic: Automatic, *keys: str) -> None:
    for key in keys:
        (automatic.small.project.store.folder("toy", "scores", key) / "manifest.json").unlink()


def test_where_no_cutoff_is_due_the_run_has_none(made):
    (made.small.project.store.folder("toy", "leaderboard") / "manifest.json").unlink()
    (request,) = made.schedule("2004-01-01").run_requests
    assert (stages(request), cutoffs_of(request)) == (["leaderboard"], [])


def test_a_cutoff_without_a_ready_fold_is_never_asked_for(made):
    data = made.schedule("2004-03-01")
    assert data.run_requests == []
    assert data.skip_message == (
        "nothing is due: all is made up to cutoff 2003-12-01; the last observation is of "
        "2003-12-01; awaited is that of 2004-01-01, for cutoff 2004-01-01, whose window has ended"
    )


def test_before_there_is_anything_to_forecast_a_tick_says_so(small, instance):
    small.declare(cutoffs={"first": "2004-05-01"})
    early = Automatic(small, instance)
    assert early.schedule("2004-05-01").skip_message == (
        "toy has no cutoff yet: its first, 2004-05-01, is not over"
    )
    said = early.schedule("2004-06-01").skip_message
    assert "no series is ready at 2004-05-01" in said
    assert "the last observation is of 2003-12-01" in said


def test_past_the_declared_last_cutoff_a_tick_says_that_nothing_comes_by_itself(made):
    made.small.declare(cutoffs={"first": "2003-04-01", "last": "2003-12-01"})
    data = Automatic(made.small, made.instance).schedule("2004-09-01")
    assert data.run_requests == []
    assert data.skip_message.endswith(
        "cutoffs.last is reached, so only a changed file or declaration brings work"
    )


def test_while_a_run_of_the_data_set_goes_on_none_is_asked_for(made):
    made.append(48)
    going = dg.DagsterRun(
        job_name="__ASSET_JOB",
        asset_selection=frozenset({dg.AssetKey(["toy", "scores"])}),
        status=dg.DagsterRunStatus.STARTED,
    )
    made.instance.add_run(going)
    for tick in (made.schedule, made.settled_sensor):
        data = tick("2004-02-01")
        assert data.run_requests == []
        assert data.skip_message == (
            f"run {going.run_id} of toy has not ended; asked again at the next tick"
        )
    made.instance.report_run_failed(going)
    assert len(made.sensor("2004-02-01").run_requests) == 1


def test_a_run_of_the_command_line_that_was_killed_is_not_waited_for(made):
    made.append(48)
    dead = dg.DagsterRun(
        job_name="__ASSET_JOB",
        asset_selection=frozenset({dg.AssetKey(["toy", "scores"])}),
        status=dg.DagsterRunStatus.STARTED,
        tags={"hindcast/life": "of-a-process-that-is-no-more"},
    )
    made.instance.add_run(dead)
    lock = Path(made.instance.root_directory) / "running" / "of-a-process-that-is-no-more.lock"
    lock.parent.mkdir()
    lock.touch()
    assert len(made.schedule("2004-02-01").run_requests) == 1
    assert made.instance.get_run_by_id(dead.run_id).status == dg.DagsterRunStatus.FAILURE


def test_runs_of_other_data_sets_hinder_nothing(made):
    made.append(48)
    made.instance.add_run(
        dg.DagsterRun(
            job_name="__ASSET_JOB",
            asset_selection=frozenset({dg.AssetKey(["other", "scores"])}),
            status=dg.DagsterRunStatus.STARTED,
        )
    )
    assert len(made.schedule("2004-02-01").run_requests) == 1


# --- a file that is refused ---


def test_a_broken_file_fails_a_run_with_its_sentence_and_changes_nothing_that_is_served(made):
    made.append(48)
    made.small.correct("a", "2003-05-01", "lots")
    served = made.small.contents(), made.small.fold_bytes()
    data = made.sensor("2004-02-01")
    assert [stages(r) for r in data.run_requests] == [["raw_observations", "clean_observations"]]
    assert made.execute(data.run_requests, "2004-02-01") == [False]
    assert _told(made).startswith('data/toy/a.csv line 42, column value: "lots" is not a number')
    assert (made.small.contents(), made.small.fold_bytes()) == served
    for _ in range(2):
        later = made.sensor("2004-02-01")
        assert later.run_requests == []
        assert _told(made) in later.skip_message
    made.small.correct("a", "2003-05-01", 21.5)
    (request,) = made.settled_sensor("2004-02-01").run_requests
    assert "rnn_forecasts" in stages(request)


def test_the_same_mistake_made_again_after_it_was_mended_is_told_again(made):
    keys = set()
    good = made.small.lines("a")
    for _ in range(2):
        made.small.correct("a", "2003-05-01", "lots")
        (request,) = made.schedule("2004-01-01").run_requests
        keys.add(request.run_key)
        made.small.write_lines("a", [*good[:-1], good[-1] + "1"])
        made.small.run()
        made.small.write_lines("a", good)
        made.small.run()
    assert len(keys) == 2


def test_what_is_declared_of_a_series_that_is_not_there_fails_a_run_too(made):
    made.small.declare(reference={"c": "naive"})
    mistaken = Automatic(made.small, made.instance)
    (request,) = mistaken.schedule("2004-01-01").run_requests
    assert (stages(request)[-1], cutoffs_of(request)) == ("windows", ["2003-12-01"])
    assert mistaken.execute([request], "2004-01-01") == [False]
    assert "there is no series 'c'; there are: a, b" in _told(mistaken)


# --- the sensor ---


def test_the_sensor_reads_no_file_that_looks_as_before(made):
    assert "nothing is due" in made.sensor("2004-02-01").skip_message
    path = made.small.file("a")
    times = path.stat()
    path.write_bytes(path.read_bytes().replace(b"2", b"3"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert "nothing is due" in made.sensor("2004-02-01").skip_message
    os.utime(path)
    assert made.settled_sensor("2004-02-01").run_requests


def test_a_file_that_still_grows_is_left_alone_once(made):
    made.sensor("2004-02-01")
    said = []
    for number in (48, 49, 50, 51):
        made.append(number)
        data = made.sensor("2004-02-01")
        said.append(data.skip_message == CHANGED)
    assert said == [True, False, True, False]


def test_the_end_of_a_window_alone_makes_the_sensor_ask_again(made):
    made.append(48)
    made.append(49)  # February's row is there before February is over
    made.small.now = on("2004-02-10")
    made.small.run()
    assert "nothing is due" in made.sensor("2004-02-10").skip_message
    (request,) = made.sensor("2004-03-01").run_requests
    assert cutoffs_of(request)[-1] == "2004-02-01"


def test_work_that_failed_is_not_started_again_by_the_sensor_until_something_changes(made):
    folder = made.small.project.store.folder("toy", "scores", "2003-12-01")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file where the folder belongs")
    (request,) = made.sensor("2004-01-01").run_requests
    assert made.execute([request], "2004-01-01") == [False]
    for _ in range(2):
        data = made.sensor("2004-01-01")
        assert data.run_requests == []
        assert "ended before in run" in data.skip_message
        assert made.runs()[0].run_id in data.skip_message
    (again,) = made.schedule("2004-01-01").run_requests  # once per tick the schedule tries
    assert again.run_key == request.run_key
    folder.unlink()
    made.append(48)
    assert len(made.settled_sensor("2004-01-01").run_requests) == 1


def test_a_correction_made_and_taken_back_and_made_again_is_work_each_time(made):
    keys = []
    for value in (3.25, 21.5, 3.25):
        made.small.correct("a", "2003-12-01", value)
        (request,) = made.schedule("2004-01-01").run_requests
        keys.append(request.run_key)
        made.small.run()
    assert len(set(keys)) == 3
