"""What training gives, and what becomes of a fold that cannot be trained."""

import dataclasses

import numpy as np
import pytest
import torch

from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.train import Fit, train_networks

SIZES = {"horizon": 3, "season_length": 12}


def weights_of(networks):
    return [n.weights.tobytes() for n in networks]


def test_training_lowers_the_loss_and_learns_what_the_reference_misses(settings_of):
    # Climatology cannot know that a month repeats the error of the month before.
    rng, error = np.random.default_rng(0), np.zeros(240)
    for t in range(1, 240):
        error[t] = 0.9 * error[t - 1] + rng.normal()
    y = 10 + 5 * np.sin(2 * np.pi * np.arange(240) / 12) + error
    series = Series("s", "MS", 0, ("y",), y[:, None])
    (network,) = train_networks([Fit(series, 0)], settings_of(steps=150), **SIZES)
    assert network.status == "ok"
    assert network.losses.dtype == np.float32
    assert len(network.losses) == 150
    assert network.losses[-20:].mean() < 0.7 * network.losses[:5].mean()


def test_rows_after_the_cutoff_change_no_byte(series_of, settings_of, reference):
    whole = series_of(0, rows=90, columns=2, gaps=0.05)
    other = dataclasses.replace(whole, values=whole.values.copy())
    other.values[71:] = 1e6
    settings = settings_of(corrects=reference, steps=4)
    found = []
    for series in (whole, other):
        networks = train_networks([Fit(series.until(60), 0)], settings, **SIZES)
        forecast = forecast_networks(networks, [series.until(70)], settings, **SIZES)[0]
        found.append((weights_of(networks), forecast.y_hat.tobytes(), forecast.reason))
    assert found[0] == found[1]
    assert found[0][2] == ""


def test_the_row_at_the_cutoff_does_change_them(series_of, settings_of):
    whole = series_of(0, rows=90)
    other = dataclasses.replace(whole, values=whole.values.copy())
    other.values[60] += 1
    settings = settings_of(steps=4)
    one, two = (train_networks([Fit(s.until(60), 0)], settings, **SIZES) for s in (whole, other))
    assert weights_of(one) != weights_of(two)


def test_seeds_differ_and_share_nothing_with_their_order(series_of, settings_of):
    series, settings = series_of(0), settings_of(steps=3)
    networks = train_networks([Fit(series, s) for s in (0, 1, 0)], settings, **SIZES)
    assert weights_of(networks)[0] == weights_of(networks)[2] != weights_of(networks)[1]


def test_a_fold_without_a_window_is_failed_and_the_others_train(series_of, settings_of):
    settings = settings_of(steps=3)
    fits = [Fit(series_of(0), 0), Fit(series_of(1, rows=9), 0), Fit(series_of(2), 0)]
    networks = train_networks(fits, settings, **SIZES)
    assert [n.status for n in networks] == ["ok", "failed", "ok"]
    assert "window" in networks[1].reason
    assert (networks[1].weights == 0).all()
    assert networks[1].weights.shape == networks[0].weights.shape
    only = train_networks([fits[1]], settings, **SIZES)
    assert only[0].reason == networks[1].reason
    assert train_networks([], settings, **SIZES) == []


@pytest.mark.parametrize("size", [1e30, 1e200])
def test_values_that_overflow_are_a_reason_and_no_number(settings_of, size):
    values = np.random.default_rng(0).normal(size=(60, 1)) * size
    series = Series("huge", "MS", 0, ("y",), values)
    (network,) = train_networks([Fit(series, 0)], settings_of(corrects="none", steps=3), **SIZES)
    assert (network.status, network.reason != "") == ("failed", True)
    # As a correction the same values are scaled: 1e30 is a unit like another.
    (scaled,) = train_networks([Fit(series, 0)], settings_of(steps=3), **SIZES)
    assert scaled.status == ("ok" if size == 1e30 else "failed")


def test_a_learning_rate_that_explodes_is_a_reason(series_of, settings_of):
    settings = settings_of(corrects="none", steps=20, learning_rate=1e38, clip="none")
    (network,) = train_networks([Fit(series_of(0), 0)], settings, **SIZES)
    assert network.status == "failed"
    assert "diverged after" in network.reason


def test_progress_is_told_to_the_end(series_of, settings_of):
    said = []
    settings = settings_of(steps=250)
    train_networks([Fit(series_of(0), 0)], settings, **SIZES, say=lambda *s: said.append(s))
    assert said == [(step, 250) for step in range(10, 251, 10)]


def test_the_seed_holds_no_cutoff(series_of, settings_of):
    """Two folds of a series start alike: what differs after training is what the data say."""
    settings = settings_of(corrects="none", epochs=1, learning_rate=1e-30)
    fits = [Fit(series_of(0).until(row), 3) for row in (60, 79)]
    networks = train_networks(fits, settings, **SIZES)
    assert weights_of(networks)[0] == weights_of(networks)[1]


def test_a_gpu_that_is_not_there_is_an_error(series_of, settings_of, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="no GPU"):
        train_networks([Fit(series_of(0), 0)], settings_of(device="cuda"), **SIZES)
