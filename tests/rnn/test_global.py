"""One network of many series: windows stay inside their series, and company changes no bit."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.panels.panel import panel
from pipeline.baselines.forecast import reference_paths
from pipeline.clean.observations import Series
from pipeline.rnn.batches import Windows, gather_batch
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.global_network import from_tensors, networks_for, to_tensors
from pipeline.rnn.group import GlobalFit
from pipeline.rnn.pooled import prepare_pools
from pipeline.rnn.presets import FEWEST_WINDOWS, resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.shrinkage import measure
from pipeline.rnn.train_global import train_global_networks

needs_compiler = pytest.mark.skipif(
    not (shutil.which("cc") or shutil.which("gcc")), reason="there is no C compiler here"
)

SIZES = {"horizon": 3, "season_length": 12}
SMALL = {"scope": "global", "corrects": "climatology", "steps": 6, "batch_size": 8}
SMALL |= {"hidden_size": 5, "input_size": 6}


def last_of(series: Series) -> np.ndarray:
    return np.array([len(series.y) - 1])


def bits(network) -> tuple:
    members = [
        (
            name,
            m.scale.reference,
            m.scale.spread,
            m.scale.input_spreads.tobytes(),
            m.shrinkage.weights.tobytes(),
            m.shrinkage.untested,
            m.reason,
            m.n_windows,
        )
        for name, m in network.members.items()
    ]
    own = (network.weights, network.losses, network.shrinkage.weights)
    return tuple(a.tobytes() for a in own), network.status, network.n_windows, members


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.integers(5, 60), min_size=1, max_size=5),
    horizon=st.integers(1, 4),
    shrinkage=st.booleans(),
)
def test_a_window_never_leaves_its_series(rows, horizon, shrinkage):
    """Nor its place in it: the target of a window is what came after its last lag."""
    rng = np.random.default_rng(sum(rows))
    series = [
        Series(f"s{k}", "MS", 400 - n, ("y",), rng.normal(size=(n, 1))) for k, n in enumerate(rows)
    ]
    given = resolve(
        NetworkSettings(scope="global", input_size=6, corrects="naive", shrinkage=shrinkage),
        freq="MS",
    )
    fit = GlobalFit(tuple(series[::-1]), 0)
    (made,) = prepare_pools([fit], given, horizon=horizon, season_length=12)
    kept = [k for k in range(len(rows)) if not made.parts[f"s{k}"].reason]
    assert kept == [k for k, n in enumerate(rows) if n - 5 - horizon - 1 >= FEWEST_WINDOWS - 1]
    for fold in (made.folds.whole, made.folds.first):
        if fold is None or fold.reason:
            continue
        inside = [k for k in kept if fold is made.folds.whole or _measured(made, k)]
        begin = np.cumsum([0, *(rows[k] for k in inside)])
        assert len(fold.inputs) == begin[-1]
        whose = np.searchsorted(begin, fold.ends, side="right") - 1
        assert (fold.ends - 5 >= begin[whose]).all()
        assert (fold.ends + horizon < begin[whose + 1]).all()
        for end, k, targets in zip(fold.ends, whose, fold.targets, strict=True):
            y, row = series[inside[k]].y, end - begin[k]
            errors = y[row + 1 : row + 1 + horizon] - y[row]
            assert targets * (errors / targets)[0] == pytest.approx(errors)


def _measured(made, k: int) -> bool:
    held = made.parts[f"s{k}"].held
    return held.stop > held.start


def test_a_first_fit_of_few_windows_of_all_series_decides_nothing(series_of):
    """Of 42 rows 34 windows: 18 held back, 2 that share targets with them, 14 of each series."""
    given = resolve(NetworkSettings(**SMALL), freq="MS")
    two = [series_of(k, rows=42) for k in range(2)]
    pools = prepare_pools([GlobalFit((two[0],), 0), GlobalFit(tuple(two), 0)], given, **SIZES)
    alone, both = (pool.folds for pool in pools)
    assert alone.first is None
    assert alone.untested == "14 windows lie before those held back, a first fit needs 18"
    assert (both.held.n_train, both.untested) == (28, "")


def test_windows_held_back_are_the_same_dates_of_every_series(series_of):
    """And no window that the first fit is trained on has a target at or behind them."""
    whole = [series_of(k, rows=140) for k in range(3)]
    whole[1] = replace(whole[1], first_step=whole[1].first_step + 40, values=whole[1].values[40:])
    given = resolve(NetworkSettings(**SMALL), freq="MS")
    folds = prepare_pools([GlobalFit(tuple(whole), 0)], given, **SIZES)[0].folds
    first, n_train = folds.first, folds.held.n_train
    lengths = [140, 100, 140]
    begin = np.cumsum([0, *lengths])
    whose = np.searchsorted(begin, first.ends, side="right") - 1
    steps = first.ends - begin[whose] + np.array([one.first_step for one in whole])[whose]
    since = steps[n_train:].min()
    assert steps[:n_train].max() + 3 <= since
    assert [int((whose[n_train:] == k).sum()) for k in range(3)] == [44, 44, 44]
    other = [replace(one, values=one.values.copy()) for one in whole]
    for one in other:
        one.values[since - one.first_step + 1 :] += 100.0
    changed = prepare_pools([GlobalFit(tuple(other), 0)], given, **SIZES)[0].folds.first
    known = since - whole[0].first_step + 1
    np.testing.assert_array_equal(changed.inputs[:known], first.inputs[:known])
    np.testing.assert_array_equal(changed.targets[:n_train], first.targets[:n_train])


@pytest.fixture
def many(series_of) -> list[Series]:
    """Series of different length and number of gaps."""
    return [series_of(k, rows=75 + 9 * (k % 3), gaps=0.03 * (k % 2)) for k in range(6)]


@pytest.mark.parametrize(
    "changes", [{}, {"cell": "gru", "loss": "quantile"}, {"loss": "tweedie"}, {"dtype": "float64"}]
)
def test_alone_or_together_the_same(many, settings_of, changes):
    """Beside other refit cutoffs, seeds and other series' pools, in any order."""
    given = settings_of(**SMALL | changes)
    pools = [many, [one.until(60) for one in many], many[:2], [many[3]]]
    fits = [GlobalFit(tuple(some), seed) for some in pools for seed in range(2)]
    together = train_global_networks(fits, given, **SIZES)
    again = train_global_networks(fits[::-1], given, **SIZES)[::-1]
    for fit, network, other in zip(fits, together, again, strict=True):
        (alone,) = train_global_networks([fit], given, **SIZES)
        assert network.status == "ok"
        assert bits(alone) == bits(network) == bits(other)
    assert bits(together[0]) != bits(together[1])


@needs_compiler
def test_compiled_steps_train_it_too(many, settings_of):
    fit = GlobalFit(tuple(many), 0)
    plain, fused = (
        train_global_networks([fit], settings_of(**SMALL, kernel=kernel), **SIZES)[0]
        for kernel in ("torch", "fused")
    )
    np.testing.assert_allclose(fused.weights, plain.weights, atol=1e-5)
    np.testing.assert_allclose(fused.losses, plain.losses, rtol=1e-4)


def test_columns_known_ahead_are_those_of_the_own_series(series_of, settings_of):
    """Of the rows behind a window's last lag, also where another series begins behind them."""
    some = [series_of(k, rows=70, columns=3) for k in range(2)]
    given = settings_of(**SMALL, hist_exog=["a"], futr_exog=["b"])
    (pool,) = prepare_pools([GlobalFit(tuple(some), 0)], given, **SIZES)
    windows = Windows.of([pool.folds.whole], torch.float64, torch.device("cpu"))
    n = len(pool.folds.whole.ends)
    batch = gather_batch(
        windows,
        torch.tensor([0]),
        torch.arange(n)[None],
        torch.ones(1, n, dtype=torch.bool),
        input_size=6,
    )
    ahead = batch.futr[0, :, :, 0].numpy()
    for end, seen in zip(pool.folds.whole.ends, ahead, strict=True):
        k, row = divmod(int(end), 70)
        if row < 12:
            continue
        spreads = pool.parts[some[k].unique_id].scale.input_spreads[2]
        months = (some[k].steps[row + 1 : row + 4]) % 12
        anomalies = seen * spreads[months]
        b = some[k].values[:, 2]
        before = [b[month::12][: (r - month + 11) // 12].mean() for r, month in _of(row, some[k])]
        np.testing.assert_allclose(anomalies, b[row + 1 : row + 4] - before, atol=1e-9)


def _of(row: int, series: Series) -> list[tuple[int, int]]:
    """The rows behind a row, and the first row in the month of each: series begin in January."""
    assert series.first_step % 12 == 0
    return [(r, r % 12) for r in range(row + 1, row + 4)]


def test_the_order_of_the_series_changes_no_bit(many, settings_of):
    given = settings_of(**SMALL)
    (one,) = train_global_networks([GlobalFit(tuple(many), 0)], given, **SIZES)
    (other,) = train_global_networks([GlobalFit(tuple(many[::-1]), 0)], given, **SIZES)
    assert bits(one) == bits(other)


def test_each_series_has_its_own_scale(many, settings_of):
    """A series in other units has the same forecast in these units: only its spread differs."""
    given = settings_of(**SMALL | {"learning_rate": 0.03})
    dollars = [replace(many[0], values=1024 * many[0].values), *many[1:]]
    forecasts = []
    for some in (many, dollars):
        networks = train_global_networks([GlobalFit(tuple(some), 0)], given, **SIZES)
        (own,) = networks_for([networks], some[:1], given, **SIZES)
        forecasts.append(forecast_networks(own, [some[0]], given, **SIZES)[0].y_hat)
    np.testing.assert_allclose(1024 * forecasts[0], forecasts[1], rtol=1e-6)


def test_at_step_0_it_is_its_references(many, settings_of):
    given = settings_of(**SMALL | {"steps": 1, "learning_rate": 1e-30, "shrinkage": False})
    given = given.model_copy(update={"corrects": {many[1].unique_id: "naive"}})
    networks = train_global_networks([GlobalFit(tuple(many), 0)], given, **SIZES)
    for k, reference in ((0, "climatology"), (1, "naive")):
        (found,) = forecast_networks(
            networks_for([networks], [many[k]], given, **SIZES)[0], [many[k]], given, **SIZES
        )
        path = reference_paths(reference, [many[k]], [last_of(many[k])], **SIZES)[0][0]
        np.testing.assert_array_equal(found.y_hat, path)


def test_rows_after_the_refit_of_any_series_change_no_bit(many, settings_of):
    given = settings_of(**SMALL)
    other = [replace(one, values=one.values.copy()) for one in many]
    for one in other:
        one.values[60:] = -7.0
    one, two = (
        train_global_networks([GlobalFit(tuple(s.until(59) for s in some), 0)], given, **SIZES)[0]
        for some in (many, other)
    )
    assert bits(one) == bits(two)


def test_a_series_too_short_is_left_out_and_says_why(many, settings_of):
    given = settings_of(**SMALL)
    short = replace(many[5], values=many[5].values[:15])
    with_it, without = train_global_networks(
        [GlobalFit((*many[:5], short), 0), GlobalFit(tuple(many[:5]), 0)], given, **SIZES
    )
    assert with_it.weights.tobytes() == without.weights.tobytes()
    assert with_it.members[short.unique_id].reason.endswith("needs 12 of each")
    (forecast,) = forecast_networks(
        networks_for([[with_it]], [short], given, **SIZES)[0], [short], given, **SIZES
    )
    path = reference_paths("climatology", [short], [np.array([14])], **SIZES)[0][0]
    np.testing.assert_array_equal(forecast.y_hat, path)
    assert "needs 12 of each" in forecast.reason
    (nothing,) = train_global_networks([GlobalFit((short,), 0)], given, **SIZES)
    assert nothing.status == "failed"
    assert nothing.reason.startswith(f"no series can be trained on; {short.unique_id}: ")


def test_a_series_that_was_not_there_is_forecast_as_all_are_trusted(settings_of):
    given = settings_of(**SMALL | {"learning_rate": 0.03, "steps": 60})
    drawn = panel("seasonal_ar", series=6, rows=120, seed=0).y
    many = [Series(f"s{k}", "MS", 360, ("y",), y[:, None]) for k, y in enumerate(drawn)]
    networks = train_global_networks(
        [GlobalFit(tuple(many[:5]), s) for s in (0, 1)], given, **SIZES
    )
    (later,) = networks_for([networks], [many[5]], given, **SIZES)
    assert [n.weights.tobytes() for n in later] == [n.weights.tobytes() for n in networks]
    for one, network in zip(later, networks, strict=True):
        np.testing.assert_array_equal(one.shrinkage.weights, network.shrinkage.weights)
    forecasts = forecast_networks(later, [many[5]] * 2, given, **SIZES)
    assert not any(f.reason for f in forecasts)
    path = reference_paths("climatology", [many[5]], [last_of(many[5])], **SIZES)[0][0]
    assert (forecasts[0].y_hat != path).any()


def test_a_series_whose_reference_never_errs_stands_with_it(many, settings_of):
    """Nothing says how large a correction of it may be, and a made-up size is in no unit."""
    still = Series("still", "MS", 360, ("y",), np.full((90, 1), 5e-3))
    settings = settings_of(**SMALL | {"steps": 20})
    fit = GlobalFit((*many, still), 0)
    (network,) = train_global_networks([fit], settings, **SIZES)
    assert "never errs" in network.members["still"].reason
    ((known,),) = networks_for([[network]], [still], settings, **SIZES)
    assert "never errs" in known.reason
    (alone,) = train_global_networks([GlobalFit(tuple(many), 0)], settings, **SIZES)
    ((late,),) = networks_for([[alone]], [still], settings, **SIZES)
    assert (late.status, late.reason) == (known.status, known.reason)


def test_a_series_that_was_too_short_is_forecast_once_it_has_rows(many, settings_of):
    settings = settings_of(**SMALL | {"steps": 20})
    young = many[0].until(settings.input_size + SIZES["horizon"] + 3)
    grown = replace(many[0], unique_id="young")
    fit = GlobalFit((*many[1:], replace(young, unique_id="young")), 0)
    (network,) = train_global_networks([fit], settings, **SIZES)
    assert "windows" in network.members["young"].reason
    young = replace(young, unique_id="young")
    (then,), (now,) = networks_for([[network]] * 2, [young, grown], settings, **SIZES)
    assert (then.status, now.status) == ("failed", "ok")
    assert now.shrinkage.weights.tobytes() == network.shrinkage.weights.tobytes()


def test_weights_of_a_series_are_drawn_to_those_of_all():
    """By hand: d, e of two windows and one step; r = 0.05 (4 + 1), w' = 1/2."""
    d, e = np.array([[1.0], [1.0]]), np.array([[2.0], [-1.0]])
    seen, half = np.ones((2, 1), bool), np.array([0.5])
    np.testing.assert_allclose(measure(d, e, seen, half), (1 + 0.25 * 0.5) / (2 + 0.25))
    np.testing.assert_array_equal(measure(d, e, ~seen, half), half)
    np.testing.assert_array_equal(measure(d[:0], e[:0], seen[:0], half), half)
    np.testing.assert_allclose(measure(0 * d, e, seen, half), half)


def test_packs_give_back_what_they_were_given(many, settings_of):
    given = settings_of(**SMALL)
    short = replace(many[5], values=many[5].values[:15])
    fits = [GlobalFit((*many[:5], short), 0), GlobalFit(tuple(many[:2]), 1), GlobalFit((short,), 0)]
    networks = train_global_networks(fits, given, **SIZES)
    back = from_tensors(to_tensors(networks))
    assert [bits(n) for n in back] == [bits(n) for n in networks]
    assert [(n.status, n.reason) for n in back] == [(n.status, n.reason) for n in networks]
