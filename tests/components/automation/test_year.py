"""A year of monthly deliveries."""

import pytest

from tests.components.automation.automatic import cutoffs_of, plan_at, stages, told
from tests.components.conftest import DAGSTER_WARNS
from tests.strategies import SmallProject, month, months

pytestmark = DAGSTER_WARNS


@pytest.mark.slow
def test_a_year_of_monthly_deliveries_by_the_schedule(automatic):
    """On time, late, correcting the past, broken: every run is what the plan said, no more."""
    small = automatic.small

    def tick(day: str, *, wanted: list[str]) -> None:
        due = {(d.stage, d.cutoff) for d in plan_at(automatic, day)}
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
    assert 'b.csv line 55, column value: "lots" is not a number' in told(automatic)
    small.correct("b", "2004-06-01", 21.5)
    automatic.append(54)
    tick("2004-08-01", wanted=months("2004-04", "2004-07"))
    for number in range(55, 60):
        automatic.append(number)
        tick(month(number + 1), wanted=_rescored(number))
    assert small.project.store.list("toy", "rnn_forecasts") == months("2003-11", "2004-12")


def _rescored(number: int) -> list[str]:
    """The cutoff of a month, and the two whose horizon (two steps) its actual reaches."""
    return [month(k) for k in range(number - 2, number + 1)]


def _entries_of(small: SmallProject, unique_id: str) -> dict:
    """What is stored of a series by cutoff, but for scores that a new actual may add to."""
    return {
        (place, slot): content
        for place, entries in small.contents().items()
        for slot, content in entries.items()
        if slot.unique_id == unique_id
        and slot.name in small.data_set.models  # the blend is of all series
        and place[1] in ("baseline_forecasts", "rnn_forecasts", "served_forecasts")
    }
