"""Columns known ahead: seen at the lags and over the horizon, never filled there, and worth it."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean.observations import Series
from pipeline.rnn.batches import Windows, gather_batch
from pipeline.rnn.correction import fit_correction
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.presets import resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import layout_of, run_stack
from pipeline.rnn.train import Fit, train_networks

SIZES = {"horizon": 3, "season_length": 12}
ROWS = 90


@pytest.fixture
def seen(series_of) -> Series:
    """Target, a column known up to the cutoff, and one known ahead."""
    return series_of(1, rows=ROWS, columns=3)


def ahead_of(series: Series, row: int, columns: int = 1) -> np.ndarray:
    return series.values[row + 1 : row + 4, -columns:]


def forecast(networks, series, row, given, ahead=None):
    """One forecast from a row of a series, knowing its own rows ahead unless told otherwise."""
    ahead = ahead_of(series, row, len(given.futr_exog)) if ahead is None else ahead
    return forecast_networks(networks, [series.until(row)], given, ahead=[ahead], **SIZES)[0]


# --- what the network is ---


@pytest.mark.parametrize("loss", ["mse", "quantile"])
def test_only_a_head_that_is_shown_something_has_weights_for_it(settings_of, loss):
    plain, ahead = (
        layout_of(settings_of(futr_exog=names, loss=loss), n_columns=3, horizon=3)
        for names in ([], ["b", "c"])
    )
    assert [p.name for p in ahead.pieces[:-1]] == [p.name for p in plain.pieces]
    assert ahead.pieces[:-1] == plain.pieces
    assert ahead.pieces[-1].name == "head.futr"
    assert ahead.pieces[-1].used == (3 * 2, ahead.outputs)
    assert ahead.pieces[-1].shape == (8, ahead.outputs)  # whole registers, as of hidden units


@settings(max_examples=15)
@given(
    hidden=st.integers(1, 9),
    columns=st.integers(1, 3),
    horizon=st.integers(1, 4),
    batch=st.integers(1, 5),
    F=st.integers(2, 4),
)
def test_the_head_is_a_linear_layer_on_state_and_known_values(hidden, columns, horizon, batch, F):
    declared = NetworkSettings(
        hidden_size=hidden, futr_exog=["a", "b", "c"][:columns], mask_channel=False
    )
    layout = layout_of(resolve(declared, freq="MS"), n_columns=1 + columns, horizon=horizon)
    random = torch.Generator().manual_seed(F)
    size = (F, batch, 5, layout.n_inputs)
    inputs = torch.randn(size, generator=random, dtype=torch.float64)
    futr = torch.randn(F, batch, horizon, columns, generator=random, dtype=torch.float64)
    rows = torch.zeros(F, layout.row_size, dtype=torch.float64)
    for piece, part in zip(layout.pieces, layout.split(rows).values(), strict=True):
        part[piece.inside] = torch.randn(F, *piece.used, generator=random, dtype=torch.float64)
    rows.requires_grad_()
    found = run_stack(rows, inputs, layout, futr=futr)
    (gradient,) = torch.autograd.grad(found.square().sum(), rows)
    parts, gradients = layout.split(rows.detach()), layout.split(gradient)
    of_futr, known = parts["head.futr"], horizon * columns
    for k in range(F):
        cell = torch.nn.RNN(layout.n_inputs, hidden, batch_first=True, dtype=torch.float64)
        head = torch.nn.Linear(hidden + horizon * columns, horizon, dtype=torch.float64)
        with torch.no_grad():
            for name, ours in (("weight_ih", "w_xh"), ("weight_hh", "w_hh")):
                weights = parts[f"layer0.{ours}"][k, :, 0, :hidden]
                getattr(cell, f"{name}_l0").copy_(weights[: getattr(cell, f"{name}_l0").shape[1]].T)
            for name in ("bias_ih", "bias_hh"):
                getattr(cell, f"{name}_l0").copy_(parts[f"layer0.b_{name[5:]}"][k, 0, :hidden])
            state_part = parts["head.weight"][k, :hidden]
            head.weight.copy_(torch.cat([state_part, of_futr[k, :known]]).T)
            head.bias.copy_(parts["head.bias"][k])
        state = cell(inputs[k])[0][:, -1]
        theirs = head(torch.cat([state, futr[k].flatten(1)], dim=1))
        torch.testing.assert_close(found[k], theirs, rtol=1e-10, atol=1e-10)
        theirs.square().sum().backward()
        assert head.weight.grad is not None
        torch.testing.assert_close(
            gradients["head.futr"][k, :known], head.weight.grad.T[hidden:], rtol=1e-10, atol=1e-10
        )
    assert (gradients["head.futr"][:, known:] == 0).all()


# --- what it is shown ---


def test_a_batch_shows_the_rows_behind_each_window(seen, settings_of):
    given = settings_of(input_size=5, futr_exog=["a", "b"])
    folds = [fit_correction(seen.until(row), given, **SIZES) for row in (50, 80)]
    windows = Windows.of(folds, torch.float64, torch.device("cpu"))
    which, numbers = torch.tensor([1, 0]), torch.tensor([[3, 60], [9, 0]])
    batch = gather_batch(windows, which, numbers, torch.ones_like(numbers) > 0, input_size=5)
    assert batch.futr is not None
    assert batch.futr.shape == (2, 2, 3, 2)
    for k in range(2):
        fold = folds[which[k]]
        for b in range(2):
            end = fold.ends[numbers[k, b]]
            np.testing.assert_array_equal(batch.futr[k, b], fold.inputs[end + 1 : end + 4, 1:3])
    plain = settings_of(input_size=5)
    fold = fit_correction(seen, plain, **SIZES)
    windows = Windows.of([fold], torch.float64, torch.device("cpu"))
    one = gather_batch(windows, which * 0, numbers, numbers >= 0, input_size=5)
    assert one.futr is None


def test_a_window_whose_horizon_lacks_a_known_value_is_left_out(seen, settings_of):
    gap = dataclasses.replace(seen, values=seen.values.copy())
    gap.values[40, 2] = np.nan
    given = settings_of(input_size=5, futr_exog=["b"])
    whole, holed = (fit_correction(s, given, **SIZES).ends for s in (seen, gap))
    assert sorted({*whole} - {*holed}) == [37, 38, 39]
    assert {*holed} <= {*whole}
    as_hist = fit_correction(gap, settings_of(input_size=5), **SIZES).ends
    np.testing.assert_array_equal(as_hist, whole)
    gap.values[5:, 2] = np.nan
    fold = fit_correction(gap, given, **SIZES)
    assert "without a value of b" in fold.reason


@pytest.mark.parametrize("mask_channel", [True, False])
def test_a_missing_known_value_fails_the_forecast_and_is_never_filled(
    seen, settings_of, mask_channel
):
    given = settings_of(futr_exog=["a", "b"], steps=2, mask_channel=mask_channel)
    networks = train_networks([Fit(seen.until(70), 0)], given, **SIZES)
    holes = ahead_of(seen, 75, columns=2).copy()
    assert forecast(networks, seen, 75, given).reason == ""
    holes[1, 0] = np.nan
    holes[2, 1] = np.nan
    found = forecast(networks, seen, 75, given, ahead=holes)
    date = seen.ds[77].astype("M8[D]")
    assert found.reason == (
        f"a, which is known ahead, is missing on {date}; fill the cell, or declare the column as "
        "hist_exog"
    )


def test_the_forecast_moves_with_what_is_known_ahead_and_the_rest_stays(seen, settings_of):
    given = settings_of(futr_exog=["b"], steps=30, shrinkage=False)
    networks = train_networks([Fit(seen.until(70), 0)], given, **SIZES)
    once = forecast(networks, seen, 75, given)
    other = ahead_of(seen, 75).copy()
    other[2] += 3
    twice = forecast(networks, seen, 75, given, ahead=other)
    assert (once.y_hat != twice.y_hat).all()  # every step's forecast reads every known value
    # Nothing of the rows behind the horizon, or of other columns behind the cutoff, is handed over.
    later = dataclasses.replace(seen, values=seen.values.copy())
    later.values[76:, :2] = 1e6
    later.values[79:] = -1e6
    assert forecast(networks, later, 75, given).y_hat.tobytes() == once.y_hat.tobytes()


def test_a_network_that_knows_ahead_begins_as_its_reference(seen, settings_of, reference):
    given = settings_of(corrects=reference, futr_exog=["b"], steps=1, learning_rate=1e-300)
    plain = settings_of(corrects=reference, steps=1, learning_rate=1e-300)
    ours = forecast(train_networks([Fit(seen.until(70), 0)], given, **SIZES), seen, 75, given)
    networks = train_networks([Fit(seen.until(70), 0)], plain, **SIZES)
    (theirs,) = forecast_networks(networks, [seen.until(75)], plain, **SIZES)
    assert ours.y_hat.tobytes() == theirs.y_hat.tobytes()


# --- what it is worth ---


def test_a_known_dummy_is_learnt_by_the_network_that_knows_it_and_by_no_other(settings_of):
    random = np.random.default_rng(0)
    dummy = (random.random(240) < 0.4).astype(float)
    season = np.sin(2 * np.pi * np.arange(240) / 12)
    y = 20 + 3 * season + 8 * dummy + 0.5 * random.normal(size=240)
    whole = Series("shop", "MS", 0, ("y", "sale"), np.column_stack([y, dummy]))
    kinds = {
        "knows": ({"futr_exog": ["sale"]}, ("y", "sale")),
        "saw": ({}, ("y", "sale")),
        "calendar": ({"calendar": True}, ("y",)),
        "plain": ({}, ("y",)),
    }
    missed = {}
    for name, (options, columns) in kinds.items():
        given = settings_of(steps=300, learning_rate=1e-2, input_size=6, **options)
        series = whole.pick(columns)
        networks = train_networks([Fit(series.until(199), 0)], given, **SIZES)
        rows = range(199, 236, 3)
        found = forecast_networks(
            networks * len(rows),
            [series.until(row) for row in rows],
            given,
            ahead=[ahead_of(whole, row) for row in rows] if name == "knows" else None,
            **SIZES,
        )
        errors = [f.y_hat - y[row + 1 : row + 4] for f, row in zip(found, rows, strict=True)]
        missed[name] = float(np.abs(errors).mean())
    assert missed["knows"] < 1.5
    assert min(missed[name] for name in kinds if name != "knows") > 3
