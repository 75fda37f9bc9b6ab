"""Laws that a line can learn, and one that nothing can."""

import numpy as np

from bench.panels.law import LAGS, Draws, Law, fades

PERSISTENCE = 0.8
"""seasonal_ar: correlation of an anomaly with the one before."""

SHARED, SHARED_PERSISTENCE = 1.0, 0.9
"""common_shock: variance of what is shared in that of each series' own noise, its correlation with
the row before."""


def seasonal_ar(draws: Draws) -> Law:
    """x_t = phi x_{t-1} + sqrt(1 - phi^2) e_t, e normal: variance 1, ratio 1 - phi^2."""
    e = draws.normal[0]
    x = ar_path(e, PERSISTENCE, first=e[:, 0])
    best = np.concatenate([np.zeros((len(x), 1)), PERSISTENCE * x[:, :-1]], axis=1)
    return Law(
        x=x,
        mean=0.0,
        best=best,
        further=fades(PERSISTENCE),
        ratio=1 - PERSISTENCE**2,
        variance=1.0,
        correlations=PERSISTENCE**LAGS,
    )


def ar_path(e: np.ndarray, persistence: float, *, first: np.ndarray) -> np.ndarray:
    """An AR(1) of variance 1 from standard noise."""
    x = np.empty_like(e)
    x[..., 0] = first
    for t in range(1, x.shape[-1]):
        x[..., t] = persistence * x[..., t - 1] + np.sqrt(1 - persistence**2) * e[..., t]
    return x


def common_shock(draws: Draws) -> Law:
    """x_it = f_t + e_it: f is an AR(1) that all series share, e their own noise of variance 1.

    The optimal forecasts are Kalman's, with one series and with the mean of all of them, in which
    the noise is 1 / series. P, the squared error of the foreseen f, ends where
    P = phi^2 P n / (P + n) + (1 - phi^2) V for noise n; the ratio is (P + 1) / (V + 1).
    """
    f = np.sqrt(SHARED) * ar_path(draws.shared[1:], SHARED_PERSISTENCE, first=draws.shared[0])
    x = f + draws.normal[0]
    own, error = foreseen_shock(x, noise=1.0)
    of_all, error_of_all = foreseen_shock(x.mean(axis=0, keepdims=True), noise=1 / len(x))
    return Law(
        x=x,
        mean=0.0,
        best=own,
        best_of_all=np.repeat(of_all, len(x), axis=0),
        further=fades(SHARED_PERSISTENCE),
        ratio=(error + 1) / (SHARED + 1),
        ratio_of_all=(error_of_all + 1) / (SHARED + 1),
        variance=SHARED + 1,
        correlations=SHARED / (SHARED + 1) * SHARED_PERSISTENCE**LAGS,
    )


def foreseen_shock(x: np.ndarray, *, noise: float) -> tuple[np.ndarray, float]:
    """Kalman's filter: the mean of f given the earlier rows, and its squared error in the end."""
    best, error = np.zeros_like(x), SHARED
    for t in range(1, x.shape[1]):
        gain = error / (error + noise)
        now = best[:, t - 1] + gain * (x[:, t - 1] - best[:, t - 1])
        best[:, t] = SHARED_PERSISTENCE * now
        error = SHARED_PERSISTENCE**2 * error * (1 - gain) + (1 - SHARED_PERSISTENCE**2) * SHARED
    return best, error


def noise(draws: Draws) -> Law:
    """x_t = e_t, normal: nothing but the climatology can be foreseen, the ratio is 1."""
    x = draws.normal[0]
    nothing = np.zeros_like(x)
    return Law(
        x=x,
        mean=0.0,
        best=nothing,
        further=fades(0.0),
        ratio=1.0,
        variance=1.0,
        correlations=np.zeros(len(LAGS)),
    )
