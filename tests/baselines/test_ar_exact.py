"""AR against the exact solution, where the target lies high above its variance.

The solution is that of the normal equations in whole numbers: float64 values are fractions, so
nothing is rounded anywhere.
"""

from fractions import Fraction

import numpy as np
import pytest
from statsmodels.tsa.ar_model import AutoReg

from pipeline.baselines.ar import ArTerms, ar_paths, recent_values
from pipeline.baselines.ar_all_cutoffs import fit_at_all_cutoffs
from pipeline.calendar import season_positions
from pipeline.clean.observations import Series

JANUARY_2000, ROWS = 360, 150

KINDS = {
    "noise": lambda e: e,
    "walk": lambda e: e.cumsum(),
    "season": lambda e: 10 * np.sin(np.arange(ROWS) / 6 * np.pi) + e,
}
TERMS = [
    ArTerms(1),
    ArTerms(13),
    ArTerms(4, 12),
    ArTerms(2, trend=True),
    ArTerms(12, 12, trend=True),
]


def exact_solution(table, y):
    """Least squares without rounding, by elimination in the normal equations."""
    # Multiplied by 2^80 all values here are whole, and whole numbers multiply faster.
    whole = [[int(Fraction(float(v)) * 2**80) for v in row] for row in np.column_stack([table, y])]
    columns = np.array(whole, dtype=object)
    left = columns.T @ columns
    rows = [[Fraction(v) for v in row] for row in left[:-1].tolist()]
    for k, pivot in enumerate(rows):
        for i in range(len(rows)):
            if i != k and rows[i][k]:
                factor = rows[i][k] / pivot[k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], pivot, strict=True)]
    return [row[-1] / row[k] for k, row in enumerate(rows)]


def table_of(y, terms):
    """The terms of every row from the first one with all lags on, newest lag first."""
    rows = np.arange(terms.lags, len(y))
    position = season_positions(JANUARY_2000 + rows, terms.seasons)
    trend = [rows + 1] if terms.trend else []
    seasons = [position == k for k in range(1, terms.seasons)]
    lags = [y[rows - k] for k in range(1, terms.lags + 1)]
    return np.column_stack([np.ones(len(rows)), *trend, *seasons, *lags]), y[rows]


def exact_path(solution, y, terms, horizon):
    """Forecasts from the exact coefficients, without rounding until the end."""
    values = [Fraction(float(v)) for v in y]
    for _ in range(horizon):
        row = len(values)
        position = int(season_positions(np.array([JANUARY_2000 + row]), terms.seasons)[0])
        trend = [row + 1] if terms.trend else []
        seasons = [position == k for k in range(1, terms.seasons)]
        now = [1, *trend, *seasons, *values[: -terms.lags - 1 : -1]]
        values.append(sum(c * v for c, v in zip(solution, now, strict=True)))
    return [float(v) for v in values[len(y) :]]


def furthest(found, wanted):
    """The largest distance from the exact numbers, relative to them."""
    pairs = zip(found, wanted, strict=True)
    return max(float(abs(Fraction(float(a)) / Fraction(b) - 1)) for a, b in pairs)


def fitted(y, terms, row=None):
    series = Series("a", "MS", JANUARY_2000, ("y",), y[:, None])
    rows = np.array([len(y) - 1 if row is None else row])
    fits = fit_at_all_cutoffs([series], [rows], terms)
    assert (fits.reasons, fits.notes) == ([""], [""])
    path = ar_paths(
        fits,
        recent_values(y, rows, terms.lags),
        rows=rows,
        first_steps=np.array([JANUARY_2000]),
        horizon=12,
    )
    return fits.coefficients[0], path[0]


def autoreg(y, terms):
    trend = "ct" if terms.trend else "c"
    seasonal = terms.seasons > 1
    return AutoReg(y, terms.lags, trend=trend, seasonal=seasonal, period=12).fit().params


@pytest.mark.parametrize("terms", TERMS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0.0, 1e2, 1e4, 1e5, 1e6, -1e7])
def test_coefficients_and_forecasts_are_the_exact_ones_at_any_level(level, kind, terms):
    y = level + KINDS[kind](np.random.default_rng(terms.count).normal(size=ROWS))
    wanted = exact_solution(*table_of(y, terms))
    coefficients, path = fitted(y, terms)
    assert furthest(coefficients, wanted) < 1e-10
    assert furthest(path, exact_path(wanted, y, terms, 12)) < 1e-10
    if abs(level) <= 1e2:
        assert furthest(autoreg(y, terms), wanted) < 1e-9


def test_statsmodels_itself_is_off_at_a_high_level():
    """What the docstring says of `AutoReg`: held here, so that it does not go stale."""
    y, terms = np.random.default_rng(2).normal(size=ROWS).cumsum(), ArTerms(12, 12, trend=True)
    off = {}
    for level in (1e2, 1e4, 1e6):
        wanted = exact_solution(*table_of(level + y, terms))
        off[level] = furthest(autoreg(level + y, terms), wanted)
        assert furthest(fitted(level + y, terms)[0], wanted) < 1e-10
    assert off[1e2] < 1e-9 < off[1e6]


def test_the_level_is_one_that_every_fold_of_the_series_knows():
    """Values that rise by a million after the cutoff, and one far value: the first target."""
    y, terms = np.random.default_rng(5).normal(size=ROWS), ArTerms(2)
    y[terms.lags] = 1e6
    wanted = exact_solution(*table_of(y[:60], terms))
    later = np.where(np.arange(ROWS) < 60, y, 1e6 + y)
    alone, _ = fitted(y[:60], terms)
    together, _ = fitted(later, terms, row=59)
    assert alone.tobytes() == together.tobytes()
    assert furthest(alone, wanted) < 1e-9
