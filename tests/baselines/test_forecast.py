"""The one door: every baseline on many folds, and what it says where there is no forecast."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.baselines.ar_all_cutoffs import ILL_CONDITIONED
from pipeline.baselines.forecast import Folds, forecast_baseline, reference_paths
from pipeline.baselines.settings import FITTED, VERSIONS, BaselineSettings
from pipeline.clean.observations import Series

NAMES = st.sampled_from(sorted(VERSIONS))
RANDOM = np.random.default_rng(7)
Y = RANDOM.normal(size=150).cumsum()


def series_of(y, freq="MS", first_step=360):
    return Series("a", freq, first_step, ("y",), np.asarray(y, dtype=np.float64)[:, None])


def settings_of(name, *, lags=6):
    return BaselineSettings(model=name, lags=lags if name in FITTED else None)


def folds_of(rows, refit_rows=None, *, y=Y, filled=None):
    rows = np.asarray(rows, dtype=np.int64)
    return Folds(
        series_of(y),
        np.asarray(y if filled is None else filled, dtype=np.float64),
        rows,
        rows if refit_rows is None else np.asarray(refit_rows),
    )


def forecast(name, rows, refit_rows=None, *, y=Y, filled=None, horizon=3, lags=6):
    settings = settings_of(name, lags=lags)
    folds = [folds_of(rows, refit_rows, y=y, filled=filled)]
    (got,) = forecast_baseline(settings, folds, horizon=horizon, season_length=12)
    return got


@given(name=NAMES, row=st.integers(60, 149), others=st.lists(st.integers(0, 149), max_size=4))
def test_a_fold_alone_has_the_bytes_it_has_among_others(name, row, others):
    alone, together = forecast(name, [row]), forecast(name, [*others, row])
    assert together.y_hat[-1].tobytes() == alone.y_hat[0].tobytes()
    assert together.reasons[-1] == alone.reasons[0] == ""


@given(name=NAMES, row=st.integers(60, 148))
def test_no_row_after_the_cutoff_changes_a_byte(name, row):
    changed = np.where(np.arange(150) > row, 1e6, Y)
    ours, theirs = (forecast(name, [row], y=y) for y in (Y, changed))
    assert ours.y_hat.tobytes() == theirs.y_hat.tobytes()


@pytest.mark.parametrize("name", sorted(set(VERSIONS) - set(FITTED)))
def test_a_baseline_without_coefficients_does_not_read_the_refit_rows(name):
    first, second = forecast(name, [90, 91], [90, 91]), forecast(name, [90, 91], [-5, -5])
    assert first.y_hat.tobytes() == second.y_hat.tobytes()
    assert first.fits is None
    assert first.notes == ["", ""]


def test_equal_refit_rows_have_one_regression():
    got = forecast("ar", [90, 91, 92], [90, 90, 92])
    first, second, third = (row.tobytes() for row in got.fits.coefficients)
    assert first == second != third
    assert got.fits.n_equations.tolist() == [85, 85, 87]
    assert got.reasons == ["", "", ""]


@given(name=NAMES, rows=st.lists(st.lists(st.integers(0, 149), max_size=4), max_size=4))
def test_many_series_in_one_call_are_forecast_as_each_of_them_alone(name, rows):
    folds = [folds_of(own, y=Y * (k + 1) ** 2) for k, own in enumerate(rows)]
    settings = settings_of(name)
    together = forecast_baseline(settings, folds, horizon=3, season_length=12)
    for own, got in zip(folds, together, strict=True):
        (alone,) = forecast_baseline(settings, [own], horizon=3, season_length=12)
        assert got.y_hat.tobytes() == alone.y_hat.tobytes()
        assert (got.reasons, got.notes) == (alone.reasons, alone.notes)


def test_a_trend_is_continued_where_it_is_declared():
    y = 5 + 0.25 * np.arange(1.0, 121) + np.random.default_rng(3).normal(size=120)
    settings = BaselineSettings(model="ar", lags=1, trend="ct")
    (got,) = forecast_baseline(settings, [folds_of([119], y=y)], horizon=200, season_length=12)
    assert got.fits.terms.names == ("const", "trend", "y.L1")
    assert abs(got.y_hat[0, -1] - (5 + 0.25 * 320)) < 8
    assert forecast("ar", [119], y=y, horizon=200, lags=1).y_hat[0, -1] < 40


def test_a_constant_series_is_forecast_with_a_note():
    got = forecast("ar", [80, 149], y=np.where(np.arange(150) < 100, 5.0, Y))
    assert got.reasons == ["", ""]
    assert got.notes == [ILL_CONDITIONED, ""]
    np.testing.assert_allclose(got.y_hat[0], 5.0, rtol=1e-12)


def test_a_regression_that_cannot_be_fitted_fails_its_fold_alone():
    got = forecast("ar", [14, 90], lags=6)
    assert got.reasons == ["", ""]
    got = forecast("ar", [12, 90], lags=6)
    assert got.reasons == ["AR(6) has 7 complete rows for 7 coefficients", ""]
    assert got.fits.reasons == got.reasons
    assert np.isnan(got.fits.coefficients[0]).all()
    assert np.isnan(got.y_hat[0]).all()
    assert got.y_hat[1].tobytes() == forecast("ar", [90]).y_hat[0].tobytes()


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_a_fold_without_observations_has_a_reason(name):
    got = forecast(name, [5], y=np.full(20, np.nan))
    assert got.reasons[0]
    assert np.isnan(got.y_hat).all()


def test_a_step_without_a_value_fails_the_whole_fold():
    got = forecast("seasonal_naive", [10], y=Y[:11], horizon=12)
    assert got.reasons == ["nothing was observed to forecast step 1 from"]
    assert np.isnan(got.y_hat).all()


def test_a_missing_lag_is_a_reason():
    filled = Y.copy()
    filled[95] = np.nan
    got = forecast("ar", [100, 120], [90, 90], filled=filled)
    assert got.reasons == ["nothing was observed to forecast step 1 from", ""]


def test_filled_lags_are_used_and_change_no_coefficient():
    gap = np.where(np.arange(150) == 100, np.nan, Y)
    whole, filled = forecast("ar", [100], [99]), forecast("ar", [100], [99], y=gap, filled=Y)
    assert whole.y_hat.tobytes() == filled.y_hat.tobytes()


def test_a_forecast_that_overflows_is_a_reason():
    y = 2.0 ** np.arange(1000)
    got = forecast("ar", [990], y=y, lags=1, horizon=99)
    assert got.reasons[0].endswith("overflows")
    assert np.isnan(got.y_hat).all()
    assert forecast("window_average", [19], y=np.full(20, 1e308)).reasons[0]
    apart = np.tile([1.7e308, -1.7e308], 40)
    for name in ("damped_trend", "holt_winters"):
        for row in (1, 40, 79):
            assert forecast(name, [row], y=apart).reasons == ["the forecast of step 1 overflows"]


def test_a_fit_after_the_cutoff_or_lags_that_end_before_it_are_our_mistake():
    with pytest.raises(AssertionError, match="leak"):
        forecast("ar", [90], [91])
    with pytest.raises(AssertionError, match="ends before"):
        forecast("ar", [90], [80], filled=Y[:90])


@pytest.mark.parametrize("name", sorted(set(VERSIONS) - {*FITTED, "window_average"}))
def test_what_a_network_corrects_is_the_baseline_itself(name):
    rows = np.arange(150)
    paths = reference_paths(name, [series_of(Y)], [rows], horizon=3, season_length=12)[0]
    assert paths.dtype == np.float64
    assert paths[20:].tobytes() == forecast(name, rows).y_hat[20:].tobytes()


def test_no_folds_are_no_forecasts():
    for name in VERSIONS:
        assert forecast(name, np.empty(0, dtype=np.int64)).y_hat.shape == (0, 3)


def test_baselines_need_numpy_alone():
    code = (
        "import sys; import pipeline.baselines.forecast; "
        "heavy = {'pandas', 'statsmodels', 'sklearn', 'scipy', 'torch', 'dagster'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
