"""What a tick asks for, and what it says where it asks for nothing."""

from pathlib import Path

import dagster as dg
import pytest

from pipeline.chain.checked import check
from pipeline.components.launch import LIFE
from tests.components.automation.automatic import (
    Automatic,
    checks_that_ran,
    cutoffs_of,
    forget_scores,
    stages,
)
from tests.components.conftest import DAGSTER_WARNS
from tests.strategies import months

pytestmark = DAGSTER_WARNS


@pytest.mark.slow
def test_cutoffs_that_came_late_are_caught_up_in_one_run_with_its_checks(made):
    made.append(48)
    made.append(49)
    (request,) = made.schedule("2004-03-01").run_requests
    assert cutoffs_of(request) == months("2003-11", "2004-02")
    assert made.execute([request], "2004-03-01") == [True]
    every = {"no_leak", "some_fold_is_ready", "references_suit", "live_skill"}
    assert checks_that_ran(made) == every
    assert made.small.plan() == []
    again = made.schedule("2004-03-01")
    assert again.run_requests == []
    assert again.skip_message == (
        "nothing is due: all is made up to cutoff 2004-02-01; the last observation is of "
        "2004-02-01; the next cutoff, 2004-03-01, ends with 2004-04-01 00:00 UTC"
    )


def test_every_contiguous_stretch_that_is_due_has_a_run_of_its_own(made):
    known = made.small.known
    check(known, made.small.project.store, known.cutoffs)
    forget_scores(made, "2003-08-01", "2003-11-01", "2003-12-01")
    requests = made.schedule("2004-01-01").run_requests
    assert [cutoffs_of(r) for r in requests] == [["2003-08-01"], months("2003-11", "2003-12")]
    assert [stages(r) for r in requests] == [["scores", "leaderboard", "report"]] * 2
    assert requests[0].run_key != requests[1].run_key


def test_of_many_stretches_the_oldest_come_first_and_the_rest_at_the_next_tick(made):
    keys = months("2003-04", "2003-12")[::2]
    forget_scores(made, *keys)
    requests = made.sensor("2004-01-01").run_requests
    assert [cutoffs_of(r) for r in requests] == [[key] for key in keys[:4]]
    made.small.run(keys[:4])
    (last,) = made.sensor("2004-01-01").run_requests
    assert cutoffs_of(last) == [keys[4]]


def test_where_no_cutoff_is_due_the_run_has_none(made):
    (made.small.project.store.folder("toy", "leaderboard") / "manifest.json").unlink()
    (request,) = made.schedule("2004-01-01").run_requests
    assert (stages(request), cutoffs_of(request)) == (["leaderboard", "report"], [])


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
        tags={LIFE: "of-a-process-that-is-no-more"},
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
