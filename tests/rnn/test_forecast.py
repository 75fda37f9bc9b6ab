"""Forecasts: the reference where nothing was learned, later rows as input only, reasons."""

import dataclasses

import numpy as np
import pytest

from pipeline.baselines.forecast import reference_paths
from pipeline.clean.observations import Series
from pipeline.rnn.forecast import Forecast, average_seeds, forecast_networks
from pipeline.rnn.train import Fit, train_networks

SIZES = {"horizon": 4, "season_length": 12}


def trained(series, settings, seeds=1):
    return train_networks([Fit(series, s) for s in range(seeds)], settings, **SIZES)


def path_of(reference, series):
    return reference_paths(reference, [series], [np.array([len(series.y) - 1])], **SIZES)[0][0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_before_its_first_step_a_network_is_its_reference(series_of, settings_of, reference, dtype):
    # A rate this small moves the head by nothing that a float64 of the sum could hold.
    settings = settings_of(corrects=reference, steps=1, learning_rate=1e-300, dtype=dtype)
    series = series_of(0, rows=90, gaps=0.05)
    networks = trained(series.until(70), settings)
    for row in (70, 71, 89):
        known = series.until(row)
        (found,) = forecast_networks(networks, [known], settings, **SIZES)
        assert found.y_hat.tobytes() == path_of(reference, known).tobytes()
        assert found.reason == ""


def test_a_forecast_is_reference_plus_spread_times_output(series_of, settings_of, reference):
    settings = settings_of(corrects=reference, steps=20, shrinkage=False)
    series = series_of(0, rows=90)
    (network,) = trained(series.until(70), settings)
    twice = dataclasses.replace(
        network, scale=dataclasses.replace(network.scale, spread=2 * network.spread)
    )
    once, double = forecast_networks([network, twice], [series] * 2, settings, **SIZES)
    path = path_of(reference, series)
    assert np.abs(once.y_hat - path).min() > 1e-6
    np.testing.assert_allclose(double.y_hat - path, 2 * (once.y_hat - path), rtol=1e-9)


def test_newer_rows_are_input(series_of, settings_of):
    series, settings = series_of(0, rows=90), settings_of(steps=20, shrinkage=False)
    networks = trained(series.until(70), settings)
    changed = dataclasses.replace(series, values=series.values.copy())
    changed.values[84] += 3
    one, two = forecast_networks(networks * 2, [series, changed], settings, **SIZES)
    assert not np.array_equal(
        one.y_hat - path_of("climatology", series), two.y_hat - path_of("climatology", changed)
    )


def test_a_failed_network_gives_its_reference_and_says_so(series_of, settings_of):
    settings = settings_of(steps=2)
    network = dataclasses.replace(trained(series_of(0), settings)[0], status="failed", reason="x")
    (found,) = forecast_networks([network], [series_of(0)], settings, **SIZES)
    assert found.reason == "x"
    np.testing.assert_array_equal(found.y_hat, path_of("climatology", series_of(0)))
    raw = settings_of(corrects="none", steps=2)
    network = dataclasses.replace(trained(series_of(0), raw)[0], status="failed", reason="x")
    (found,) = forecast_networks([network], [series_of(0)], raw, **SIZES)
    assert np.isnan(found.y_hat).all()


def test_a_filled_context_needs_a_mask_channel(series_of, settings_of):
    series = series_of(0)
    gap = dataclasses.replace(series, values=series.values.copy())
    gap.values[-3] = np.nan
    with_mask = settings_of(steps=2)
    (found,) = forecast_networks(trained(series, with_mask), [gap], with_mask, **SIZES)
    assert found.reason == ""
    without = settings_of(steps=2, mask_channel=False)
    networks = trained(series, without)
    whole, broken = forecast_networks(networks * 2, [series, gap], without, **SIZES)
    assert whole.reason == ""
    assert broken.reason.startswith("1 of the last 18 rows hold a filled input")


def test_too_few_rows_are_a_reason(series_of, settings_of):
    settings = settings_of(steps=2)
    short = series_of(0, rows=10)
    (found,) = forecast_networks(trained(series_of(0), settings), [short], settings, **SIZES)
    assert found.reason == "10 rows up to the cutoff, the network sees 18"


def test_a_forecast_that_is_no_number_is_a_reason(series_of, settings_of):
    series, settings = series_of(0), settings_of(steps=2)
    network = trained(series, settings)[0]
    broken = dataclasses.replace(network, weights=np.full_like(network.weights, 1e38))
    fine, found = forecast_networks([network, broken], [series] * 2, settings, **SIZES)
    assert fine.reason == ""
    assert found.reason == "the forecast is not a finite number"
    np.testing.assert_array_equal(found.y_hat, path_of("climatology", series))
    empty = Series("s", "MS", 0, ("y",), np.full((40, 1), np.nan))
    (found,) = forecast_networks([network], [empty], settings, **SIZES)
    assert found.reason == "the reference has no forecast here"


def forecast_of(*y_hat: float, reason: str = "") -> Forecast:
    return Forecast(np.array(y_hat), reason, np.array([y_hat]))


def test_seeds_are_averaged_and_the_failed_counted():
    good, bad = [forecast_of(1, 2), forecast_of(3, 6)], forecast_of(9, 9, reason="diverged")
    found = average_seeds([good[0], bad, good[1]])
    assert (found.y_hat.tolist(), found.n_failed, found.reason) == ([2.0, 4.0], 1, "")
    found = average_seeds([bad, bad])
    assert (found.y_hat.tolist(), found.n_failed, found.reason) == ([9.0, 9.0], 2, "diverged")


@pytest.mark.parametrize("transform", ["none", "log1p", "robust"])
def test_quantiles_lie_in_order_around_the_forecast(series_of, settings_of, transform):
    series = series_of(0, rows=200)
    settings = settings_of(
        loss="quantile", level=[80], steps=150, learning_rate=1e-2, transform=transform
    )
    networks = train_networks([Fit(series.until(150), 0)], settings, **SIZES)
    rows = range(150, 199 - SIZES["horizon"])
    found = forecast_networks(
        networks * len(rows), [series.until(row) for row in rows], settings, **SIZES
    )
    assert {f.reason for f in found} == {""}
    low, middle, high = np.stack([f.quantiles for f in found], axis=1)
    assert (middle == [f.y_hat for f in found]).all()
    assert (low < middle).all()
    assert (middle < high).all()
    ahead = np.arange(1, SIZES["horizon"] + 1)
    y = series.y[np.array(rows)[:, None] + ahead]
    assert 0.6 < np.mean((low < y) & (y < high)) < 0.97


def test_before_its_first_step_the_median_is_the_reference(series_of, settings_of):
    series = series_of(0)
    settings = settings_of(loss="quantile", steps=1, learning_rate=1e-30)
    networks = train_networks([Fit(series, 0)], settings, **SIZES)
    (found,) = forecast_networks(networks, [series], settings, **SIZES)
    assert found.y_hat.tobytes() == path_of("climatology", series).tobytes()
    assert found.quantiles.shape == (5, SIZES["horizon"])
