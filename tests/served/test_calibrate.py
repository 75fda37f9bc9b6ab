"""Intervals: by hand, by a loop, by what they promise."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.served.covered import draw
from pipeline.served.calibrate import calibrate
from tests.served.pasts import SEED, random_past


def test_by_hand():
    """Of nine errors 1 to 9 the eighth bounds 80 percent, and no ninth of nine bounds 95."""
    past = random_past(0, series=1, cutoffs=10, models=1, horizon=1, damaged=False)
    actual = np.array([3.0, -1, 2, -9, 7, 5, -4, 8, 6, 0])[None, :, None]
    past = replace(past, y_hat=np.zeros((1, 10, 1, 1)), actual=actual)
    found = calibrate(past, (80.0, 95.0), n_calibration=48, first=9)
    assert found.n_errors.ravel().tolist() == [9]
    assert found.lo[..., 0].item() == -8
    assert found.hi[..., 0].item() == 8
    assert np.isnan(found.lo[..., 1]).all()
    assert np.isnan(found.hi[..., 1]).all()


def by_loops(past, level, n):
    """Bounds of every forecast, one after the other."""
    S, C, M, H = past.y_hat.shape
    bounds = np.full((S, C, M, H, 2), np.nan)
    n_errors = np.zeros((S, C, M, H), dtype=int)
    for s, c, m, h in np.ndindex(S, C, M, H):
        if past.failed[s, c, m] or np.isnan(past.y_hat[s, c, m, h]):
            continue
        sizes = sorted(
            abs(past.actual[s, b, h] - past.y_hat[s, b, m, h])
            for b in range(max(0, c - n), c)
            if past.steps[b] + h + 1 <= past.steps[c]
            and not past.failed[s, b, m]
            and not math.isnan(past.actual[s, b, h] - past.y_hat[s, b, m, h])
        )
        n_errors[s, c, m, h] = len(sizes)
        k = math.ceil(round((len(sizes) + 1) * level / 100, 9))
        if k <= len(sizes):
            y_hat = past.y_hat[s, c, m, h]
            bounds[s, c, m, h] = y_hat - sizes[k - 1], y_hat + sizes[k - 1]
    return bounds, n_errors


@given(SEED, st.sampled_from([4, 9, 21]), st.integers(1, 3), st.sampled_from([50.0, 80.0, 95.0]))
def test_against_a_loop_over_every_forecast(seed, n, stride, level):
    past = random_past(seed, cutoffs=26, stride=stride)
    found = calibrate(past, (level,), n_calibration=n, first=0)
    bounds, n_errors = by_loops(past, level, n)
    np.testing.assert_array_equal(found.lo[..., 0], bounds[..., 0])
    np.testing.assert_array_equal(found.hi[..., 0], bounds[..., 1])
    np.testing.assert_array_equal(found.n_errors, n_errors)


@pytest.mark.parametrize(("horizon", "stride"), [(1, 1), (12, 1), (7, 7), (12, 3), (3, 2)])
def test_the_first_bounds_of_95_percent_need_19_known_errors(horizon, stride):
    past = random_past(1, cutoffs=40, horizon=horizon, stride=stride, damaged=False)
    found = calibrate(past, (95.0,), n_calibration=48, first=0)
    bounded = np.isfinite(found.lo[..., 0]).all(axis=(0, 2, 3))
    assert np.argmax(bounded) == 19 + math.ceil(horizon / stride) - 1
    assert bounded[np.argmax(bounded) :].all()


@given(SEED)
def test_a_lower_level_lies_inside_of_a_higher_one(seed):
    levels = (50.0, 80.0, 90.0, 95.0)
    found = calibrate(random_past(seed), levels, n_calibration=24, first=0)
    for inner, outer in zip(range(3), range(1, 4), strict=True):
        there = np.isfinite(found.lo[..., outer])
        assert np.isfinite(found.lo[there, inner]).all()
        assert (found.lo[there, outer] <= found.lo[there, inner]).all()
        assert (found.hi[there, outer] >= found.hi[there, inner]).all()


@pytest.mark.parametrize("n", [19, 30, 48])
def test_exchangeable_errors_are_covered_as_often_as_promised(n):
    past = draw("exchangeable", series=20_000, seed=n, cutoffs=n + 1)
    found = calibrate(past, (80.0, 95.0), n_calibration=n, first=n)
    y = past.actual[:, n:, None, :, None]
    covered = ((found.lo <= y) & (y <= found.hi)).mean(axis=(0, 1, 2, 3))
    for level, share in zip((0.8, 0.95), covered, strict=True):
        luck = 4 * math.sqrt(level * (1 - level) / 20_000)
        assert level - luck < share < level + 1 / (n + 1) + luck


def test_what_a_stand_in_said_is_neither_counted_nor_bounded():
    past = random_past(3, cutoffs=30, damaged=False)
    failed = past.failed.copy()
    failed[0, [5, 29], 1] = True
    y_hat = past.y_hat.copy()
    y_hat[0, 5, 1] += 1e3
    found = calibrate(replace(past, y_hat=y_hat, failed=failed), (80.0,), n_calibration=48, first=0)
    plain = calibrate(past, (80.0,), n_calibration=48, first=0)
    assert np.isnan(found.lo[0, 29, 1]).all()
    assert (found.n_errors[0, 29, 1] == 0).all()
    assert found.n_errors[0, 28, 1].tolist() == (plain.n_errors[0, 28, 1] - 1).tolist()
    assert (np.abs(found.hi[0, 28, 1]) < 100).all()
    np.testing.assert_array_equal(found.lo[:, :, [0, 2]], plain.lo[:, :, [0, 2]])
