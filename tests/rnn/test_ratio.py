"""Tweedie's loss: corrections that are factors of a forecast."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_tweedie_deviance

from pipeline.clean.observations import Series
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.losses import TWEEDIE_POWER, losses_of
from pipeline.rnn.ratio import FLOOR, as_ratios, multiply
from pipeline.rnn.train import Fit, train_networks

SIZES = {"horizon": 3, "season_length": 12}
AMOUNTS = st.lists(st.floats(0, 500), min_size=12, max_size=12)


def rain(number: int, rows: int = 150) -> Series:
    """Months without rain, and wet ones whose sum is twice as large every other year."""
    rng = np.random.default_rng(number)
    months = np.arange(rows)
    season = 200 * np.maximum(0, np.sin(2 * np.pi * months / 12))
    y = season * (1 + (months // 12) % 2) * rng.gamma(4, 0.25, size=rows)
    return Series(f"rain {number}", "MS", 360, ("y",), y[:, None])


@given(y=AMOUNTS, start=AMOUNTS, out=st.lists(st.floats(-3, 3), min_size=12, max_size=12))
def test_the_loss_is_scikit_learns_deviance_of_reference_times_factor(y, start, out):
    y, start, out = (np.array(v).reshape(4, 3) for v in (y, start, out))
    observed = np.ones_like(y, dtype=bool)
    if not y.mean() > 1e-3:
        return
    targets, weights = as_ratios(y, start, observed)
    loss = losses_of(
        torch.tensor(out)[None],
        torch.tensor(targets)[None],
        torch.tensor(observed)[None],
        loss="tweedie",
        weights=torch.tensor(weights)[None],
    ).means.item()
    mu = np.maximum(start, FLOOR * y.mean()) * np.exp(out)
    wanted = mean_tweedie_deviance(y.ravel(), mu.ravel(), power=TWEEDIE_POWER)
    scale = y.mean() ** (2 - TWEEDIE_POWER)
    assert loss == pytest.approx(wanted / scale, rel=1e-9, abs=1e-9)


@given(st.floats(0, 1e6))
def test_no_output_is_the_reference_itself(start):
    assert multiply(np.array([start]), np.zeros(1)).tobytes() == np.array([start]).tobytes()


@pytest.mark.parametrize("given", [{}, {"corrects": "none", "transform": "standard"}])
def test_it_learns_and_never_forecasts_less_than_nothing(settings_of, given):
    settings = settings_of(loss="tweedie", steps=200, learning_rate=1e-2, input_size=14, **given)
    series = rain(0)
    networks = train_networks([Fit(series.until(120), 0)], settings, **SIZES)
    (network,) = networks
    assert network.status == "ok"
    assert network.losses[-20:].mean() < 0.9 * network.losses[:5].mean()
    rows = range(121, 146)
    found = forecast_networks(
        networks * len(rows), [series.until(row) for row in rows], settings, **SIZES
    )
    y_hat = np.stack([f.y_hat for f in found])
    assert {f.reason for f in found} == {""}
    assert (y_hat >= 0).all()
    assert np.corrcoef(y_hat[:, 0], series.y[[row + 1 for row in rows]])[0, 1] > 0.3


def test_alone_or_together_the_same(settings_of):
    fits = [Fit(rain(k, 90 + 7 * k), 0) for k in range(5)]
    settings = settings_of(loss="tweedie", steps=6)
    together = [n.weights.tobytes() for n in train_networks(fits, settings, **SIZES)]
    for k, fit in enumerate(fits):
        assert train_networks([fit], settings, **SIZES)[0].weights.tobytes() == together[k]


def test_a_target_below_zero_is_a_reason(settings_of):
    series = rain(1)
    series.values[30, 0] = -2.5
    (network,) = train_networks([Fit(series, 0)], settings_of(loss="tweedie", steps=2), **SIZES)
    assert network.status == "failed"
    assert network.reason == "loss: tweedie needs targets of at least 0, y is -2.5 on 2002-07-01"
