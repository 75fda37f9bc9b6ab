"""AR at one cutoff, against statsmodels' AutoReg and hand-worked cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.datasets import co2, sunspots
from statsmodels.tsa.ar_model import AutoReg

from pipeline.baselines.ar import ArFits, ArTerms, ar_paths, recent_values
from pipeline.baselines.ar_all_cutoffs import fit_at_all_cutoffs
from pipeline.clean.observations import Series

JANUARY_2000 = 360


def series_of(y, freq="MS", first_step=JANUARY_2000):
    return Series("a", freq, first_step, ("y",), np.asarray(y, dtype=np.float64)[:, None])


def fit_at(y, row, terms, first_step=JANUARY_2000):
    return fit_at_all_cutoffs([series_of(y, "MS", first_step)], [np.array([row])], terms)


def terms_of(*, lags, seasonal=False, trend=False):
    return ArTerms(lags, 12 if seasonal else 1, trend=trend)


def ours(y, row, terms, *, horizon=12, first_step=JANUARY_2000):
    fits, rows = fit_at(y, row, terms, first_step), np.array([row])
    path = ar_paths(
        fits,
        recent_values(np.asarray(y, dtype=np.float64), rows, terms.lags),
        rows=rows,
        first_steps=np.array([first_step]),
        horizon=horizon,
    )
    return fits, path[0]


def theirs(y, row, terms, *, horizon=12):
    trend = "ct" if terms.trend else "c"
    fit = AutoReg(y[: row + 1], terms.lags, trend=trend, seasonal=terms.seasons > 1, period=12)
    found = fit.fit()
    return found, found.predict(row + 1, row + horizon)


def assert_same_regression(y, row, terms):
    fits, path = ours(y, row, terms)
    other, other_path = theirs(y, row, terms)
    assert fits.n_equations[0] == row + 1 - terms.lags == other.nobs
    assert (fits.reasons, fits.notes) == ([""], [""])
    # A coefficient of a lag is near 1, the others are in the unit of the target.
    unit = np.abs(y).max()
    size = np.where(np.arange(len(other.params)) < len(other.params) - terms.lags, unit, 1.0)
    assert (np.abs(fits.coefficients[0] - other.params) <= 1e-9 * size).all()
    np.testing.assert_allclose(path, other_path, rtol=1e-9, atol=1e-9 * unit)


@given(
    seed=st.integers(0, 10_000),
    row=st.integers(80, 199),
    lags=st.integers(1, 24),
    seasonal=st.booleans(),
    trend=st.booleans(),
    unit=st.sampled_from([1e-3, 1.0, 1e4]),
    level=st.sampled_from([0.0, 20.0, 500.0]),
)
def test_coefficients_and_forecasts_are_those_of_statsmodels(
    seed, row, lags, seasonal, trend, unit, level
):
    random = np.random.default_rng(seed)
    y = 10 * np.sin(np.arange(200) / 6 * np.pi) + random.normal(size=200).cumsum()
    terms = terms_of(lags=lags, seasonal=seasonal, trend=trend)
    assert_same_regression(unit * (level + y), row, terms)


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("seasonal", [False, True])
@pytest.mark.parametrize("lags", [1, 2, 9, 12])
def test_sunspots_and_co2_are_fitted_as_statsmodels_fits_them(lags, seasonal, trend):
    terms = terms_of(lags=lags, seasonal=seasonal, trend=trend)
    spots = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    assert_same_regression(spots, len(spots) - 1, terms)
    carbon = co2.load_pandas().data["co2"].resample("MS").mean().interpolate().to_numpy()
    assert_same_regression(carbon, 400, terms)


def test_sunspots_with_two_lags_have_the_known_coefficients():
    spots = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    fits, path = ours(spots, 308, terms_of(lags=2), horizon=2)
    assert fits.terms.names == ("const", "y.L1", "y.L2")
    wanted = [[14.90714834, 1.39180525, -0.69028693]]
    np.testing.assert_allclose(fits.coefficients, wanted, atol=1e-8)
    np.testing.assert_allclose(path, [13.7662316, 32.06522962], atol=1e-7)


def test_a_line_is_continued():
    y = 3 + 2 * np.arange(20.0) + np.tile([0.0, 1.0], 10)
    fits, path = ours(y, 19, terms_of(lags=2), horizon=4)
    assert fits.n_equations.tolist() == [18]
    np.testing.assert_allclose(fits.coefficients, [[4, 0, 1]], atol=1e-9)
    np.testing.assert_allclose(path, [43, 46, 47, 50])


def test_a_trend_counts_the_rows_from_one():
    y = np.array([0.0, 3, 2, 5, 4, 7, 6, 9, 8, 11])
    fits, path = ours(y, 9, terms_of(lags=1, trend=True), horizon=2)
    # 3 = 0 + c + 2b, 2 = 3 phi + c + 3b, 5 = 2 phi + c + 4b: y_t = -y_(t-1) + 2t - 1.
    np.testing.assert_allclose(fits.coefficients, [[-1, 2, -1]], atol=1e-9)
    np.testing.assert_allclose(path, [10, 13])


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("seasonal", [False, True])
def test_terms_are_named_as_statsmodels_names_them(seasonal, trend):
    y = np.random.default_rng(0).normal(size=80)
    terms = terms_of(lags=3, seasonal=seasonal, trend=trend)
    other, _ = theirs(y, 79, terms)
    assert list(terms.names) == list(other.model.exog_names)
    assert terms.count == len(terms.names)
    assert fit_at(y, 79, terms).coefficients.shape == (1, len(terms.names))


@given(first=st.integers(-500, 500), seed=st.integers(0, 99), trend=st.booleans())
def test_which_season_is_dropped_changes_no_forecast(first, seed, trend):
    y = np.random.default_rng(seed).normal(size=120)
    terms = terms_of(lags=4, seasonal=True, trend=trend)
    _, path = ours(y, 100, terms, first_step=first)
    _, wanted = theirs(y, 100, terms)
    np.testing.assert_allclose(path, wanted, rtol=1e-8, atol=1e-9)


@given(seed=st.integers(0, 999), lags=st.integers(1, 6), trend=st.booleans())
def test_gaps_take_out_just_the_equations_they_touch(seed, lags, trend):
    random = np.random.default_rng(seed)
    y = np.where(random.random(150) < 0.1, np.nan, random.normal(size=150))
    fits = fit_at(y, 149, terms_of(lags=lags, trend=trend))
    rows = [t for t in range(lags, 150) if not np.isnan(y[t - lags : t + 1]).any()]
    table = np.array([[1, *([t + 1] if trend else []), *y[t - lags : t][::-1]] for t in rows])
    wanted = np.linalg.solve(table.T @ table, table.T @ y[rows])
    assert fits.n_equations.tolist() == [len(rows)]
    np.testing.assert_allclose(fits.coefficients[0], wanted, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("complete", [1, 10, 13])
def test_too_few_complete_rows_are_a_reason_and_no_number(complete):
    y = np.random.default_rng(0).normal(size=40)
    fits = fit_at(y, complete + 11, terms_of(lags=12))
    assert fits.reasons == [f"AR(12) has {complete} complete rows for 13 coefficients"]
    assert np.isnan(fits.coefficients).all()


def test_one_complete_row_more_than_coefficients_is_enough():
    y = np.random.default_rng(0).normal(size=40)
    fits = fit_at(y, 25, terms_of(lags=12))
    assert (fits.n_equations.tolist(), fits.reasons) == ([14], [""])


@pytest.mark.parametrize("row", [-30, -1, 0, 11, 12])
def test_a_refit_row_before_or_at_the_start_of_the_series_has_no_equations(row):
    fits = fit_at(np.arange(60.0), row, terms_of(lags=12))
    assert fits.reasons == [f"AR(12) has {max(row - 11, 0)} complete rows for 13 coefficients"]


def test_a_season_never_seen_is_a_reason_and_not_the_first_seasons_level():
    y = np.random.default_rng(0).normal(size=240)
    y[5::12] = np.nan
    fits = fit_at(y, 239, terms_of(lags=1, seasonal=True))
    assert fits.reasons == ["AR(1) has no complete row at position 6 of the season of 12"]


def test_a_season_is_seen_from_its_first_complete_row_on():
    y = np.random.default_rng(0).normal(size=240)
    y[5:200:12] = np.nan
    rows = np.array([199, 208, 209, 210])
    fits = fit_at_all_cutoffs([series_of(y)], [rows], terms_of(lags=1, seasonal=True))
    # Row 209 is the first one at position 6, row 210 the first at 7 whose lag is observed.
    wanted = [f"AR(1) has no complete row at position {k} of the season of 12" for k in (6, 6, 7)]
    assert fits.reasons == [*wanted, ""]


def test_a_value_that_is_no_number_is_a_reason():
    y = np.random.default_rng(0).normal(size=60)
    y[30] = np.inf
    rows = np.array([29, 30, 59])
    fits = fit_at_all_cutoffs([series_of(y)], [rows], terms_of(lags=2))
    assert fits.reasons[0] == ""
    assert fits.reasons[1:] == [
        "AR(2) cannot be solved: its values are too large",
        "AR(2) cannot be solved: exog contains inf or nans",
    ]
    assert fits.notes == ["", "", ""]


def test_a_lag_before_the_first_row_has_no_value_and_is_not_taken_from_the_end():
    rows = np.array([0, 1])
    fits = ArFits(ArTerms(2), np.array([[1.0, 0.5, 0.25]] * 2), rows, [""] * 2, [""] * 2)
    path = ar_paths(
        fits,
        recent_values(np.array([4.0, 8.0, 100.0]), rows, 2),
        rows=rows,
        first_steps=np.array([JANUARY_2000] * 2),
        horizon=2,
    )
    np.testing.assert_array_equal(path, [[np.nan, np.nan], [6.0, 6.0]])
