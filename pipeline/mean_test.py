"""Is a mean zero, of numbers that go together with their neighbours?

The long-run variance is the mean of the squares of the first B cosine coefficients, and the mean is
held against Student's t with B degrees of freedom (Lazarus, Lewis, Stock and Watson 2018, "HAR
inference: recommendations for practice"): B = 0.41 n^(2/3), and here at most n over the numbers in
a row that go together by construction, since absolute errors of long horizons do so for longer.
"""

import math

import numpy as np
from jaxtyping import Float


def ewc_test(differences: Float[np.ndarray, " n"], *, overlap: int = 1) -> float:
    """The probability of a mean at least so far from zero, if the true one is zero.

    Args:
        differences: in the order of time, of errors for one.
        overlap: how many in a row are made from common values.

    Returns:
        A two-sided p-value; NaN where all differences are the same.
    """
    from scipy.special import stdtr

    n = len(differences)
    B = max(1, min(math.floor(0.41 * n ** (2 / 3)), round(n / overlap)))
    waves = np.cos(np.pi * np.outer(np.arange(1, B + 1), np.arange(n) + 0.5) / n)
    coefficients = math.sqrt(2 / n) * waves @ differences
    variance = np.mean(coefficients**2)
    if variance <= 1e-24 * np.mean(differences**2) or not np.isfinite(variance):
        return float("nan")
    statistic = math.sqrt(n) * differences.mean() / math.sqrt(variance)
    return float(2 * stdtr(B, -abs(statistic)))
