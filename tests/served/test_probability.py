"""Probabilities of an event: by hand, by scikit-learn, by what they are worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from pipeline.served.past import Past
from pipeline.served.probability import FEWEST, RIDGE, count, probabilities, regress
from tests.served.pasts import SEED, random_past


def test_counting_by_hand():
    errors = np.broadcast_to([-3.0, -1, 0.5, 2, np.nan], (3, 5))
    found = count(np.array([1.0, 9, -9]), errors, above=1.0)
    assert found.tolist() == [(2 + 0.5) / 5, 4.5 / 5, 0.5 / 5]


@given(SEED, st.floats(-3, 3), st.integers(10, 48))
def test_the_regression_is_that_of_scikit_learn(seed, slope, n):
    """Half an event and half of none at the mean forecast; the slope has a ridge."""
    random = np.random.default_rng(seed)
    forecasts = random.normal(5, 3, size=n)
    events = slope * (forecasts - 5) / 3 + random.logistic(size=n) > 0
    z = (forecasts - forecasts.mean()) / forecasts.std()
    theirs = LogisticRegression(C=1 / RIDGE, tol=1e-10, max_iter=1000).fit(
        np.append(z, [0, 0])[:, None],
        np.append(events, [True, False]),
        sample_weight=np.append(np.ones(n), [0.5, 0.5]),
    )
    asked = np.array([2.0, 5.0, 14.0])
    wanted = theirs.predict_proba(((asked - forecasts.mean()) / forecasts.std())[:, None])[:, 1]
    gaps = np.tile(np.append(forecasts, np.nan), (3, 1))
    happened = np.tile(np.append(events, False), (3, 1))
    found = regress(asked, gaps, happened, np.isfinite(gaps))
    np.testing.assert_allclose(found, wanted, atol=1e-4)


@given(SEED, st.floats(-2, 2))
def test_it_is_never_0_or_1_and_absent_with_few_errors(seed, above):
    past = random_past(seed)
    found = probabilities(past, above, n_calibration=24, first=0)
    there = np.isfinite(found)
    assert ((found[there] > 0) & (found[there] < 1)).all()
    assert not there[:, :FEWEST].any()
    assert not there[past.failed].any()


def test_a_higher_threshold_is_less_probable_and_a_higher_forecast_more():
    past = random_past(4, damaged=False)
    low, high = (probabilities(past, t, n_calibration=24, first=20) for t in (-1.0, 1.5))
    assert (low >= high - 0.05).all()
    assert low.mean() > high.mean() + 0.1


def rain(seed: int, *, series: int = 300, cutoffs: int = 49) -> Past:
    """A third of the days is wet; the forecast is the mean, and knows something of it."""
    random = np.random.default_rng(seed)
    chance = random.uniform(0.1, 0.6, size=(series, cutoffs, 1))
    actual = (random.random(chance.shape) < chance) * random.exponential(5, size=chance.shape)
    past = random_past(seed, series=series, cutoffs=cutoffs, models=1, horizon=1, damaged=False)
    y_hat = (5 * chance)[:, :, None]
    return Past(past.models, past.steps, y_hat, past.failed, actual, past.lowest, past.highest)


def test_rain_is_told_apart_better_than_by_counting_errors():
    """On a dry day the error is the whole forecast: counted, half of the dry days are wet."""
    past = rain(1)
    wet = past.actual[:, -1] > 0
    found = probabilities(past, 0.0, n_calibration=48, first=48)[:, 0, 0]
    errors = past.errors[:, :-1, 0, 0]
    counted = count(past.y_hat[:, -1, 0], errors[:, None], above=0.0)
    assert np.mean((found - wet) ** 2) < np.mean((counted - wet) ** 2) - 0.02
    assert found.mean() < counted.mean() - 0.1


@pytest.mark.parametrize("above", [-1.0, 0.0, 1.0])
def test_where_errors_do_not_depend_on_the_forecast_it_is_right_on_average(above):
    past = random_past(5, series=400, cutoffs=49, models=1, horizon=1, damaged=False)
    random = np.random.default_rng(6)
    y_hat = random.normal(size=(400, 49, 1, 1))
    actual = y_hat[:, :, 0] + random.normal(size=(400, 49, 1))
    past = Past(past.models, past.steps, y_hat, past.failed, actual, past.lowest, past.highest)
    found = probabilities(past, above, n_calibration=24, first=24)[:, :, 0]
    event = actual[:, 24:] > above
    assert abs(found.mean() - event.mean()) < 0.02
    base = event.mean()
    assert np.mean((found - event) ** 2) < 0.9 * base * (1 - base)
