"""Corrections of logarithms: there and back, their mean, and a least forecast."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline import declaration_rules as rules
from pipeline.baselines.forecast import reference_paths
from pipeline.clean.observations import Series
from pipeline.raw.settings import Columns
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.train import Fit, train_networks
from pipeline.rnn.transform import move
from pipeline.rnn.two_fits import prepare_folds

SIZES = {"horizon": 3, "season_length": 12}
POSITIVE = st.lists(st.floats(1e-6, 1e9), min_size=6, max_size=6).map(np.array)


def sales(number: int, rows: int = 200, *, growth: float = 0.0, spread: float = 0.6) -> Series:
    """Positive, with a season and noise that are factors: now and then a month of several."""
    rng, t = np.random.default_rng([3, number]), np.arange(rows)
    y = 100 * np.exp(0.5 * np.sin(2 * np.pi * t / 12) + growth * t + spread * rng.normal(size=rows))
    return Series(f"sales {number}", "MS", 360, ("y",), y[:, None])


def forecasts(networks, series, settings, rows):
    found = forecast_networks(
        [network for network in networks for _ in rows],
        [one.until(row) for one in series for row in rows],
        settings,
        **SIZES,
    )
    assert {f.reason for f in found} == {""}
    return np.array([f.y_hat for f in found]).reshape(len(networks), len(rows), 3)


@given(start=POSITIVE, y=POSITIVE)
def test_there_and_back(start, y):
    np.testing.assert_allclose(move("log", start, np.log(y) - np.log(start)), y, rtol=1e-9)
    assert move("log", start, np.zeros(6)).tobytes() == start.tobytes()
    assert (move("log", start, np.full(6, -800.0)) >= 0).all()


@pytest.mark.parametrize("value", [0.0, -2.5])
def test_a_target_without_a_logarithm_fails_its_fold_and_is_named(settings_of, value):
    good, bad = sales(0), sales(0)
    bad.values[40] = value
    settings = settings_of(transform="log", steps=2)
    fine, failed = train_networks([Fit(good, 0), Fit(bad, 0)], settings, **SIZES)
    assert fine.status == "ok"
    said = f"transform: log needs targets of more than 0, and y is {value:.12g} on 2003-05-01"
    assert (failed.status, failed.reason) == ("failed", said)


def test_before_its_first_step_a_network_is_its_reference(settings_of, reference):
    settings = settings_of(corrects=reference, transform="log", steps=1, learning_rate=1e-300)
    series = sales(1)
    networks = train_networks([Fit(series.until(170), 0)], settings, **SIZES)
    (found,) = forecast_networks(networks, [series], settings, **SIZES)
    path = reference_paths(reference, [series], [np.array([199])], **SIZES)[0][0]
    assert found.y_hat.tobytes() == path.tobytes()


@pytest.mark.parametrize("loss", ["mse", "huber", "mae"])
@pytest.mark.parametrize("corrects", ["climatology", "naive", "holt_winters", "none"])
def test_forecasts_of_the_training_windows_add_up_to_what_was_observed(settings_of, loss, corrects):
    """Where the loss asks for a mean; an absolute error asks for the median, and that is below."""
    settings = settings_of(
        transform="log", loss=loss, corrects=corrects, shrinkage=False, steps=40, batch_size=7
    )
    series = sales(2, 75)
    series.values[[40, 41, 60]] = np.nan
    networks = train_networks([Fit(series, 0)], settings, **SIZES)
    fold = prepare_folds([Fit(series, 0)], settings, **SIZES)[0].whole
    said = forecasts(networks, [series], settings, fold.ends.tolist())[0]
    actual = series.y[fold.ends[:, None] + [1, 2, 3]]
    ratio = said[fold.observed].sum() / actual[fold.observed].sum()
    if loss == "mae":
        assert ratio < 0.97
    else:
        assert ratio == pytest.approx(1, abs=1e-4)


def test_later_forecasts_have_the_mean_of_what_comes(settings_of):
    series = [sales(k, 230) for k in range(30)]
    rows = list(range(199, 226))
    ratio = {}
    for loss in ("mse", "mae"):
        settings = settings_of(transform="log", loss=loss, shrinkage=False)
        networks = train_networks([Fit(one.until(199), 0) for one in series], settings, **SIZES)
        said = forecasts(networks, series, settings, rows)
        actual = np.array([[one.y[row + 1 : row + 4] for row in rows] for one in series])
        ratio[loss] = said.sum() / actual.sum()
    assert abs(ratio["mse"] - 1) < 0.05
    assert ratio["mae"] < 0.9  # exp(-0.6^2 / 2) is 0.84: a median of logarithms


def test_another_unit_is_the_same_network(settings_of):
    settings, series = settings_of(transform="log", steps=20, corrects="naive"), sales(4)
    other = dataclasses.replace(series, values=1000 * series.values)
    found = [
        forecast_networks(
            train_networks([Fit(one, 0)], settings, **SIZES), [one], settings, **SIZES
        )[0].y_hat
        for one in (series, other)
    ]
    np.testing.assert_allclose(1000 * found[0], found[1], rtol=1e-5)


@pytest.mark.parametrize("options", [{}, {"corrects": "none"}, {"epochs": 4}], ids=str)
@pytest.mark.parametrize("threads", [1, 2])
def test_its_own_rows_decide_and_no_company(settings_of, options, threads):
    settings = settings_of(**{"transform": "log", "steps": 15, "batch_size": 9} | options)
    fits = [Fit(sales(k, 80 + 9 * (k % 6)), 0) for k in range(14)]

    def run(some):
        networks = train_networks(some, settings, **SIZES)
        said = forecast_networks(networks, [fit.series for fit in some], settings, **SIZES)
        return [
            (n.weights.tobytes(), f.y_hat.tobytes()) for n, f in zip(networks, said, strict=True)
        ]

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        together = run(fits)
        for some in ([0], [13], [5, 2], [9, 1, 0, 12, 4]):
            assert run([fits[k] for k in some]) == [together[k] for k in some]
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("loss", ["mse", "quantile"])
def test_nothing_is_forecast_below_the_floor_and_nothing_else_moves(settings_of, loss):
    rng = np.random.default_rng(0)
    y = np.maximum(rng.normal(size=(150, 1)), 0)
    series = [Series(f"s{k}", "MS", 0, ("y",), np.roll(y, k)) for k in range(9)]
    given = {"loss": loss, "learning_rate": 3e-2, "shrinkage": False}
    plain, floored = settings_of(**given), settings_of(**given, floor=0.3)
    networks = train_networks([Fit(one, 0) for one in series], plain, **SIZES)
    without, found = (forecast_networks(networks, series, s, **SIZES) for s in (plain, floored))
    below = 0
    for one, other in zip(without, found, strict=True):
        np.testing.assert_array_equal(other.quantiles, np.maximum(one.quantiles, 0.3))
        assert other.y_hat.tobytes() == other.quantiles[len(other.quantiles) // 2].tobytes()
        below += int((one.y_hat < 0.3).sum())
    assert below > 0


def test_holt_winters_may_be_corrected_on_logarithms_and_on_no_root():
    columns = Columns(ds="date", y="value")

    def check(transform, corrects):
        settings = NetworkSettings(transform=transform, corrects=corrects)
        rules.check_network("rnn", settings, columns=columns, seasons=["month"])

    check("log", "holt_winters")
    for transform, corrects in (("log1p", "holt_winters"), ("log", "damped_trend")):
        with pytest.raises(ValueError, match=f"{corrects} may be below zero"):
            check(transform, corrects)
