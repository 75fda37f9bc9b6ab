"""Laws of which a line learns less than there is: a threshold, shifts of level, rare sales."""

import functools

import numpy as np

from bench.panels.law import LAGS, Draws, Law, fades

RISE, LENGTH, WIDTH = 1.0, 7.3, 0.85
"""threshold: what a row adds, the fall at the threshold, half the width of the noise (at most
RISE, or the law would not close). A cycle takes 7.3 rows on average."""

SHIFT, SPREAD = 1 / 50, 2.0
"""level_shift: probability of a new level at a row, standard deviation of levels in those of the
noise."""

LEVEL_SHIFT_RATIO = 0.2595
"""level_shift: no closed form; measured in 4000 series, rows 200 to 700, within 0.001."""

SOLD, STAYS, BEYOND = 0.3, 0.8, 3.0
"""intermittent: share of rows with a sale, correlation of selling with the row before, mean number
beyond the first."""


def threshold(draws: Draws) -> Law:
    """Two regimes, each a walk with a drift (SETAR, Tong 1983): it climbs, falls, climbs again.

    x_t = x_{t-1} + c + e_t below the threshold L/2 - c, and x_{t-1} + c - L + e_t from there on; e
    uniform within +-w, w <= c. The mean z_t of x_t given x_{t-1} lies on [-L/2, L/2), is a random
    walk on that circle, and so uniform: variance L^2/12 + w^2/3, ratio (w^2/3) / variance. With
    phi(a) = sin(a w)/(a w) and a_n = 2 pi n / L, the mean of x_{t+k} given x_{t-1} is, for k > 0,
    sum over n of (-1)^(n+1) (L / (pi n)) phi(a_n)^k sin(a_n (z_t + k c)),
    the covariance over k rows L^2/(2 pi^2) sum of cos(a_n k c) phi(a_n)^k / n^2.
    """
    e = WIDTH * (2 * draws.uniform - 1)
    z = np.empty_like(e)
    z[:, 0] = LENGTH * (draws.start[:, 4] - 0.5)
    x = z + e
    for t in range(1, x.shape[1]):
        fall = LENGTH * (x[:, t - 1] >= LENGTH / 2 - RISE)
        z[:, t] = x[:, t - 1] + RISE - fall
        x[:, t] = z[:, t] + e[:, t]
    variance = LENGTH**2 / 12 + WIDTH**2 / 3
    n = np.arange(1, 2001)[:, None]
    waves = np.cos(n * LAGS * 2 * np.pi * RISE / LENGTH) * blur(n) ** LAGS / n**2
    return Law(
        x=x,
        mean=0.0,
        best=z,
        further=further_on_the_circle,
        ratio=WIDTH**2 / 3 / variance,
        variance=variance,
        correlations=LENGTH**2 / (2 * np.pi**2) * waves.sum(axis=0) / variance,
    )


def blur(n: np.ndarray) -> np.ndarray:
    """What one row's noise leaves of the n-th wave on the circle."""
    return np.sinc(2 * n * WIDTH / LENGTH)


def further_on_the_circle(known: np.ndarray, more: int) -> np.ndarray:
    """The sum of waves that `threshold` states."""
    return np.interp(known, *table_of_the_circle(more)) if more else known


@functools.cache
def table_of_the_circle(more: int) -> tuple[np.ndarray, np.ndarray]:
    """Places on the circle, and the mean so many rows after each."""
    places, n = np.linspace(-LENGTH / 2, LENGTH / 2, 4001), np.arange(1, 1001)[:, None]
    height = np.where(n % 2, 1, -1) * LENGTH / (np.pi * n) * blur(n) ** more
    waves = height * np.sin(2 * np.pi * n / LENGTH * (places + more * RISE))
    return places, waves.sum(axis=0)


def level_shift(draws: Draws) -> Law:
    """x_t = m_t + e_t: with probability p a row has a new level m, normal with deviation tau.

    `best` weighs how many rows ago the last shift may have been (Adams and MacKay 2007): rows of
    one level have a normal level given them, and a run goes on with probability 1 - p. The
    correlation over k rows is tau^2 (1 - p)^k / (tau^2 + 1); the ratio is no closed form.
    """
    e, new = draws.normal
    level = np.where(draws.uniform < SHIFT, SPREAD * new, np.nan)
    level[:, 0] = SPREAD * new[:, 0]
    x = level_of_last_shift(level) + e
    best = foreseen_level(x)
    return Law(
        x=x,
        mean=0.0,
        best=best,
        further=fades(1 - SHIFT),
        ratio=LEVEL_SHIFT_RATIO,
        variance=SPREAD**2 + 1,
        correlations=SPREAD**2 / (SPREAD**2 + 1) * (1 - SHIFT) ** LAGS,
    )


def level_of_last_shift(level: np.ndarray) -> np.ndarray:
    """Every row's level, where only rows with a new one have a value."""
    last = np.where(np.isnan(level), 0, np.arange(level.shape[1]))
    return np.take_along_axis(level, np.maximum.accumulate(last, axis=1), axis=1)


def foreseen_level(x: np.ndarray) -> np.ndarray:
    """The mean of every row given the earlier ones; `[series, rows]`, in time rows squared."""
    series, rows = x.shape
    best, weight, total = np.zeros_like(x), np.ones((series, 1)), np.zeros((series, 1))
    for t in range(rows):
        seen = np.arange(weight.shape[1])  # rows of the run; 0 has a new level in any case
        variance = SPREAD**2 / (seen * SPREAD**2 + 1)
        mean = total * variance
        best[:, t] = (weight * mean).sum(axis=1)
        fit = (
            weight * np.exp(-((x[:, [t]] - mean) ** 2) / 2 / (variance + 1)) / np.sqrt(variance + 1)
        )
        fit /= fit.sum(axis=1, keepdims=True)
        weight = np.concatenate([np.full((series, 1), SHIFT), (1 - SHIFT) * fit], axis=1)
        total = np.concatenate([np.zeros((series, 1)), total + x[:, [t]]], axis=1)
    return best


def intermittent(draws: Draws) -> Law:
    """x_t = o_t s_t: sales come in bursts (o a Markov chain), their numbers s are geometric from 1.

    P(o_t = 1 | o_{t-1}) = q + r (o_{t-1} - q). With the mean m = 1 + k of s and its variance
    v = k (1 + k), x has the variance q v + m^2 q (1 - q), of which m^2 r^2 q (1 - q) is foreseen.
    """
    sold = draws.uniform < SOLD
    for t in range(1, sold.shape[1]):
        sold[:, t] = draws.uniform[:, t] < SOLD + STAYS * (sold[:, t - 1] - SOLD)
    exponential = (draws.normal**2).sum(axis=0) / 2
    x = sold * (1 + np.floor(exponential / np.log1p(1 / BEYOND)))
    size, coming = 1 + BEYOND, SOLD * (1 - SOLD)
    variance = SOLD * BEYOND * (1 + BEYOND) + size**2 * coming
    best = np.full(x.shape, size * SOLD)
    best[:, 1:] += size * STAYS * (sold[:, :-1] - SOLD)
    ratio = 1 - size**2 * STAYS**2 * coming / variance
    return Law(
        x=x,
        mean=size * SOLD,
        best=best,
        further=fades(STAYS),
        ratio=ratio,
        variance=variance,
        correlations=size**2 * coming * STAYS**LAGS / variance,
    )
