"""Who is left out whatever its errors were; and who is not, though it looks like it."""

from dataclasses import replace

import numpy as np
from hypothesis import given

from pipeline.served.guard import WHY, leave_out
from tests.served.pasts import SEED, cut, random_past


def why(past, *, n=48):
    """The reasons in words."""
    return np.array(WHY)[leave_out(past, n_calibration=n)]


def changed(past, at, values):
    """Model 1 of series 0 says something else from a cutoff on."""
    y_hat = past.y_hat.copy()
    y_hat[0, at:, 1] = values
    return replace(past, y_hat=y_hat)


def sound():
    return random_past(8, damaged=False)


def test_a_sound_model_stays():
    assert (why(sound()) == "").all()


def test_each_way_to_break_is_seen_at_once_and_of_this_model_and_series_alone():
    past = sound()
    failed = past.failed.copy()
    failed[0, 20:, 1] = True
    ways = {
        "failed": replace(past, failed=failed),
        "has no number": changed(past, 20, np.nan),
        "lies far outside of what was observed": changed(past, 20, 1e6),
        "repeats itself": changed(past, 20, past.y_hat[0, 19, 1]),
    }
    for reason, broken in ways.items():
        found = why(broken)
        assert (found[0, 20:, 1] == reason).all()
        found[0, 20:, 1] = ""
        assert (found == "").all()


def test_one_step_without_a_number_is_enough():
    y_hat = sound().y_hat.copy()
    y_hat[0, 20, 1, 2] = np.inf
    assert why(replace(sound(), y_hat=y_hat))[0, 20, 1] == "has no number"


def test_as_wide_again_as_all_that_was_observed_is_not_far():
    past = sound()
    width = past.highest[0, 20] - past.lowest[0, 20]
    for factor, reason in ((0.99, ""), (1.01, "lies far outside of what was observed")):
        for edge in (past.highest[0, 20] + factor * width, past.lowest[0, 20] - factor * width):
            y_hat = past.y_hat.copy()
            y_hat[0, 20, 1, 0] = edge
            assert why(replace(past, y_hat=y_hat))[0, 20, 1] == reason


def test_the_last_value_of_a_dry_month_is_not_stuck():
    """It repeats itself for the first time, because the series does."""
    past = random_past(9, horizon=1, damaged=False)
    y = np.concatenate([past.actual[:, :, 0], np.ones((2, 1))], axis=1)
    y[:, 20:23] = y[:, [20]]
    y_hat = past.y_hat.copy()
    y_hat[:, :, 1, 0] = y[:, :-1]
    assert (why(replace(past, y_hat=y_hat, actual=y[:, 1:, None])) == "").all()


def test_a_constant_mean_is_not_stuck():
    assert (why(changed(sound(), 0, 0.5)) == "").all()


def test_one_that_repeats_itself_now_and_then_is_not_stuck():
    past = sound()
    y_hat = past.y_hat.copy()
    y_hat[0, 1::3, 1] = y_hat[0, 0::3, 1]
    found = why(replace(past, y_hat=y_hat))[0, :, 1]
    assert (found[5:] == "").all()


@given(SEED)
def test_what_came_more_than_n_cutoffs_before_changes_nothing(seed):
    past = random_past(seed, cutoffs=40)
    whole = leave_out(past, n_calibration=12)
    later = leave_out(cut(past, 8, 40), n_calibration=12)
    np.testing.assert_array_equal(whole[:, 20:], later[:, 12:])
