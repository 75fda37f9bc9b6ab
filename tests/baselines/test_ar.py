"""AR, against statsmodels' AutoReg and a hand-worked case."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.datasets import co2, sunspots
from statsmodels.tsa.ar_model import AutoReg

from pipeline.baselines.ar import NotFittedError, ar_paths, fit_ar
from pipeline.clean.observations import Series

JANUARY_2000 = 360


def series_of(y, freq="MS", first_step=JANUARY_2000):
    return Series("a", freq, first_step, ("y",), np.asarray(y, dtype=np.float64)[:, None])


def ours(y, row, *, lags, seasonal, horizon=12, first_step=JANUARY_2000):
    fit = fit_ar(
        series_of(y, "MS", first_step), row, lags=lags, seasonal=seasonal, season_length=12
    )
    path = ar_paths(
        fit.coefficients[None],
        np.asarray(y, dtype=np.float64),
        np.array([row]),
        first_step=first_step,
        lags=lags,
        horizon=horizon,
    )
    return fit, path[0]


def theirs(y, row, *, lags, seasonal, horizon=12):
    fit = AutoReg(y[: row + 1], lags, trend="c", seasonal=seasonal, period=12).fit()
    return fit, fit.predict(row + 1, row + horizon)


def assert_same_regression(y, row, *, lags, seasonal):
    fit, path = ours(y, row, lags=lags, seasonal=seasonal)
    other, other_path = theirs(y, row, lags=lags, seasonal=seasonal)
    assert fit.n_equations == row + 1 - lags == other.nobs
    np.testing.assert_allclose(fit.coefficients, other.params, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(path, other_path, rtol=1e-9, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    row=st.integers(80, 199),
    lags=st.integers(1, 24),
    seasonal=st.booleans(),
)
def test_coefficients_and_forecasts_are_those_of_statsmodels(seed, row, lags, seasonal):
    random = np.random.default_rng(seed)
    y = 10 * np.sin(np.arange(200) / 6 * np.pi) + random.normal(size=200).cumsum()
    assert_same_regression(y, row, lags=lags, seasonal=seasonal)


@pytest.mark.parametrize("seasonal", [False, True])
@pytest.mark.parametrize("lags", [1, 2, 9, 12])
def test_sunspots_and_co2_are_fitted_as_statsmodels_fits_them(lags, seasonal):
    spots = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    assert_same_regression(spots, len(spots) - 1, lags=lags, seasonal=seasonal)
    carbon = co2.load_pandas().data["co2"].resample("MS").mean().interpolate().to_numpy()
    assert_same_regression(carbon, 400, lags=lags, seasonal=seasonal)


def test_sunspots_with_two_lags_have_the_known_coefficients():
    spots = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    fit, path = ours(spots, 308, lags=2, seasonal=False, horizon=2)
    assert fit.terms == ("const", "y.L1", "y.L2")
    np.testing.assert_allclose(fit.coefficients, [14.90714834, 1.39180525, -0.69028693], atol=1e-8)
    np.testing.assert_allclose(path, [13.7662316, 32.06522962], atol=1e-7)


def test_a_line_is_continued():
    y = 3 + 2 * np.arange(20.0) + np.tile([0.0, 1.0], 10)
    fit, path = ours(y, 19, lags=2, seasonal=False, horizon=4)
    assert fit.n_equations == 18
    np.testing.assert_allclose(fit.coefficients, [4, 0, 1], atol=1e-9)
    np.testing.assert_allclose(path, [43, 46, 47, 50])


def test_terms_are_named_as_statsmodels_names_them():
    y = np.random.default_rng(0).normal(size=80)
    fit, _ = ours(y, 79, lags=3, seasonal=True)
    other = AutoReg(y, 3, trend="c", seasonal=True, period=12).fit()
    assert list(fit.terms) == list(other.model.exog_names)


@given(first=st.integers(-500, 500), seed=st.integers(0, 99))
def test_which_season_is_dropped_changes_no_forecast(first, seed):
    y = np.random.default_rng(seed).normal(size=120)
    _, path = ours(y, 100, lags=4, seasonal=True, first_step=first)
    _, wanted = theirs(y, 100, lags=4, seasonal=True)
    np.testing.assert_allclose(path, wanted, rtol=1e-8, atol=1e-9)


@given(seed=st.integers(0, 999), lags=st.integers(1, 6))
def test_gaps_take_out_just_the_equations_they_touch(seed, lags):
    random = np.random.default_rng(seed)
    y = np.where(random.random(150) < 0.1, np.nan, random.normal(size=150))
    fit = fit_ar(series_of(y), 149, lags=lags, seasonal=False, season_length=12)
    rows = [t for t in range(lags, 150) if not np.isnan(y[t - lags : t + 1]).any()]
    table = np.array([[1, *y[t - lags : t][::-1]] for t in rows])
    wanted = np.linalg.solve(table.T @ table, table.T @ y[rows])
    assert fit.n_equations == len(rows)
    np.testing.assert_allclose(fit.coefficients, wanted, rtol=1e-8, atol=1e-10)


@given(row=st.integers(60, 118), seed=st.integers(0, 99))
def test_rows_after_the_refit_row_change_no_byte(row, seed):
    y = np.random.default_rng(seed).normal(size=120)
    changed = np.where(np.arange(120) > row, 1e9, y)
    fits = [
        fit_ar(series_of(v), row, lags=12, seasonal=True, season_length=12)
        for v in (y, changed, y[: row + 1])
    ]
    assert len({f.coefficients.tobytes() for f in fits}) == 1


@pytest.mark.parametrize("complete", [1, 10, 13])
def test_too_few_complete_rows_are_a_reason_and_no_number(complete):
    y = np.random.default_rng(0).normal(size=40)
    with pytest.raises(NotFittedError) as caught:
        fit_ar(series_of(y), complete + 11, lags=12, seasonal=False, season_length=12)
    assert str(caught.value) == f"AR(12) has {complete} complete rows for 13 coefficients"


def test_one_complete_row_more_than_coefficients_is_enough():
    y = np.random.default_rng(0).normal(size=40)
    assert fit_ar(series_of(y), 25, lags=12, seasonal=False, season_length=12).n_equations == 14


@pytest.mark.parametrize("row", [-30, -1, 0, 11, 12])
def test_a_refit_row_before_or_at_the_start_of_the_series_has_no_equations(row):
    with pytest.raises(NotFittedError, match=r"AR\(12\) has [01] complete rows"):
        fit_ar(series_of(np.arange(60.0)), row, lags=12, seasonal=False, season_length=12)


def test_a_season_never_seen_is_a_reason_and_not_the_first_seasons_level():
    y = np.random.default_rng(0).normal(size=240)
    y[5::12] = np.nan
    with pytest.raises(NotFittedError, match="no complete row at position 6 of the season of 12"):
        fit_ar(series_of(y), 239, lags=1, seasonal=True, season_length=12)


def test_a_constant_series_is_continued_although_its_regressors_are_all_alike():
    _, path = ours(np.full(60, 5.0), 59, lags=12, seasonal=False)
    np.testing.assert_allclose(path, 5.0)


def test_a_lag_before_the_first_row_has_no_value_and_is_not_taken_from_the_end():
    path = ar_paths(
        np.array([[1.0, 0.5, 0.25]] * 2),
        np.array([4.0, 8.0, 100.0]),
        np.array([0, 1]),
        first_step=JANUARY_2000,
        lags=2,
        horizon=2,
    )
    np.testing.assert_array_equal(path, [[np.nan, np.nan], [6.0, 6.0]])
