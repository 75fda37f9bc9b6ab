"""On which scale a network corrects: the values as they are, their square roots or logarithms.

With g of the transform and r the forecast that is corrected, a network learns
(g(y) - g(r)) / spread and forecasts g^-1(g(r) + spread x output). What lies in the middle on the
scale of g lies in the middle here too, but a mean there is no mean here: the forecast of a network
trained on squared error is of the kind of a median, below the mean where large values are rare.
With `log` that is mended after the training (`smearing.py`); with `sqrt` and `log1p`, which are
flatter near zero, it stays. Quantiles stay quantiles.

What is fitted, spread and centres, is in `Scale`; how spreads are estimated, which is all that
`standard` and `robust` differ in, in `spreads.py`.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from pipeline.clean.observations import Series
from pipeline.rnn.settings import Transform


def to_scale(
    transform: Transform, values: Float[np.ndarray, "*shape"]
) -> Float[np.ndarray, "*shape"]:
    """g(values), float64; NaN for what has no image, of which `outside` tells beforehand."""
    if transform == "sqrt":
        return np.sqrt(values)
    if transform == "log":
        return np.log(values)
    return np.log1p(values) if transform == "log1p" else values


def origin(transform: Transform) -> float:
    """The value that lies at 0 on the scale: what a network that corrects nothing starts from."""
    return 1.0 if transform == "log" else 0.0


def move(
    transform: Transform,
    start: Float[np.ndarray, "*shape"],
    distance: Float[np.ndarray, "*shape"],
) -> Float[np.ndarray, "*shape"]:
    """g^-1(g(start) + distance), in the unit of the target; `start` to the last bit at distance 0.

    none, standard, robust: r + d. sqrt: r + (2 sqrt(r) + d) d, which is (sqrt(r) + d)^2; no root
    lies below zero, so where sqrt(r) + d does the forecast is 0. log1p: r + (1 + r) (e^d - 1), -1
    where rounding would let it fall below. log: r e^d, never below 0.

    Args:
        transform: its name.
        start: what is corrected, r; `origin` where nothing is.
        distance: by how much on the scale of g, d: spread x output.
    """
    if transform == "sqrt":
        root = np.sqrt(start)
        moved = np.maximum(start + (2 * root + distance) * distance, 0.0)
        moved = np.where(root + distance < 0, 0.0, moved)
    elif transform == "log1p":
        moved = np.maximum(start + (1 + start) * np.expm1(distance), -1.0)
    elif transform == "log":
        moved = start * np.exp(distance)
    else:
        return start + distance
    return np.where(distance == 0, start, moved)


_NEEDED: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "sqrt": ("0 or more", lambda y: y >= 0),
    "log1p": ("more than -1", lambda y: y > -1),
    "log": ("more than 0", lambda y: y > 0),
}
"""Transforms that not every target has an image under: which have one, in words and as a test."""


def why_outside(transform: Transform, series: Series) -> str:
    """Which observed target has no image under g: the first one; empty where all have.

    Args:
        transform: its name.
        series: its rows, the target first, NaN where nothing was observed.
    """
    if transform not in _NEEDED:
        return ""
    needed, fits = _NEEDED[transform]
    bad = np.flatnonzero(~fits(series.y) & ~np.isnan(series.y))
    if not len(bad):
        return ""
    value, date = series.y[bad[0]], series.ds[bad[0]].astype("M8[D]")
    return f"transform: {transform} needs targets of {needed}, and y is {value:.12g} on {date}"
