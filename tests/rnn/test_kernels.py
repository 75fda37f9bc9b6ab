"""The compiled steps against plain torch: the same training, up to rounding, whatever the shape."""

import shutil

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.group import Fit
from pipeline.rnn.kernels import compiled
from pipeline.rnn.train import train_networks
from tests.rnn.test_alone_or_together import bits, diverging

SIZES = {"horizon": 3, "season_length": 12}

pytestmark = pytest.mark.skipif(
    not (shutil.which("cc") or shutil.which("gcc")), reason="there is no C compiler here"
)

CASES = {
    "monthly preset": {"steps": 12},
    "two layers of 32": {"hidden_size": 32, "num_layers": 2, "batch_size": 16, "steps": 12},
    "padded": {"hidden_size": 5, "num_layers": 3, "input_size": 3, "batch_size": 7, "steps": 12},
    "24 hidden, one lag": {"hidden_size": 24, "input_size": 1, "batch_size": 5, "steps": 12},
    "passes": {"epochs": 3, "batch_size": 9, "schedule": "constant", "clip": "none"},
    "absolute": {"loss": "mae", "steps": 4},
    "huber": {"loss": "huber", "steps": 12, "corrects": "none", "learning_rate": 0.05},
    "gru": {"cell": "gru", "num_layers": 2, "hidden_size": 12, "steps": 12},
    "lstm": {"cell": "lstm", "num_layers": 2, "hidden_size": 12, "steps": 12},
    "early stop": {"steps": 60, "early_stop_patience_steps": 2, "learning_rate": 3e-2},
}


@pytest.fixture
def fits(series_of):
    folds = [series_of(k, rows=50 + 7 * (k % 5), columns=2, gaps=0.02) for k in range(6)]
    return [Fit(fold, seed) for fold in folds for seed in (0, 1)]


def train(fits, settings, **options):
    return train_networks(fits, settings, **SIZES, **options)


@pytest.mark.parametrize("case", CASES)
def test_training_and_forecasts_are_those_of_torch(fits, settings_of, case):
    plain, fused = (settings_of(**CASES[case], kernel=kernel) for kernel in ("torch", "fused"))
    series = [fit.series for fit in fits]
    wanted, found = train(fits, plain), train(fits, fused)
    assert {n.status for n in found} == {"ok"}
    for ours, theirs in zip(found, wanted, strict=True):
        assert len(ours.losses) == len(theirs.losses)
        np.testing.assert_allclose(ours.losses, theirs.losses, rtol=2e-3, atol=1e-5)
        # Adam makes a whole step of a gradient that is rounding: a few weights may differ by one.
        assert np.mean(np.abs(ours.weights - theirs.weights) > 1e-3) < 0.05
        # Padding is zero and stays it: there are as many zeros as before.
        assert ((ours.weights == 0) >= (theirs.weights == 0)).all()
    ours, theirs = (forecast_networks(n, series, fused, **SIZES) for n in (found, wanted))
    for one, other, network in zip(ours, theirs, wanted, strict=True):
        assert one.reason == other.reason == ""
        np.testing.assert_allclose(one.y_hat, other.y_hat, atol=5e-3 * network.spread)


@effort(max_examples=20, deadline=None)
@given(
    hidden_size=st.integers(1, 40),
    num_layers=st.integers(1, 3),
    input_size=st.integers(1, 9),
    batch_size=st.integers(1, 19),
    loss=st.sampled_from(["mse", "mae", "huber"]),
    cell=st.sampled_from(["rnn", "gru", "lstm"]),
)
def test_one_step_is_torchs_for_any_shape(
    hidden_size, num_layers, input_size, batch_size, loss, cell
):
    """The first step of Adam moves each weight by the sign of its gradient: any fault shows."""
    from pipeline.clean.observations import Series
    from pipeline.rnn.presets import resolve
    from pipeline.rnn.settings import NetworkSettings

    values = np.random.default_rng(0).normal(size=(60, 2))
    fit = Fit(Series("s", "MS", 0, ("y", "a"), values), 0)
    networks = []
    for kernel in ("torch", "fused"):
        declared = {
            "hidden_size": hidden_size,
            "num_layers": num_layers,
            "kernel": kernel,
            "loss": loss,
        }
        declared |= {"input_size": input_size, "batch_size": batch_size, "steps": 1}
        settings = resolve(NetworkSettings(**declared, corrects="none", device="cpu"), freq="MS")
        networks += train([fit], settings)
    one, other = (n.weights for n in networks)
    assert np.mean(np.abs(one - other) > 1e-4) < 0.01  # a gradient of rounding may have any sign
    np.testing.assert_allclose(networks[1].losses, networks[0].losses, rtol=1e-5)


def test_company_order_and_threads_change_no_bit(fits, settings_of):
    settings = settings_of(steps=30, kernel="fused", corrects="none", clip="none")
    together = [bits(n) for n in train(fits, settings)]
    assert [bits(n) for n in train(fits[::-1], settings)][::-1] == together
    assert [bits(n) for n in train(fits[4:5], settings)] == together[4:5]
    before = torch.get_num_threads()
    for threads in (1, 3):
        torch.set_num_threads(threads)
        try:
            assert [bits(n) for n in train(fits, settings)] == together
        finally:
            torch.set_num_threads(before)


def test_a_diverging_neighbour_changes_no_bit(series_of, settings_of):
    settings = settings_of(steps=30, kernel="fused", corrects="none")
    fits = [Fit(series_of(k), 0) for k in range(3)]
    alone = [bits(n) for n in train(fits, settings)]
    mixed = train([fits[0], diverging(), *fits[1:]], settings)
    assert [bits(n) for n in mixed if n.status == "ok"] == alone
    assert "diverged" in mixed[1].reason


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"loss": "quantile"}, "loss quantile"),
        ({"dtype": "float64"}, "float64"),
    ],
)
def test_what_is_not_compiled_is_an_error_for_people(fits, settings_of, given, said):
    with pytest.raises(InputError, match=said):
        train(fits, settings_of(**given, steps=1, kernel="fused"))


def test_without_a_compiler_it_says_so(fits, settings_of, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    compiled._library.cache_clear()
    with pytest.raises(InputError, match="needs a C compiler"):
        train(fits, settings_of(steps=1, kernel="fused"))
