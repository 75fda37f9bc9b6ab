"""Alone or together, the same: to the bit on a CPU, in training and in forecasting."""

import numpy as np
import pytest
import torch

from pipeline.clean.observations import Series
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.train import Fit, train_networks

SHAPES = {
    "monthly preset": {"steps": 6},
    "passes, cosine": {"epochs": 2, "batch_size": 7},
    "wide": {"hidden_size": 128, "num_layers": 2, "input_size": 11, "steps": 3, "batch_size": 16},
    "odd": {"hidden_size": 5, "num_layers": 3, "input_size": 3, "steps": 5, "batch_size": 3},
    "article": {"preset": "article", "epochs": 1},
    "early stop": {
        "steps": 40,
        "shrinkage": False,
        "early_stop_patience_steps": 2,
        "val_check_steps": 3,
        "learning_rate": 5e-2,
    },
    "quantile": {"loss": "quantile", "steps": 5},
}


@pytest.fixture(autouse=True, params=[1, 2], ids=["one thread", "two threads"])
def threads(request):
    """The libraries split the work of a product in other ways for other numbers of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


trained_again = pytest.mark.usefixtures("shapes_unchecked")
"""`test_forecasting_knows_nothing_of_its_company` has every call's shapes checked."""


@pytest.fixture
def fits(series_of):
    """64 fits of 16 folds of different length, so that some finish before others."""
    folds = [series_of(k, rows=50 + 7 * (k % 5), gaps=0.02 * (k % 3 == 0)) for k in range(16)]
    return [Fit(folds[k % 16], seed=k // 16) for k in range(64)]


def diverging(length: int = 80) -> Fit:
    """A series whose values are too large for float32: its loss is infinite at once."""
    values = np.random.default_rng(9).normal(size=(length, 1)) * 1e30
    return Fit(Series("huge", "MS", 360, ("y",), values), seed=0)


def bits(network) -> tuple:
    scale = network.scale
    return (
        network.weights.tobytes(),
        network.losses.tobytes(),
        scale.spread,
        scale.input_spreads.tobytes(),
        network.status,
        network.reason,
        network.n_windows,
        network.shrinkage.weights.tobytes(),
        network.untested,
    )


def companies(n: int) -> dict[str, list[int]]:
    """Which fits train together, in which order."""
    order = np.random.default_rng(n).permutation(n)
    return {
        "two": [11, 3],
        "seven": order[:7].tolist(),
        "with one that is longer": [0, 4],
        "reversed": list(range(n))[::-1],
        "half": order[: n // 2].tolist(),
    }


@trained_again
@pytest.mark.parametrize("shape", SHAPES)
def test_training_knows_nothing_of_its_company(fits, settings_of, shape):
    """Nor does what it is trusted with, where corrections are shrunk."""
    settings = settings_of(**SHAPES[shape])
    fits = fits[:16] if shape in ("wide", "article") else fits

    def train(some):
        return [bits(n) for n in train_networks(some, settings, horizon=3, season_length=12)]

    together = train(fits)
    assert len(set(together)) == len(fits)
    assert {network[4] for network in together} == {"ok"}
    for k in (0, 3, len(fits) - 1):
        assert train([fits[k]]) == [together[k]]
    for name, company in companies(len(fits)).items():
        assert train([fits[k] for k in company]) == [together[k] for k in company], name


@trained_again
@pytest.mark.parametrize(("horizon", "batch_size"), [(5, 1), (7, 3), (13, 7)])
def test_whatever_the_horizon(series_of, settings_of, horizon, batch_size):
    """The head's products are narrow: on their own they depend on where in memory they lie."""
    fits = [Fit(series_of(k, rows=60 + k % 3), 0) for k in range(12)]
    settings = settings_of(
        hidden_size=32, num_layers=2, batch_size=batch_size, steps=4, corrects="none", loss="mae"
    )
    sizes = {"horizon": horizon, "season_length": 12}

    def run(some):
        networks = train_networks(some, settings, **sizes)
        series = [fit.series for fit in some]
        found = forecast_networks(networks, series, settings, **sizes)
        return [(bits(n), f.y_hat.tobytes()) for n, f in zip(networks, found, strict=True)]

    together = run(fits)
    for first, last in ((0, 1), (3, 5), (2, 9), (11, 12)):
        assert run(fits[first:last]) == together[first:last]


@trained_again
@pytest.mark.parametrize(("horizon", "level"), [(8, [80]), (8, [80, 95]), (24, [50, 80, 95])])
def test_quantiles_whatever_the_horizon(series_of, settings_of, horizon, level):
    """Outputs that fill whole registers leave others over than outputs that do not."""
    fits = [Fit(series_of(k, rows=80), 0) for k in range(15)]
    settings = settings_of(loss="quantile", level=level, batch_size=7, steps=20)
    sizes = {"horizon": horizon, "season_length": 12}

    def run(some):
        networks = train_networks(some, settings, **sizes)
        found = forecast_networks(networks, [fit.series for fit in some], settings, **sizes)
        return [(bits(n), f.quantiles.tobytes()) for n, f in zip(networks, found, strict=True)]

    together = run(fits)
    for k in range(0, 15, 2):
        assert run(fits[k : k + 1]) == together[k : k + 1]


@trained_again
@pytest.mark.parametrize("threads", [1, 3, 8])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "shape",
    [
        {"cell": "lstm", "hidden_size": 40},
        {"cell": "gru", "hidden_size": 129},
        {"hidden_size": 128, "num_layers": 2, "input_size": 11, "batch_size": 16},
    ],
    ids=["lstm", "gru", "rnn"],
)
def test_more_threads_than_networks(series_of, settings_of, shape, dtype, threads):
    """Threads that no network keeps busy share out the inside of a product."""
    fits = [Fit(series_of(k, rows=90), 0) for k in range(9)]
    settings = settings_of(**shape, dtype=dtype, steps=3, corrects="none")
    sizes = {"horizon": 3, "season_length": 12}

    def run(some):
        networks = train_networks(some, settings, **sizes)
        found = forecast_networks(networks, [fit.series for fit in some], settings, **sizes)
        return [(bits(n), f.y_hat.tobytes()) for n, f in zip(networks, found, strict=True)]

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        together = run(fits)
        for first, last in ((0, 1), (3, 5), (8, 9)):
            assert run(fits[first:last]) == together[first:last]
    finally:
        torch.set_num_threads(before)


@trained_again
@pytest.mark.slow
def test_a_thousand_together_are_each_alone(series_of, settings_of):
    folds = [series_of(k, rows=45 + k % 31) for k in range(200)]
    fits = [Fit(folds[k % 200], seed=k // 200) for k in range(1000)]
    settings = settings_of(steps=7)

    def train(some):
        return [bits(n) for n in train_networks(some, settings, horizon=3, season_length=12)]

    together = train(fits)
    for k in range(0, 1000, 111):
        assert train([fits[k]]) == [together[k]]
    for K in (2, 7, 64):
        assert train(fits[500 : 500 + K]) == together[500 : 500 + K]


@trained_again
def test_a_diverging_neighbour_changes_no_bit(fits, settings_of):
    # Long enough that those that diverged are dropped on the way.
    settings = settings_of(corrects="none", steps=60, learning_rate=1e-3)

    def train(some):
        return train_networks(some, settings, horizon=3, season_length=12)

    alone = [bits(n) for n in train(fits[:5])]
    mixed = train([fits[0], diverging(), *fits[1:3], diverging(95), *fits[3:5]])
    assert [bits(n) for n in mixed if n.status == "ok"] == alone
    assert [mixed[k].status for k in (1, 4)] == ["failed", "failed"]
    assert "diverged" in mixed[1].reason
    assert [bits(n) for n in train([diverging()])] == [bits(mixed[1])]


@pytest.mark.parametrize("shape", SHAPES)
def test_forecasting_knows_nothing_of_its_company(fits, settings_of, shape):
    settings = settings_of(**SHAPES[shape] | {"shrinkage": False})  # so that all of it is seen
    fits = [f for f in fits[:16] if not np.isnan(f.series.values[-20:]).any()]
    networks = train_networks(fits, settings, horizon=3, season_length=12)
    pairs = [(n, f.series) for n, f in zip(networks, fits, strict=True)] * 5

    def forecast(some):
        networks, series = zip(*some, strict=True)
        found = forecast_networks(networks, series, settings, horizon=3, season_length=12)
        return [(f.y_hat.tobytes(), f.reason) for f in found]

    together = forecast(pairs)
    assert all(reason == "" for _, reason in together)
    for k in range(3):
        assert forecast([pairs[k]]) == [together[k]]
    for name, company in companies(len(pairs)).items():
        assert forecast([pairs[k] for k in company]) == [together[k] for k in company], name


def test_different_references_are_one_program(series_of, settings_of):
    names = ["climatology", "seasonal_naive", "naive", "none"]
    series = [series_of(k, rows=60 + 9 * k) for k in range(4)]
    mixed = settings_of(
        corrects={s.unique_id: n for s, n in zip(series, names, strict=True)}, steps=5
    )
    fits = [Fit(s, 0) for s in series]
    together = train_networks(fits, mixed, horizon=3, season_length=12)
    for fit, name, network in zip(fits, names, together, strict=True):
        settings = settings_of(corrects=name, steps=5)
        alone = train_networks([fit], settings, horizon=3, season_length=12)
        assert bits(alone[0]) == bits(network)
        assert network.reference == name
