"""Early stopping: which windows are held back, and which weights are kept."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rnn.correction import fit_correction
from pipeline.rnn.early_stop import Best, is_check, split_windows
from pipeline.rnn.group import Fit, Job, make_group
from pipeline.rnn.presets import resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import layout_of, run_stack
from pipeline.rnn.steps import run_steps
from pipeline.rnn.train import train_networks

SIZES = {"horizon": 3, "season_length": 12}
STOPPING = {
    "shrinkage": False,
    "early_stop_patience_steps": 3,
    "val_check_steps": 4,
    "schedule": "constant",
}


@given(
    rows=st.lists(st.integers(0, 300), min_size=1, max_size=120, unique=True).map(sorted),
    horizon=st.integers(1, 14),
    val_size=st.none() | st.integers(1, 130),
)
def test_held_back_and_trained_windows_share_no_target(rows, horizon, val_size):
    settings = resolve(NetworkSettings(**STOPPING, val_size=val_size), freq="MS")
    ends = np.array(rows)
    split = split_windows(ends, settings, horizon=horizon)
    wanted = val_size or max(horizon, int(np.ceil(0.1 * len(ends))), 12)
    if split.reason:
        assert split.n_train == split.n_held == 0
        assert wanted >= len(ends) or ends[0] + horizon > ends[-wanted]
        return
    targets = [{end + h for h in range(1, horizon + 1)} for end in rows]
    held = set().union(*targets[-split.n_held :])
    assert split.n_held == wanted
    assert all(held.isdisjoint(t) for t in targets[: split.n_train])
    # Not one window more could have been trained on.
    assert split.n_train == len(ends) - wanted or not held.isdisjoint(targets[split.n_train])


def test_without_early_stopping_every_window_is_trained_on(settings_of):
    split = split_windows(np.arange(9), settings_of(), horizon=3)
    assert (split.n_train, split.n_held, split.reason) == (9, 0, "")


def weights_after(fit, settings, n_steps):
    """The weights after so many steps on the windows that are not held back, and their loss."""
    fold = fit_correction(fit.series, settings, **SIZES)
    split = split_windows(fold.ends, settings, horizon=SIZES["horizon"])
    layout = layout_of(settings, n_columns=1, horizon=SIZES["horizon"])
    job = Job(fit, fold, dataclasses.replace(split, n_held=0), n_steps)
    group, rows = make_group([job], layout, dtype=torch.float32, device=torch.device("cpu"))
    if n_steps:
        to_the_end = settings.model_copy(
            update={"early_stop_patience_steps": None, "steps": n_steps}
        )
        group, state = run_steps(group, rows, to_the_end)
        rows = state.rows
    ends = fold.ends[-split.n_held :]
    lags = fold.inputs[ends[:, None] + np.arange(1 - settings.input_size, 1)]
    seen = torch.tensor(lags, dtype=torch.float32).expand(2, *lags.shape)
    outputs = run_stack(rows, seen, layout)[0].numpy()
    errors = (outputs - fold.targets[-split.n_held :])[fold.observed[-split.n_held :]]
    return rows[0].numpy(), float(np.mean(errors**2))


@pytest.mark.parametrize("number", range(3))
def test_the_best_weights_before_patience_ran_out_are_kept(series_of, settings_of, number):
    settings = settings_of(**STOPPING, steps=60, learning_rate=3e-2)
    fit = Fit(series_of(number, gaps=0.03), 0)
    (network,) = train_networks([fit], settings, **SIZES)
    every = STOPPING["val_check_steps"]
    best, since, at = (None, np.inf), 0, 0
    for n_steps in range(0, 61, every):
        row, loss = weights_after(fit, settings, n_steps)
        best, since = ((row, loss), 0) if loss < best[1] else (best, since + 1)
        at = n_steps
        if since >= STOPPING["early_stop_patience_steps"]:
            break
    assert network.status == "ok"
    assert network.weights.tobytes() == best[0].tobytes()
    assert 0 < at < 60, "the case shows nothing if it does not stop"
    assert len(network.losses) == at


def test_a_network_that_only_gets_worse_stays_what_it_corrects(series_of, settings_of):
    settings = settings_of(**STOPPING, learning_rate=10.0, clip="none")
    (network,) = train_networks([Fit(series_of(0), 0)], settings, **SIZES)
    layout = layout_of(settings, n_columns=1, horizon=3)
    rows = torch.tensor(network.weights)[None].repeat(2, 1)
    inputs = torch.randn(2, 5, settings.input_size, layout.n_inputs)
    assert network.status == "ok"
    assert (run_stack(rows, inputs, layout) == 0).all()


def test_too_few_windows_to_hold_some_back_is_a_reason(series_of, settings_of):
    settings = settings_of(**STOPPING, steps=5)
    fits = [Fit(series_of(0, rows=30), 0), Fit(series_of(1), 0)]
    short, long = train_networks(fits, settings, **SIZES)
    assert (short.status, long.status) == ("failed", "ok")
    assert "holds back 12 of" in short.reason


def test_a_check_stands_before_the_first_step_and_after_the_last():
    assert [step for step in range(12) if is_check(step, 10, 4)] == [0, 4, 8, 10]


def test_a_loss_that_is_no_number_is_never_better():
    best = Best.of(torch.zeros(2, 4))
    best.check(torch.ones(2, 4), torch.tensor([torch.nan, 1.0]), torch.tensor([True, True]))
    assert best.rows.sum(1).tolist() == [0, 4]
    assert best.since.tolist() == [1, 0]
