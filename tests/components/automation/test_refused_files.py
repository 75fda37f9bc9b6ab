"""A file that is refused: told, nothing that is served changes, and mended it goes on."""

import dagster as dg
import pytest

from tests.components.automation.automatic import Automatic, cutoffs_of, stages, told
from tests.components.conftest import DAGSTER_WARNS

pytestmark = [*DAGSTER_WARNS, pytest.mark.slow]


def test_a_broken_file_fails_a_run_with_its_sentence_and_changes_nothing_that_is_served(made):
    made.append(48)
    made.small.correct("a", "2003-05-01", "lots")
    served = made.small.contents(), made.small.fold_bytes()
    data = made.sensor("2004-02-01")
    assert [stages(r) for r in data.run_requests] == [["raw_observations", "clean_observations"]]
    assert made.execute(data.run_requests, "2004-02-01") == [False]
    assert told(made).startswith('data/toy/a.csv line 42, column value: "lots" is not a number')
    assert (made.small.contents(), made.small.fold_bytes()) == served
    for _ in range(2):
        later = made.sensor("2004-02-01")
        assert later.run_requests == []
        assert told(made) in later.skip_message
    made.small.correct("a", "2003-05-01", 21.5)
    (request,) = made.settled_sensor("2004-02-01").run_requests
    assert "served_forecasts" in stages(request)


def broken_and_restored(automatic: Automatic) -> None:
    """A run fails with the sentence; then the file is what it was, to the byte."""
    good = automatic.small.lines("a")
    automatic.small.correct("a", "2003-05-01", "lots")
    requests = automatic.settled_sensor("2004-01-01").run_requests
    assert automatic.execute(requests, "2004-01-01") == [False]
    automatic.small.write_lines("a", good)


def failed_last(automatic: Automatic) -> set[str]:
    """Assets that the UI shows as failed: their newest run failed, and recorded nothing of them."""
    found = set()
    for record in automatic.instance.get_asset_records():
        entry = record.asset_entry
        run = automatic.instance.get_run_by_id(entry.last_run_id)
        recorded = entry.last_materialization
        is_recorded = recorded is not None and recorded.run_id == entry.last_run_id
        if run is not None and run.status == dg.DagsterRunStatus.FAILURE and not is_recorded:
            found.add(entry.asset_key.path[-1])
    return found


def test_a_file_that_is_restored_is_recorded_once_so_that_nothing_stays_marked_as_failed(made):
    made.sensor("2004-01-01")
    for _ in range(2):  # each time it happens
        broken_and_restored(made)
        assert failed_last(made) == {"raw_observations", "clean_observations"}
        assert made.small.plan() == []
        (request,) = made.settled_sensor("2004-01-01").run_requests
        assert (stages(request), cutoffs_of(request)) == (
            ["raw_observations", "clean_observations"],
            [],
        )
        before = made.small.contents()
        assert made.execute([request], "2004-01-01") == [True]
        assert made.small.contents() == before
        assert failed_last(made) == set()
        data = made.sensor("2004-01-01")
        assert data.run_requests == []
        assert "nothing is due" in data.skip_message


def test_the_schedule_does_the_same(made):
    broken_and_restored(made)
    (request,) = made.schedule("2004-01-01").run_requests
    assert stages(request) == ["raw_observations", "clean_observations"]
    assert made.execute([request], "2004-01-01") == [True]
    assert made.schedule("2004-01-01").run_requests == []


def test_where_that_run_fails_too_it_is_not_tried_without_end(made):
    made.sensor("2004-01-01")
    broken_and_restored(made)
    (request,) = made.settled_sensor("2004-01-01").run_requests
    good = made.small.lines("a")
    made.small.correct("a", "2003-05-01", "lots")
    assert made.execute([request], "2004-01-01") == [False]
    made.small.write_lines("a", good)
    for tick in (made.settled_sensor, made.sensor, made.schedule):
        data = tick("2004-01-01")
        assert data.run_requests == []
        assert "nothing is due" in data.skip_message


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
    assert "there is no series 'c'; there are: a, b" in told(mistaken)
    data = mistaken.sensor("2004-01-01")
    assert data.run_requests == []
    assert "ended before in run" in data.skip_message
