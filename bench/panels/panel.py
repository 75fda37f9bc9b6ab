"""A panel of one structure: its series, and the best that can be said about them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.panels.law import Draws, Law
from bench.panels.linear import common_shock, noise, seasonal_ar
from bench.panels.nonlinear import intermittent, level_shift, threshold

if TYPE_CHECKING:
    import pandas as pd

STRUCTURES: dict[str, Callable[[Draws], Law]] = {
    "seasonal_ar": seasonal_ar,
    "threshold": threshold,
    "level_shift": level_shift,
    "intermittent": intermittent,
    "common_shock": common_shock,
    "noise": noise,
}

SEASON = 12
FIRST = np.datetime64("2000-01", "M")


@dataclass(frozen=True)
class Panel:
    """Some series of one structure, and the truth about them.

    Attributes:
        structure: its name.
        y: the series, `[series, rows]`, float64.
        climatology: the mean of each row over all series that could have been drawn with these
            levels and seasons: the best forecast that knows no earlier row, `[series, rows]`.
        scale: of each series, `[series, 1]`: its law times this, around its climatology.
        law: the structure in units of the scale.
    """

    structure: str
    y: np.ndarray
    climatology: np.ndarray
    scale: np.ndarray
    law: Law

    @property
    def unique_ids(self) -> list[str]:
        """The series' names, in the order of the rows of `y`."""
        return [f"{self.structure}_{number:04d}" for number in range(len(self.y))]

    @property
    def frame(self) -> "pd.DataFrame":
        """The long frame: unique_id, ds (months from 2000-01), y."""
        import pandas as pd

        series, rows = self.y.shape
        ds = (FIRST + np.arange(rows)).astype("datetime64[ns]")
        columns = {"unique_id": np.repeat(self.unique_ids, rows), "ds": np.tile(ds, series)}
        return pd.DataFrame(columns | {"y": self.y.ravel()})

    def best(self, step: int = 1, *, seen: str = "own") -> np.ndarray:
        """The optimal forecast of every row, for squared error, made `step` rows before it.

        It knows the law and the series' parameters, which a model must learn.

        Args:
            step: rows between what is known and what is forecast, 1 or more.
            seen: `own`: the earlier rows of the series itself; `all`: those of all series, which
                tells more where they share a shock.

        Returns:
            `[series, rows]` in the unit of y; the first `step` rows know nothing and are the
            climatology.
        """
        law = self.law
        best = law.best
        if seen == "all" and law.best_of_all is not None:
            best = law.best_of_all
        one_step = best - law.mean
        known = np.zeros_like(one_step)
        first_unknown = max(one_step.shape[1] - step + 1, 1)
        known[:, step:] = law.further(one_step[:, 1:first_unknown], step - 1)
        return self.climatology + self.scale * known


def panel(structure: str, *, series: int, rows: int, seed: int) -> Panel:
    """Draw a panel.

    Args:
        structure: one of `STRUCTURES`.
        series: how many.
        rows: months of each.
        seed: another one is another panel; 0 or more.
    """
    draws = Draws.of(seed, list(STRUCTURES).index(structure), series=series, rows=rows)
    law = STRUCTURES[structure](draws)
    if structure == "intermittent":  # whole packs, and zeros that are zeros
        base, scale = np.zeros((series, rows)), 1 + np.floor(12 * draws.start[:, [0]])
    else:
        scale = np.exp(2 * draws.start[:, [0]])
        base = 50 + 100 * draws.start[:, [1]] + scale * season(draws.start[:, 2:4], rows)
    climatology = base + scale * law.mean
    return Panel(structure, base + scale * law.x, climatology, scale, law)


def season(start: np.ndarray, rows: int) -> np.ndarray:
    """A year's wave and half of one twice as fast, 1 to 3 scales high, of any phase."""
    angle = 2 * np.pi * (np.arange(rows) / SEASON + start[:, [0]])
    return (1 + 2 * start[:, [1]]) * (np.cos(angle) + 0.5 * np.cos(2 * angle))


def ratio(drawn: Panel, step: int, *, seen: str = "own") -> float:
    """Squared error of the optimal forecast, as a part of climatology's, over all rows."""
    of_best = (drawn.y - drawn.best(step, seen=seen))[:, step:] / drawn.scale
    of_climatology = (drawn.y - drawn.climatology)[:, step:] / drawn.scale
    return float(np.mean(of_best**2) / np.mean(of_climatology**2))
