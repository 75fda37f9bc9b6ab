"""Why folds have no forecast: a hole in a series is told as one, with what can be done about it."""

import pytest

from pipeline.chain.launches import NotReadyError, ask
from pipeline.chain.not_ready import NotReady, not_ready
from pipeline.chain.plan import known_of_files
from tests.strategies import SmallProject, month, months


def holed(write, *holes: int, **changes) -> SmallProject:
    """Two series to 2003-12, the first with empty cells; cutoffs of 2003."""
    small = write(networks=None, cutoffs={"first": "2003-01-01", "last": "2003-12-01"}, **changes)
    for number in holes:
        small.correct("a", month(number), "")
    return small


def found_of(small: SmallProject) -> NotReady:
    known = known_of_files(small.project, small.data_set, now=small.now)
    return not_ready(known, known.cutoffs)


def stop(small: SmallProject, stem: str, *, months_less: int) -> None:
    small.write_lines(stem, small.lines(stem)[:-months_less])


def test_where_every_fold_has_a_forecast_there_is_nothing_to_tell(write):
    found = found_of(holed(write))
    assert found == NotReady({}, {})
    assert found.is_empty


def test_a_hole_is_no_end_whether_other_series_go_on_or_not(write):
    small = holed(write, 40, 41, 44)
    found = found_of(small)
    assert found.counts == {"unobserved": 3}
    assert found.holes == {month(40): 1, month(41): 2, month(44): 1}
    for number in (40, 41):
        small.correct("b", month(number), "")
    assert found_of(small).counts == {"unobserved": 5}


def test_an_end_is_no_hole(write):
    small = holed(write)
    stop(small, "a", months_less=3)
    assert found_of(small) == NotReady({"ended": 3}, {})
    stop(small, "b", months_less=1)
    assert found_of(small) == NotReady({"ended": 2, "no_data_yet": 2}, {})


def test_what_is_told_is_a_remedy(write):
    small = holed(write, 40, 41, 44, horizon=2)
    said = found_of(small).hint(most=2)
    assert said == (
        f"nothing was observed at {month(40)}, {month(41)}, {month(44)}, and later something was; "
        "max_staleness: 2 forecasts from the last value before, up to 2 steps old"
    )
    small.declare(max_staleness=2)
    assert found_of(small).is_empty


def test_a_long_hole_is_no_reason_to_forecast_from_old_values(write):
    small = holed(write, *range(37, 44))
    found = found_of(small)
    assert found.counts == {"unobserved": 7}
    assert "max_staleness: 2 forecasts" in found.hint(most=2)
    assert found.hint(most=0) == ""


def test_of_many_cutoffs_some_are_named():
    found = NotReady({"unobserved": 12}, dict.fromkeys(months("2003-01", "2003-12"), 1))
    said = found.hint(most=3)
    assert "2003-06-01 and 6 more, and later something was; max_staleness: 1" in said
    assert said.endswith("up to 1 step old")


def test_a_cutoff_in_a_hole_that_is_asked_for_alone_is_told_so(write):
    small = holed(write, 40)
    small.correct("b", month(40), "")
    with pytest.raises(NotReadyError) as told:
        ask(small.project, small.data_set, month(40), now=small.now)
    assert f"no series is ready at {month(40)} (unobserved 2); the last observation" in str(
        told.value
    )
    assert "max_staleness: 1 forecasts from the last value" in str(told.value)


def test_what_a_fold_is_does_not_change_with_what_comes_later(write):
    """Told is what is known today; stored is what was known then."""
    small = holed(write, 40)
    small.run(stages=["raw_observations", "clean_observations", "windows"])
    assert small.facts("windows", month(40))["states"] == {"a": "ended", "b": "ready"}
