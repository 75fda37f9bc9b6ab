"""The compiled steps against plain torch: the same training, up to rounding, whatever the shape."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.rnn.batches import Choice, count_steps, draw_windows, gather_batch
from pipeline.rnn.correction import fit_correction
from pipeline.rnn.early_stop import split_windows
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.group import Fit, Job, make_group
from pipeline.rnn.kernels import compiled
from pipeline.rnn.kernels.compiled import make_steps
from pipeline.rnn.losses import losses_of
from pipeline.rnn.optimizer import AdamState, clip_each
from pipeline.rnn.presets import resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import layout_of, run_stack
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
    "early stop": {
        "steps": 60,
        "shrinkage": False,
        "early_stop_patience_steps": 2,
        "learning_rate": 3e-2,
    },
}

GRADIENTS = {
    "two lags, two layers": {"hidden_size": 12, "num_layers": 2, "input_size": 2, "batch_size": 9},
    "one layer": {"hidden_size": 8, "num_layers": 1, "input_size": 6, "batch_size": 16},
    "padded, clipped": {
        "hidden_size": 5,
        "num_layers": 3,
        "input_size": 4,
        "batch_size": 7,
        "clip": 0.01,
    },
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


def group_of(fits, settings):
    """Networks before their first step, and their weights."""
    folds = [fit_correction(fit.series, settings, **SIZES) for fit in fits]
    splits = [split_windows(fold.ends, settings, horizon=SIZES["horizon"]) for fold in folds]
    jobs = [
        Job(*parts, count_steps(settings, parts[-1].n_train))
        for parts in zip(fits, folds, splits, strict=True)
    ]
    layout = layout_of(settings, n_columns=len(fits[0].series.columns), horizon=SIZES["horizon"])
    return make_group(jobs, layout, dtype=torch.float32, device=torch.device("cpu"))


def autograds(group, rows, settings, choice):
    """The gradient of each network by autograd, float64."""
    leaf, windows = rows.double().requires_grad_(), group.windows
    windows = replace(windows, inputs=windows.inputs.double(), targets=windows.targets.double())
    batch = gather_batch(
        windows, group.which, choice.numbers, choice.counted, input_size=settings.input_size
    )
    outputs = run_stack(leaf, batch.inputs, group.layout)
    found = losses_of(outputs, batch.targets, batch.observed, loss=settings.loss)
    (gradients,) = torch.autograd.grad(found.means.sum(), leaf)
    return clip_each(gradients, settings.clip)


def adam_after_standing_still(group, rows, settings, choices):
    """What Adam remembers of steps at the rate 0, one after the other in one call."""
    adam, moved, S = AdamState.of(rows), rows.clone(), len(choices.numbers)
    make_steps(
        group.windows,
        group.layout,
        settings,
        rows=moved,
        adam=adam,
        which=group.which,
        numbers=choices.numbers,
        counted=choices.counted,
        rates=torch.zeros(S, len(rows), dtype=torch.float64),
        first_step=0,
    )
    assert torch.equal(moved, rows)
    return adam


def assert_same_gradients(cell, loss, **shape):
    """Steps at the rate 0 leave in Adam's mean the gradients themselves, not their signs alone."""
    settings = resolve(
        NetworkSettings(
            **{"clip": "none"} | shape,
            cell=cell,
            loss=loss,
            kernel="fused",
            steps=3,
            corrects="none",
            device="cpu",
        ),
        freq="MS",
    )
    values = np.random.default_rng(0).normal(size=(60, 2))
    values[::7, 0] = np.nan
    fits = [Fit(Series("s", "MS", 0, ("y", "a"), values), seed) for seed in range(3)]
    group, rows = group_of(fits, settings)
    steps = torch.arange(settings.steps)
    choices = draw_windows(group.streams, group.n_train, steps, settings.batch_size)
    choices.counted[1, :, 0] = False
    found = adam_after_standing_still(group, rows, settings, choices)
    mean, square = torch.zeros_like(rows).double(), torch.zeros_like(rows).double()
    for numbers, counted in zip(choices.numbers, choices.counted, strict=True):
        g = autograds(group, rows, settings, Choice(numbers, counted))
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g**2
    for ours, theirs, furthest in ((found.mean, mean, 1e-5), (found.square, square, 1e-4)):
        wanted = group.layout.split(theirs)
        for name, part in group.layout.split(ours.double()).items():
            off, size = (part - wanted[name]).abs().max(), wanted[name].abs().max()
            assert off <= furthest * size, f"{name} is off by {off / size:.1e} of its size"


@pytest.mark.parametrize("shape", GRADIENTS)
@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_gradients_are_autograds(cell, loss, shape):
    assert_same_gradients(cell, loss, **GRADIENTS[shape])


any_shape = given(
    hidden_size=st.integers(1, 40),
    num_layers=st.integers(1, 3),
    input_size=st.integers(1, 9),
    batch_size=st.integers(2, 19),
    loss=st.sampled_from(["mse", "mae", "huber"]),
    cell=st.sampled_from(["rnn", "gru", "lstm"]),
)


@effort(max_examples=5, deadline=None)  # each shape is compiled
@any_shape
def test_gradients_are_autograds_for_any_shape(cell, loss, **shape):
    assert_same_gradients(cell, loss, **shape)


@pytest.mark.slow
@effort(max_examples=40, deadline=None)
@any_shape
def test_gradients_are_autograds_for_many_more_shapes(cell, loss, **shape):
    assert_same_gradients(cell, loss, **shape)


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
