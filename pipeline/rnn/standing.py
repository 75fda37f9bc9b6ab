"""How a series stands at each row: what a network of many series is told besides their signals.

Signals are in units of each series' own spread; from them alone a network cannot tell a series that
is high for its own history from one that is low, or what its reference is about to do. All of it is
as of the row, free of units, and bounded; made of sums, products and quotients alone, so that a
row's bits depend on rows up to it only. Parameters of the references' grids are not among it: what
they do is in the reference's path.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from pipeline.clean.observations import Series
from pipeline.rnn.settings import NetworkSettings, Transform
from pipeline.rnn.transform import to_scale

BOUND = 5.0
"""What a feature is squeezed below, in spreads: x / (1 + |x| / 5)."""


@dataclass(frozen=True)
class Standing:
    """Of each row, on the scale of the transform; NaN where nothing is known yet.

    Attributes:
        level: the reference's next forecast less the mean of all rows so far, over their standard
            deviation.
        deviation: that standard deviation, in the unit of the scale.
        ahead: the reference's forecasts of `steps_ahead` less its next one, in that unit.
    """

    level: Float[np.ndarray, " rows"]
    deviation: Float[np.ndarray, " rows"]
    ahead: Float[np.ndarray, "rows steps"]

    def until(self, n_rows: int) -> "Standing":
        """That of the first rows."""
        return Standing(self.level[:n_rows], self.deviation[:n_rows], self.ahead[:n_rows])


def steps_ahead(horizon: int) -> list[int]:
    """The steps at which the reference's path is looked at: its middle and its end, behind 1."""
    return sorted({-(-horizon // 2), horizon} - {1})


def count_features(settings: NetworkSettings, horizon: int) -> int:
    """Features that a network has besides its signals: 0 of a local one."""
    return 2 + len(steps_ahead(horizon)) if settings.scope == "global" else 0


def standing_of(
    series: Series,
    paths: Float[np.ndarray, "rows horizon"],
    *,
    transform: Transform,
) -> Standing:
    """How a series stands at each of its rows.

    Args:
        series: its target in its own unit, NaN where nothing was observed.
        paths: the reference's forecasts as of each row, in that unit.
        transform: the scale.
    """
    mean, deviation = _moments_so_far(to_scale(transform, series.y))
    on_scale = to_scale(transform, paths)
    following = on_scale[:, 0]
    apart = np.divide(
        following - mean, deviation, out=np.full(len(mean), np.nan), where=deviation > 0
    )
    steps = [step - 1 for step in steps_ahead(paths.shape[1])]
    return Standing(apart, deviation, on_scale[:, steps] - following[:, None])


def looks_ahead(settings: NetworkSettings, horizon: int) -> int | None:
    """Steps of the reference's path that a network's standing is made from; None of a local one."""
    return horizon if settings.scope == "global" else None


def standing_features(standing: Standing, spread: float) -> Float[np.ndarray, "rows features"]:
    """The same as features of a network; 0 where nothing is known.

    The level; how large the reference's errors are, as spread / (spread + deviation), 1/2 where
    they are as large as the series' own variation; the reference's path in spreads.

    Args:
        standing: of each row.
        spread: of the reference's errors one step ahead, as of the refit.
    """
    size = spread / (spread + standing.deviation)
    columns = [_squeezed(standing.level), size, *_squeezed(standing.ahead / spread).T]
    found = np.column_stack(columns)
    return np.where(np.isfinite(found), found, 0.0)


def _squeezed(x: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return x / (1 + np.abs(x) / BOUND)


def _moments_so_far(
    y: Float[np.ndarray, " rows"],
) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"]]:
    """Mean and standard deviation of the rows up to each row; NaN where none was observed.

    As distances from the first observed value: squares of the values themselves would cancel.
    """
    seen = np.isfinite(y)
    start = y[np.argmax(seen)] if seen.any() else 0.0
    away, count = np.where(seen, y - start, 0.0), np.cumsum(seen)
    nothing = np.full(len(y), np.nan)
    mean = np.divide(np.cumsum(away), count, out=nothing.copy(), where=count > 0)
    square = np.divide(np.cumsum(away * away), count, out=nothing, where=count > 0)
    return start + mean, np.sqrt(np.maximum(square - mean * mean, 0.0))
