"""What a law is made of and what it must say about itself; the laws are in the other files."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Draws:
    """Random numbers of a panel: none depends on how many rows or series there are.

    Attributes:
        start: uniform on [0, 1), of the series' parameters and first state, `[series, 6]`.
        uniform: uniform on [0, 1), `[series, rows]`.
        normal: two independent standard normals a row, `[2, series, rows]`.
        shared: standard normal, the same for all series; the first is of the start, `[rows + 1]`.
    """

    start: np.ndarray
    uniform: np.ndarray
    normal: np.ndarray
    shared: np.ndarray

    @classmethod
    def of(cls, seed: int, structure: int, *, series: int, rows: int) -> "Draws":
        """Three uniforms a row from a generator per series; 0 is the one that all share."""
        raw = np.stack(
            [
                np.random.default_rng([seed, structure, k]).random((rows + 2, 3))
                for k in range(series + 1)
            ]
        )
        angle, radius = 2 * np.pi * raw[..., 1], np.sqrt(-2 * np.log1p(-raw[..., 2]))
        normal = np.stack([radius * np.cos(angle), radius * np.sin(angle)])  # Box and Muller
        own = slice(1, None)
        return cls(
            start=raw[own, :2].reshape(series, 6),
            uniform=raw[own, 2:, 0],
            normal=normal[:, own, 2:],
            shared=normal[0, 0, 1:],
        )


@dataclass(frozen=True)
class Law:
    """A process, and what is to be known of it.

    Attributes:
        x: the process, `[series, rows]`.
        mean: of x.
        variance: of x.
        correlations: of x with itself `LAGS` rows before.
        best: mean of each row given the earlier rows of its series, `[series, rows]`.
        further: from `best - mean` to the same so many rows more ahead.
        ratio: squared error of `best` / variance.
        best_of_all: given the earlier rows of all series; None where they tell no more.
        ratio_of_all: squared error of `best_of_all` / variance; None like it.
    """

    x: np.ndarray
    mean: float
    variance: float
    correlations: np.ndarray
    best: np.ndarray
    further: Callable[[np.ndarray, int], np.ndarray]
    ratio: float
    best_of_all: np.ndarray | None = None
    ratio_of_all: float | None = None


LAGS = np.arange(1, 25)
"""Of the stated correlations, in rows."""


def fades(rate: float) -> Callable[[np.ndarray, int], np.ndarray]:
    """What is known loses a constant part with every row."""
    return lambda known, more: known * rate**more
