"""Which folds are ready: each state by hand, a plain loop, and deaf to what comes later."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.folds.fold import State, staleness, states_of

OBSERVED = st.lists(st.booleans(), max_size=30).map(lambda bits: np.array(bits, dtype=bool))
ROWS = st.lists(st.integers(-5, 40), min_size=1, max_size=10).map(np.array)


def states(observed, rows, *, reached=True, needed_rows=3, max_staleness=0):
    return states_of(
        np.array(observed, dtype=bool),
        np.array(rows),
        reached=np.full(len(rows), reached),
        needed_rows=needed_rows,
        max_staleness=max_staleness,
    )


def test_a_fold_is_ready_from_the_row_that_completes_what_its_models_need():
    assert states([1, 0, 1, 1, 1], range(5)) == [
        State.TOO_SHORT,
        State.ENDED,
        State.TOO_SHORT,
        State.READY,
        State.READY,
    ]


def test_after_its_last_row_a_series_has_no_data_yet_unless_another_goes_on():
    assert states([1, 1, 1], [3, 4], reached=False) == [State.NO_DATA_YET] * 2
    assert states([1, 1, 1], [3, 4], reached=True) == [State.ENDED] * 2


def test_before_its_first_row_a_series_is_too_short_where_another_is_there():
    assert states([0, 1, 1, 1], [-1, 0], reached=True) == [State.TOO_SHORT] * 2
    assert states([0, 1, 1, 1], [-1, 0], reached=False) == [State.NO_DATA_YET] * 2


@pytest.mark.parametrize(
    ("max_staleness", "found"),
    [(0, "ready ended ended"), (1, "ready ready ended"), (2, "ready ready ready")],
)
def test_the_last_target_may_lie_max_staleness_steps_before_the_cutoff(max_staleness, found):
    assert " ".join(states([1, 1, 1], [2, 3, 4], max_staleness=max_staleness)) == found


def test_a_gap_at_the_cutoff_is_as_stale_as_an_absent_row():
    gap = states([1, 1, 1, 0, 0], [3, 4], max_staleness=1)
    assert gap == states([1, 1, 1], [3, 4], max_staleness=1)


def state_by_hand(observed, row, *, others, needed_rows, max_staleness) -> str:
    seen = [place for place, there in enumerate(observed) if there and place <= row]
    if seen and row - seen[-1] <= max_staleness:
        return "ready" if len(seen) >= needed_rows else "too_short"
    if not others:
        return "no_data_yet"
    return "ended" if seen else "too_short"


@given(
    observed=OBSERVED,
    rows=ROWS,
    reached=st.booleans(),
    needed_rows=st.integers(1, 12),
    max_staleness=st.integers(0, 4),
)
def test_all_cutoffs_at_once_are_what_a_loop_finds_one_by_one(
    observed, rows, reached, needed_rows, max_staleness
):
    found = states(
        observed, rows, reached=reached, needed_rows=needed_rows, max_staleness=max_staleness
    )
    assert [state.value for state in found] == [
        state_by_hand(
            observed, row, others=reached, needed_rows=needed_rows, max_staleness=max_staleness
        )
        for row in rows.tolist()
    ]


@given(
    observed=OBSERVED,
    later=OBSERVED,
    row=st.integers(-3, 30),
    max_staleness=st.integers(0, 4),
)
def test_rows_after_the_cutoff_decide_nothing(observed, later, row, max_staleness):
    known = observed[: max(row + 1, 0)]
    absent = np.zeros(max(row + 1 - len(known), 0), dtype=bool)
    changed = np.concatenate([known, absent, later])
    ours, theirs = (
        states(rows, [row], max_staleness=max_staleness) for rows in (observed, changed)
    )
    assert ours == theirs


@given(observed=OBSERVED, rows=ROWS)
def test_staleness_is_the_distance_to_the_last_observed_row(observed, rows):
    for row, found in zip(rows.tolist(), staleness(observed, rows).tolist(), strict=True):
        seen = [place for place, there in enumerate(observed) if there and place <= row]
        assert found == row - seen[-1] if seen else found > 10**15
