"""AR at all cutoffs of many series: each fold as if it were alone, and as statsmodels has it."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.tsa.ar_model import AutoReg

from pipeline.baselines import ar_triangles
from pipeline.baselines.ar import ArTerms
from pipeline.baselines.ar_all_cutoffs import ILL_CONDITIONED, fit_at_all_cutoffs
from pipeline.clean.observations import Series

JANUARY_2000 = 360


def series_of(y, first_step=JANUARY_2000):
    return Series("a", "MS", first_step, ("y",), np.asarray(y, dtype=np.float64)[:, None])


def fit(ys, rows, terms, first_steps=None):
    first_steps = first_steps or [JANUARY_2000] * len(ys)
    series = [series_of(y, first) for y, first in zip(ys, first_steps, strict=True)]
    return fit_at_all_cutoffs(series, [np.array(r, dtype=np.int64) for r in rows], terms)


def held(fits, fold):
    """All that a fold has."""
    numbers = (fits.coefficients[fold].tobytes(), int(fits.n_equations[fold]))
    return (*numbers, fits.reasons[fold], fits.notes[fold])


@st.composite
def any_y(draw, rows=160):
    """A series of any kind: noise, a walk, a season, few values, constant; with gaps."""
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    kind = draw(st.sampled_from(["noise", "walk", "season", "counts", "constant", "far"]))
    noise = random.normal(size=rows)
    y = {
        "noise": noise,
        "walk": noise.cumsum(),
        "season": 10 * np.sin(np.arange(rows) / 6 * np.pi) + noise,
        "counts": random.integers(0, 3, rows).astype(np.float64),
        "constant": np.full(rows, 5.0),
        "far": 1e8 + noise,
    }[kind]
    gaps = random.random(rows) < draw(st.sampled_from([0.0, 0.05, 0.3]))
    return np.where(gaps, np.nan, y)


TERMS = st.builds(ArTerms, st.integers(1, 13), st.sampled_from([1, 4, 12]), trend=st.booleans())


@given(data=st.data(), y=any_y(), terms=TERMS, row=st.integers(-2, 165))
def test_a_fold_alone_has_the_bytes_it_has_in_any_company(data, y, terms, row):
    alone = held(fit([y], [[row]], terms), 0)
    rows = st.lists(st.integers(-2, 165), max_size=6)
    before, after, others = (data.draw(rows) for _ in range(3))
    other = data.draw(any_y(rows=data.draw(st.integers(0, 200))))
    together = fit(
        [other, y, other], [others, [*before, row, *after], others], terms, [7, JANUARY_2000, -3]
    )
    assert held(together, len(others) + len(before)) == alone


@given(y=any_y(), other=any_y(), terms=TERMS, row=st.integers(0, 158))
def test_no_row_after_the_refit_row_changes_a_byte(y, other, terms, row):
    changed = np.where(np.arange(160) > row, other, y)
    ys = [y, changed, y[: row + 1], np.append(y[: row + 1], np.full(9, np.nan))]
    assert len({held(fit([v], [[row, 159]], terms), 0) for v in ys}) == 1


def test_a_fold_of_a_long_series_has_its_own_bytes_too():
    rows = 1100
    y = np.random.default_rng(rows).normal(size=rows).cumsum()
    terms, cutoffs = ArTerms(5, 12), [*range(30, rows, 37), *range(rows - 40, rows)]
    together = fit([y[::-1], y], [cutoffs[:9], cutoffs], terms)
    for place, row in enumerate(cutoffs):
        changed = np.where(np.arange(rows) > row, 1e9, y)
        assert held(together, 9 + place) == held(fit([changed], [[row]], terms), 0)


def test_how_many_folds_are_worked_on_at_a_time_changes_no_byte(monkeypatch):
    ys = np.random.default_rng(3).normal(size=(3, 700)).cumsum(axis=1)
    rows, terms = [*range(30, 700, 41), *range(650, 700)], ArTerms(3, 12)
    together = fit(list(ys), [rows] * 3, terms)
    monkeypatch.setattr(ar_triangles, "_AT_ONCE", 1)
    one_by_one = fit(list(ys), [rows] * 3, terms)
    assert together.coefficients.tobytes() == one_by_one.coefficients.tobytes()


def autoreg(y, row, terms):
    trend = "ct" if terms.trend else "c"
    model = AutoReg(
        y[: row + 1], terms.lags, trend=trend, seasonal=terms.seasons > 1, period=terms.seasons
    )
    return model.fit().params


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("seasons", [1, 12])
def test_every_cutoff_of_every_series_is_fitted_as_statsmodels_fits_it(seasons, trend):
    random = np.random.default_rng(0)
    season = 10 * np.sin(np.arange(250) / 6 * np.pi)
    ys = [season + random.normal(size=250).cumsum() for _ in range(3)]
    rows, terms = list(range(40, 250)), ArTerms(6, seasons, trend=trend)
    fits = fit(ys, [rows] * 3, terms)
    wanted = np.array([autoreg(y, row, terms) for y in ys for row in rows])
    assert fits.n_equations.tolist() == [row - 5 for row in rows] * 3
    assert set(fits.notes) == set(fits.reasons) == {""}
    np.testing.assert_allclose(fits.coefficients, wanted, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("lags", [1, 14])
def test_long_series_are_fitted_as_statsmodels_fits_them(lags):
    y = np.random.default_rng(lags).normal(size=1300).cumsum() + 50
    around = [lags + edge + k for edge in (31, 255, 511, 1023) for k in (-1, 0, 1, 2, 40)]
    fits = fit([y], [around], ArTerms(lags))
    wanted = np.array([autoreg(y, row, ArTerms(lags)) for row in around])
    np.testing.assert_allclose(fits.coefficients, wanted, rtol=1e-9, atol=1e-9)


def test_another_unit_changes_no_digit_though_it_does_in_statsmodels():
    y, unit = np.random.default_rng(1).normal(size=200).cumsum() + 30, 2.0**30
    rows, terms = list(range(60, 200, 7)), ArTerms(4, 12)
    larger = fit([y * unit], [rows], terms)
    ours, theirs, in_unit = (
        np.array([row / np.append(np.full(12, size), np.ones(4)) for row in found])
        for found, size in (
            (larger.coefficients, unit),
            ([autoreg(y, row, terms) for row in rows], 1.0),
            ([autoreg(y * unit, row, terms) for row in rows], unit),
        )
    )
    assert set(larger.notes) == {""}
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-10)
    np.testing.assert_array_equal(fit([y], [rows], terms).coefficients, ours)
    assert np.abs(in_unit - theirs).max() > 1e-9


def ill_conditioned():
    random, t = np.random.default_rng(0), np.arange(150)
    return {
        "constant": np.full(150, 5.0),
        "zero": np.zeros(150),
        "line": 3.0 + 2 * t,
        "steep": 1e8 * t + random.normal(size=150),
        "sine": 10 * np.sin(t / 6 * np.pi),
        "almost a sine": 10 * np.sin(t / 6 * np.pi) + 1e-8 * random.normal(size=150),
        "large": 1e200 * (t % 2),
    }


@pytest.mark.parametrize("kind", ill_conditioned())
def test_an_ill_conditioned_fold_is_solved_by_statsmodels_and_says_so(kind):
    y, row, terms = ill_conditioned()[kind], 120, ArTerms(12)
    fits = fit([y], [[row]], terms)
    assert (fits.reasons, fits.notes) == ([""], [ILL_CONDITIONED])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        wanted = autoreg(y, row, terms)
    np.testing.assert_array_equal(fits.coefficients[0], wanted)


def test_one_ill_conditioned_fold_leaves_the_others_to_themselves():
    y = np.random.default_rng(2).normal(size=150)
    late = np.where(np.arange(150) < 100, 5.0, y)
    fits = fit([y, late, y], [[99, 149]] * 3, ArTerms(3))
    assert fits.notes == ["", "", ILL_CONDITIONED, "", "", ""]
    assert held(fits, 0) == held(fits, 4) == held(fit([y], [[99]], ArTerms(3)), 0)


@given(seed=st.integers(0, 9999), lags=st.integers(2, 14), power=st.floats(-9, 0))
def test_what_has_no_note_is_near_statsmodels_however_close_to_collinear(seed, lags, power):
    noise = 10.0**power * np.random.default_rng(seed).normal(size=150)
    y, terms = 5 + 10 * np.sin(np.arange(150) / 6 * np.pi) + noise, ArTerms(lags)
    fits = fit([y], [[149]], terms)
    if not fits.notes[0]:
        wanted = autoreg(y, 149, terms)
        assert np.abs(fits.coefficients[0] - wanted).max() <= 1e-9 * np.abs(y).max()


def test_series_that_end_at_one_cutoff_have_a_regression_each():
    ys = np.random.default_rng(4).normal(size=(9, 100)).cumsum(axis=1)
    fits = fit(list(ys), [[99, 99]] * 9, ArTerms(2))
    for k, y in enumerate(ys):
        assert held(fits, 2 * k) == held(fits, 2 * k + 1) == held(fit([y], [[99]], ArTerms(2)), 0)


def test_no_series_and_no_cutoffs_are_no_regressions():
    assert fit([], [], ArTerms(2)).coefficients.shape == (0, 3)
    assert fit([np.arange(9.0)], [[]], ArTerms(2)).coefficients.shape == (0, 3)
    nothing = fit([np.empty(0)], [[4]], ArTerms(2))
    assert nothing.reasons == ["AR(2) has 0 complete rows for 3 coefficients"]
