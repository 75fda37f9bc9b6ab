"""A frame of another program: the sensor sees it come, and a run tells what it lacks."""

import pytest

from tests.chain.test_imported import FILE, IMPORTED, frame_of, put
from tests.components.automation.automatic import Automatic, checks_that_ran, stages, told
from tests.components.conftest import DAGSTER_WARNS
from tests.strategies import months

pytestmark = [*DAGSTER_WARNS, pytest.mark.slow]

CUTOFFS = months("2003-04", "2003-12")
DAY = "2004-01-01"


@pytest.fixture
def importing(made: Automatic) -> Automatic:
    """All of ours is made; another program's forecasts lie there, not yet read."""
    put(made.small, frame_of(made.small, cutoffs=CUTOFFS))
    made.small.declare(imported=IMPORTED)
    return Automatic(made.small, made.instance)


def test_a_run_reads_it_scores_it_and_leaves_ours_alone(importing):
    before = importing.small.contents()
    (request,) = importing.sensor(DAY).run_requests
    # It may be in the blend, which is checked for leaks.
    changed = ["imported_forecasts", "served_forecasts", "scores", "leaderboard", "report"]
    assert stages(request) == changed
    assert importing.execute([request], DAY) == [True]
    assert "no_leak" in checks_that_ran(importing)
    assert {stage for stage, _ in importing.changes(before)} == set(changed)
    assert importing.sensor(DAY).run_requests == []


def test_a_frame_that_is_written_again_is_seen(importing):
    assert importing.execute(importing.sensor(DAY).run_requests, DAY) == [True]
    importing.sensor(DAY)
    frame = frame_of(importing.small, cutoffs=CUTOFFS)
    frame.loc[frame["cutoff"] == "2003-06-01", "Other"] += 1
    put(importing.small, frame)
    (request,) = importing.settled_sensor(DAY).run_requests
    assert stages(request)[:2] == ["imported_forecasts", "served_forecasts"]
    assert importing.execute([request], DAY) == [True]


@pytest.mark.parametrize("mistake", ["a cutoff is not there", "no file"])
def test_what_is_wrong_with_it_fails_a_run_with_the_sentence_and_changes_nothing(
    importing, mistake
):
    if mistake == "no file":
        (importing.small.root / FILE).unlink()
    else:
        put(importing.small, frame_of(importing.small, cutoffs=CUTOFFS[1:]))
    served = importing.small.contents()
    (request,) = importing.sensor(DAY).run_requests
    assert stages(request)[-1] == "imported_forecasts"
    assert importing.execute([request], DAY) == [False]
    assert told(importing).startswith("toy, imported.other: ")
    assert importing.small.contents() == served
    assert importing.sensor(DAY).run_requests == []
    put(importing.small, frame_of(importing.small, cutoffs=CUTOFFS))
    (request,) = importing.settled_sensor(DAY).run_requests
    assert importing.execute([request], DAY) == [True]
    assert importing.small.plan() == []
