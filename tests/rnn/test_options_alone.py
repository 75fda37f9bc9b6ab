"""Each option of what a network sees and corrects: alone or together, and as of the cutoff."""

import dataclasses

import numpy as np
import pytest
import torch

from pipeline.clean.observations import Series
from pipeline.rnn.correction import fit_correction
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.presets import SEASONS, resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.train import Fit, train_networks
from pipeline.windows.calendar_features import calendar_features

SIZES = {"horizon": 7, "season_length": 12}
"""Seven steps of one column fill no register."""

OPTIONS = {
    "standard": {"transform": "standard"},
    "robust": {"transform": "robust"},
    "sqrt": {"transform": "sqrt"},
    "log1p": {"transform": "log1p"},
    "robust, nothing corrected": {"transform": "robust", "corrects": "none"},
    "log1p, nothing corrected": {"transform": "log1p", "corrects": "none"},
    "calendar": {"calendar": True},
    "calendar, no mask": {"calendar": True, "mask_channel": False, "input_size": 3},
    "one known ahead": {"futr_exog": ["b"]},
    "all known ahead": {"futr_exog": ["a", "b"], "hidden_size": 5},
    "known ahead, nothing corrected": {"futr_exog": ["b"], "corrects": "none", "cell": "gru"},
    "all known ahead, quantiles": {"futr_exog": ["a", "b"], "loss": "quantile"},
    "known ahead, wide": {"futr_exog": ["b"], "hidden_size": 128, "steps": 2, "loss": "quantile"},
    "everything": {"futr_exog": ["b"], "transform": "sqrt", "calendar": True, "loss": "quantile"},
}


@pytest.fixture(params=OPTIONS)
def options(request, settings_of):
    return settings_of(**{"steps": 5} | OPTIONS[request.param])


@pytest.fixture
def many(series_of) -> list[Series]:
    """Sixteen series, positive, of different length, some with gaps."""
    found = []
    for k in range(16):
        made = series_of(k, rows=70 + 7 * (k % 5), columns=3, gaps=0.02 * (k % 3 == 0))
        values = np.abs(made.values)
        values[-9:] = np.where(np.isnan(values[-9:]), 9.0, values[-9:])
        found.append(dataclasses.replace(made, values=values))
    return found


def bits(network) -> tuple:
    scale = network.scale
    arrays = (network.weights, network.losses, scale.input_spreads, scale.centres)
    arrays += (network.shrinkage.weights,)
    return (*(a.tobytes() for a in arrays), scale.spread, network.status, network.reason)


def results(series, order, given):
    """Weights and forecasts of these series together: trained seven rows before their end."""
    fits = [Fit(series[k].until(len(series[k].y) - 8), k % 2) for k in order]
    networks = train_networks(fits, given, **SIZES)
    n_futr = len(given.futr_exog)
    found = forecast_networks(
        networks,
        [fit.series for fit in fits],
        given,
        ahead=[series[k].values[-7:, 3 - n_futr :] for k in order] if n_futr else None,
        **SIZES,
    )
    return {
        k: (bits(network), one.y_hat.tobytes(), one.reason)
        for k, network, one in zip(order, networks, found, strict=True)
    }


@pytest.fixture(
    autouse=True,
    params=[
        pytest.param(1, id="one thread", marks=pytest.mark.slow),
        pytest.param(2, id="two threads"),
    ],
)
def threads(request):
    """As in `test_alone_or_together.py`, which holds the law with one thread too."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("shapes_unchecked")  # the next test checks them with these options
def test_alone_or_together_the_same(many, options):
    together = results(many, range(16), options)
    assert len({result[0] for result in together.values()}) == 16
    assert {result[0][-2] for result in together.values()} == {"ok"}
    order = np.random.default_rng(1).permutation(16).tolist()
    for company in ([0], [5], [11, 3], order[:7], order):
        assert results(many, company, options) == {k: together[k] for k in company}


def test_rows_after_the_cutoff_change_no_byte_but_those_known_ahead(many, options):
    def changed(series: Series) -> Series:
        values = series.values.copy()
        values[-7:, : 3 - len(options.futr_exog)] = 1e6
        return dataclasses.replace(series, values=values)

    others = [changed(series) for series in many]
    assert results(many, [0, 1, 2], options) == results(others, [0, 1, 2], options)


@pytest.mark.parametrize("freq", ["MS", "QS", "W", "D"])
def test_the_calendar_is_behind_the_masks_and_never_masked(freq, settings_of, series_of):
    made = series_of(0, rows=120, columns=2, gaps=0.2)
    series = dataclasses.replace(made, freq=freq)
    given = resolve(NetworkSettings(calendar=True, input_size=6), freq=freq)
    assert given.calendar == SEASONS[freq]
    plain = fit_correction(series, resolve(NetworkSettings(input_size=6), freq=freq), **SIZES)
    fold = fit_correction(series, given, **SIZES)
    np.testing.assert_array_equal(fold.inputs[:, :4], plain.inputs)
    np.testing.assert_array_equal(fold.inputs[:, 4:], calendar_features(series.ds, SEASONS[freq]))
    np.testing.assert_array_equal(fold.ends, plain.ends)


def test_a_calendar_tells_what_the_lags_do_not(settings_of):
    """One lag of a season looks alike on its way up and down: only the month says which it is."""
    random = np.random.default_rng(0)
    y = 10 + 5 * np.sin(2 * np.pi * np.arange(240) / 12) + 0.1 * random.normal(size=240)
    series = Series("s", "MS", 0, ("y",), y[:, None])
    losses = {}
    for calendar in (False, True):
        given = settings_of(
            corrects="none",
            transform="standard",
            calendar=calendar,
            input_size=1,
            steps=300,
            learning_rate=1e-2,
        )
        (network,) = train_networks([Fit(series, 0)], given, **SIZES)
        losses[calendar] = network.losses[-20:].mean()
    assert losses[True] < 0.1 < losses[False]
