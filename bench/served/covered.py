"""How often intervals hold the actual, for errors of different kinds: series of 48 known cutoffs.

`exchangeable` is what the promise is made for. `overlapping`: twelve steps ahead, each error a sum
of the twelve months' shocks, so that neighbours share eleven of them. `lasting`: one step ahead,
each error 0.8 of the one before and a shock. `growing`: a spread that doubles in 48 cutoffs.
"""

import numpy as np

from pipeline.served.calibrate import calibrate
from pipeline.served.past import Past
from pipeline.served.settings import LEVELS

N = 48
KINDS = ("exchangeable", "overlapping", "lasting", "growing")


def draw(kind: str, *, series: int, seed: int, cutoffs: int = N + 1) -> Past:
    """Forecasts of 0 and actuals of one kind, at so many cutoffs."""
    random = np.random.default_rng(seed)
    horizon = 12 if kind == "overlapping" else 1
    shocks = random.normal(size=(series, cutoffs + horizon - 1))
    if kind == "lasting":
        shocks[:, 0] /= 0.6
        for t in range(1, cutoffs):
            shocks[:, t] += 0.8 * shocks[:, t - 1]
    if kind == "growing":
        shocks *= 2 ** (np.arange(cutoffs) / N)
    sums = np.cumsum(np.pad(shocks, ((0, 0), (1, 0))), axis=1)
    actual = np.stack([sums[:, h : h + cutoffs] - sums[:, :cutoffs] for h in range(1, horizon + 1)])
    return Past(
        models=["zero"],
        steps=np.arange(cutoffs),
        y_hat=np.zeros((series, cutoffs, 1, horizon)),
        failed=np.zeros((series, cutoffs, 1), dtype=bool),
        actual=np.moveaxis(actual, 0, 2),
        lowest=np.zeros((series, cutoffs)),
        highest=np.zeros((series, cutoffs)),
    )


def coverage(kind: str, *, series: int, seed: int) -> dict[str, float]:
    """The share of actuals inside, at the farthest step of the last cutoff; and errors it has."""
    past = draw(kind, series=series, seed=seed)
    found = calibrate(past, LEVELS, n_calibration=N, first=N)
    y = past.actual[:, N:, None, -1:, None]
    inside = (found.lo[:, :, :, -1:] <= y) & (y <= found.hi[:, :, :, -1:])
    shares = {f"{level:g}": float(inside[..., k].mean()) for k, level in enumerate(LEVELS)}
    return shares | {"n_errors": float(found.n_errors[0, 0, 0, -1])}
