"""What a network sees and is to forecast: against pandas, as of its time, and nothing later."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.baselines.forecast import reference_paths
from pipeline.clean.observations import Series
from pipeline.rnn.correction import fit_correction
from pipeline.rnn.settings import Correctable, corrects_of
from pipeline.rnn.spreads import month_spreads
from pipeline.rnn.together import signals_of_each
from pipeline.windows.mask import fill_as_of

HORIZON, LAGS = 4, 6


def fit(series, settings):
    return fit_correction(series, settings, horizon=HORIZON, season_length=12)


def paths(reference, series, horizon):
    rows = np.arange(len(series.y))
    return reference_paths(reference, [series], [rows], horizon=horizon, season_length=12)[0]


def test_targets_are_errors_of_the_reference_over_their_spread(series_of, settings_of, reference):
    series = series_of(1, rows=90)
    fold = fit(series, settings_of(corrects=reference, input_size=LAGS))
    path = paths(reference, series, HORIZON)
    errors = np.array([series.y[e + 1 : e + 1 + HORIZON] - path[e] for e in fold.ends])
    seen = ~np.isnan(errors)
    assert fold.scale.spread == pytest.approx(errors[seen].std())
    np.testing.assert_array_equal(fold.observed, seen)
    np.testing.assert_allclose(fold.targets[seen], errors[seen] / fold.scale.spread)
    assert fold.ends[-1] == 90 - 1 - HORIZON
    assert not fold.reason


def test_month_spreads_are_those_of_pandas(series_of, settings_of, reference):
    series = series_of(2, rows=100, columns=3, gaps=0.1)
    fold = fit(series, settings_of(corrects=reference, input_size=LAGS))
    frame = pd.DataFrame(series.values, index=pd.DatetimeIndex(series.ds), columns=series.columns)
    error = frame["y"] - pd.Series(paths(reference, series, 1)[:, 0], frame.index).shift(1)
    wanted = error.groupby(frame.index.month).std(ddof=0)
    np.testing.assert_allclose(fold.scale.input_spreads[0], wanted)
    for c in (1, 2):
        column = frame.iloc[:, c]
        same = column.groupby(frame.index.month).transform(lambda g: g.expanding().mean().shift(1))
        # A gap in the month has the mean so far; the row after a gap sees the rows before it.
        same = same.where(same.notna(), column.expanding().mean().shift(1))
        wanted = (column - same).groupby(frame.index.month).std(ddof=0)
        np.testing.assert_allclose(fold.scale.input_spreads[c], wanted)


def test_inputs_are_errors_and_anomalies_over_their_month_with_masks(series_of, settings_of):
    series = series_of(3, rows=60, columns=2, gaps=0.15)
    fold = fit(series, settings_of(input_size=LAGS))
    filled = fill_as_of(series, season_length=12)
    month = np.arange(60) % 12
    error = filled.values[1:, 0] - paths("climatology", series, 1)[:-1, 0]
    known = ~np.isnan(error)
    np.testing.assert_allclose(
        fold.inputs[1:, 0][known], error[known] / fold.scale.input_spreads[0, month[1:]][known]
    )
    assert (fold.inputs[1:, 0][~known] == 0).all()
    np.testing.assert_array_equal(fold.inputs[1:, 2], filled.observed[1:, 0] & known)
    t = 40
    before = [r for r in range(t) if month[r] == month[t] and filled.observed[r, 1]]
    anomaly = filled.values[t, 1] - series.values[before, 1].mean()
    assert fold.inputs[t, 1] == pytest.approx(anomaly / fold.scale.input_spreads[1, month[t]])
    assert fold.inputs[0].tolist() == [0, 0, 0, 0]


def test_the_same_months_have_one_spread_each_whatever_few_say():
    y = np.array([0.0, 1, 5] * 3 + [2.0, 4, 8])
    series = Series("short", "MS", 0, ("y",), y[:, None])
    months = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    values = np.array([1.0, 2, 4, 7, 9, 3, 3, 3])
    found = month_spreads(values, months, column=series.y)
    assert found[0] == pytest.approx(np.std([1, 2, 4]))
    assert found[1:] == pytest.approx(np.full(11, values.std()))


def test_a_reference_that_never_errs_has_a_spread_of_one(settings_of):
    y = np.tile(np.linspace(0.1, 0.9, 12), 8)[:, None]
    fold = fit(Series("clock", "MS", 0, ("y",), y), settings_of(input_size=LAGS))
    assert not fold.reason
    late = fold.ends >= 24
    assert np.abs(fold.targets[late]).max() < 1e-12
    constant = fit(Series("flat", "MS", 0, ("y",), np.full((60, 1), 0.1)), settings_of())
    assert constant.scale.spread == 1
    assert (constant.scale.input_spreads == 1).all()


def test_raw_values_where_nothing_is_corrected(series_of, settings_of):
    series = series_of(4, columns=2)
    fold = fit(series, settings_of(corrects="none", mask_channel=False, input_size=LAGS))
    np.testing.assert_array_equal(fold.inputs, series.values)
    np.testing.assert_array_equal(fold.targets[7], series.y[7 + LAGS : 7 + LAGS + HORIZON])
    assert (fold.scale.reference, fold.scale.spread) == ("none", 1.0)
    assert (fold.scale.input_spreads == 1).all()


def test_without_a_mask_channel_windows_with_a_filled_input_are_left_out(series_of, settings_of):
    series = series_of(5, rows=90, columns=2, gaps=0.05)
    given = settings_of(corrects="none", mask_channel=False, input_size=LAGS)
    fold = fit(series, given)
    gap = np.isnan(series.values).any(axis=1)
    wanted = [
        e
        for e in range(LAGS - 1, 90 - HORIZON)
        if not gap[e - LAGS + 1 : e + 1].any() and not np.isnan(series.y[e + 1 : e + 5]).all()
    ]
    assert fold.ends.tolist() == wanted
    assert 0 < len(wanted) < 60
    with_mask = fit(series, settings_of(corrects="none", input_size=LAGS))
    assert len(with_mask.ends) > len(wanted)


def test_missing_targets_do_not_count(series_of, settings_of):
    series = series_of(6, rows=90, gaps=0.2)
    fold = fit(series, settings_of(input_size=LAGS))
    targets = series.y[fold.ends[:, None] + 1 + np.arange(HORIZON)]
    np.testing.assert_array_equal(fold.observed, ~np.isnan(targets))
    assert fold.observed.any(axis=1).all()
    assert not fold.observed.all()
    assert np.isfinite(fold.targets).all()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    number=st.integers(0, 5),
    cutoff=st.integers(30, 70),
    reference=st.sampled_from(get_args(Correctable)),
    columns=st.integers(1, 3),
)
def test_every_row_is_as_of_its_own_time(number, cutoff, reference, columns):
    """Signals of a longer series are those of a shorter one, to the bit."""
    rng = np.random.default_rng(number)
    values = rng.normal(size=(80, columns))
    values[rng.random(values.shape) < 0.1] = np.nan
    whole = Series("s", "MS", 5, ("y", "a", "b")[:columns], values)
    sizes = {"season_length": 12, "transform": "none"}
    (later,) = signals_of_each([whole], [reference], **sizes)
    (then,) = signals_of_each([whole.until(cutoff)], [reference], **sizes)
    assert later.values[: cutoff + 1].tobytes() == then.values.tobytes()
    assert later.observed[: cutoff + 1].tobytes() == then.observed.tobytes()


def test_what_is_corrected_may_differ_by_series(settings_of):
    mixed = settings_of(corrects={"co2": "seasonal_naive", "x": "none"})
    assert [corrects_of(mixed, s) for s in ("co2", "x", "rain")] == [
        "seasonal_naive",
        "none",
        "climatology",
    ]
    assert corrects_of(settings_of(corrects="naive"), "co2") == "naive"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.ones((9, 1)), "window"),
        (np.full((60, 1), np.nan), "window"),
        (np.where(np.arange(60)[:, None] % 3, 1.0, np.nan), "mask_channel: true"),
        (np.tile([1e300, -1e300, 3e299], 20)[:, None], "too large"),
    ],
)
def test_a_fold_without_a_number_to_learn_says_why(settings_of, values, said):
    given = settings_of(corrects="naive", input_size=LAGS, mask_channel=False)
    fold = fit(Series("s", "MS", 0, ("y",), values), given)
    assert said in fold.reason
