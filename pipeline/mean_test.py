"""Means of numbers that go together with their neighbours: is one zero, what may a ratio be?

The long-run variance is the mean of the squares of the first B cosine coefficients, and the mean is
held against Student's t with B degrees of freedom (Lazarus, Lewis, Stock and Watson 2018, "HAR
inference: recommendations for practice"): B = 0.41 n^(2/3), and here at most n over the numbers in
a row that go together by construction, since absolute errors of long horizons do so for longer.
"""

import math

import numpy as np
from jaxtyping import Float


def ewc_test(
    differences: Float[np.ndarray, "*rows n"], *, overlap: int = 1
) -> Float[np.ndarray, "*rows"]:
    """The probability of a mean at least so far from zero, if the true one is zero.

    Args:
        differences: in the order of time, of errors for one.
        overlap: how many in a row are made from common values.

    Returns:
        Two-sided p-values; NaN where all differences are the same.
    """
    from scipy.special import stdtr

    n, B = differences.shape[-1], degrees_of_freedom(differences.shape[-1], overlap)
    variance = np.mean(_coefficients(differences, B) ** 2, axis=-1)
    nothing = ~(variance > 1e-24 * np.mean(differences**2, axis=-1))
    statistic = math.sqrt(n) * differences.mean(-1) / np.sqrt(np.where(nothing, np.nan, variance))
    return 2 * stdtr(B, -np.abs(statistic))


def hln_test(
    differences: Float[np.ndarray, "*rows n"], *, overlap: int = 1
) -> Float[np.ndarray, "*rows"]:
    """The same by the test of Diebold and Mariano as corrected by Harvey, Leybourne and Newbold.

    As statsmodels' `diebold_mariano_test` with `harvey_adj=True, lags=overlap - 1`, of many rows at
    once (Harvey, Leybourne and Newbold 1997, "Testing the equality of prediction mean squared
    errors"; Newey-West weights instead of equal ones, with which the variance may be negative).

    Args:
        differences: in the order of time, of errors for one.
        overlap: how many in a row are made from common values; fewer than there are differences.

    Returns:
        Two-sided p-values; NaN where all differences are the same.
    """
    from scipy.special import stdtr

    n, h = differences.shape[-1], overlap
    mean = differences.mean(-1, keepdims=True)
    apart = differences - mean
    variance = np.mean(apart**2, axis=-1)
    for lag in range(1, h):
        together = np.sum(apart[..., lag:] * apart[..., :-lag], axis=-1) / n
        variance = variance + 2 * (1 - lag / h) * together
    nothing = ~(variance > 1e-24 * np.mean(differences**2, axis=-1))
    correction = (n + 1 - 2 * h + h * (h - 1) / n) / n
    statistic = mean[..., 0] * np.sqrt(correction * n / np.where(nothing, np.nan, variance))
    return 2 * stdtr(n - 1, -np.abs(statistic))


def ratio_bounds(
    above: Float[np.ndarray, "*rows n"],
    below: Float[np.ndarray, "*rows n"],
    *,
    overlap: int = 1,
    level: float = 95,
) -> tuple[Float[np.ndarray, "*rows"], Float[np.ndarray, "*rows"]]:
    """Between which values the ratio of two means lies, with so much confidence.

    All r for which `ewc_test` does not refuse a mean of zero of above - r below (Fieller 1954,
    "Some problems in interval estimation"): where they are an interval it is that of a quadratic
    inequality, so a test at the same level and the interval never contradict each other.

    Args:
        above: in the order of time.
        below: at the same times.
        overlap: how many in a row are made from common values.
        level: in percent.

    Returns:
        The lower and the upper bound; NaN where the numbers leave the ratio unbounded.
    """
    from scipy.special import stdtrit

    n, B = above.shape[-1], degrees_of_freedom(above.shape[-1], overlap)
    a, b = above.mean(-1), below.mean(-1)
    A, C = _coefficients(above, B), _coefficients(below, B)
    allowed = float(stdtrit(B, 0.5 + level / 200)) ** 2 / n
    square = b * b - allowed * np.mean(C * C, axis=-1)
    half = a * b - allowed * np.mean(A * C, axis=-1)
    rest = a * a - allowed * np.mean(A * A, axis=-1)
    # The roots of square r^2 - 2 half r + rest; between them where it opens upwards.
    inside = np.where(square > 0, half * half - square * rest, np.nan)
    root = np.sqrt(np.where(inside >= 0, inside, np.nan))
    with np.errstate(divide="ignore", invalid="ignore"):
        return (half - root) / square, (half + root) / square


def degrees_of_freedom(n: int, overlap: int) -> int:
    """How many cosines the variance is made of."""
    return max(1, min(math.floor(0.41 * n ** (2 / 3)), round(n / overlap)))


def _coefficients(values: Float[np.ndarray, "*rows n"], B: int) -> Float[np.ndarray, "*rows B"]:
    n = values.shape[-1]
    waves = np.cos(np.pi * np.outer(np.arange(n) + 0.5, np.arange(1, B + 1)) / n)
    return math.sqrt(2 / n) * (values @ waves)
