"""From what is served to rows of the stored tables, of the folds that are ready."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Shaped

from pipeline.rnn.presets import horizon_groups
from pipeline.served.serve import Served
from pipeline.served.settings import SERVED, WITHOUT_NETWORKS
from pipeline.tables import FORECASTS, INTERVALS, PROBABILITIES, WEIGHTS, Table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Names:
    """What the places of the arrays are called.

    Attributes:
        series: of each its unique_id.
        cutoffs: datetime64[ns] of those that were asked for.
        ds: datetime64[ns] of their targets.
    """

    series: list[str]
    cutoffs: Shaped[np.ndarray, " A"]
    ds: Shaped[np.ndarray, "A H"]


def forecast_rows(served: Served, names: Names) -> "pd.DataFrame":
    """Rows of `FORECASTS`: what is served, and what would be without networks.

    Of one model's forecast that failed the status is failed; the reason is the sentence that says
    what is served.
    """
    past = served.past
    own = [k for k, name in enumerate(past.models) if name in (SERVED, WITHOUT_NETWORKS)]
    rows = _Rows.of(served, own)
    failed = rows.each(past.failed[:, served.first :, own])
    words = np.array(served.sentences, dtype=object).reshape(rows.ready.shape)
    why = np.repeat(words[:, :, None], len(own), axis=2)
    why[:, :, [past.models[k] != SERVED for k in own]] = ""
    return rows.frame(
        FORECASTS,
        names,
        y_hat=rows.flat(past.y_hat[:, served.first :, own]),
        status=np.where(failed, "failed", "ok"),
        reason=rows.each(why),
        failed_seeds=np.zeros(len(failed), dtype=np.int32),
    )


def interval_rows(served: Served, names: Names) -> "pd.DataFrame":
    """Rows of `INTERVALS`: of every model, and of what is served."""
    rows = _Rows.of(served, _with_intervals(served))
    lo, hi, n_errors = (rows.flat(part[:, :, rows.models]) for part in served.intervals)
    levels = len(served.levels)
    return rows.frame(
        INTERVALS,
        names,
        repeated=levels,
        level=np.tile(served.levels, len(n_errors)),
        lo=lo,
        hi=hi,
        n_errors=np.repeat(n_errors, levels),
    )


def probability_rows(served: Served, names: Names) -> "pd.DataFrame":
    """Rows of `PROBABILITIES`; none where no event is declared."""
    if served.probability is None:
        return PROBABILITIES.empty()
    rows = _Rows.of(served, _with_intervals(served))
    n_errors = rows.flat(served.intervals.n_errors[:, :, rows.models])
    return rows.frame(
        PROBABILITIES,
        names,
        above=np.full(len(n_errors), served.above),
        probability=rows.flat(served.probability[:, :, rows.models]),
        n_errors=n_errors,
    )


def weight_rows(served: Served, names: Names) -> "pd.DataFrame":
    """Rows of `WEIGHTS`: of each horizon group the candidates, and who has a weight beside them."""
    import pandas as pd

    made, models = served.made, np.array(served.past.models, dtype=object)
    weights, errors = (
        part[:, served.first :].swapaxes(2, 3) for part in (made.weights, made.errors)
    )
    groups = np.array(list(horizon_groups(served.past.horizon)), dtype=object)
    told = (weights > 0) | np.isin(models[: weights.shape[3]], served.rules.candidates)
    s, a, g, k = np.nonzero(told & _Rows.of(served, []).ready[..., None, None])
    return pd.DataFrame(
        {
            "unique_id": np.array(names.series, dtype=object)[s],
            "cutoff": names.cutoffs[a],
            "steps": groups[g],
            "model": models[k],
            "weight": weights[s, a, g, k],
            "error": errors[s, a, g, k],
            "n_errors": made.n_errors[:, served.first :][s, a, g],
        },
        columns=WEIGHTS.names,
    )


def mean_weights(weights: "pd.DataFrame", horizon: int) -> dict[str, float]:
    """Of rows of `WEIGHTS` each model's mean weight over series and steps ahead; they sum to 1."""
    sizes = {name: len(range(horizon)[steps]) for name, steps in horizon_groups(horizon).items()}
    by_step = weights["weight"] * weights["steps"].map(sizes).astype("float64")
    of_models = by_step.groupby(weights["model"]).sum() / by_step.sum()
    return {str(model): float(weight) for model, weight in of_models.items()}


def _with_intervals(served: Served) -> list[int]:
    return [k for k, name in enumerate(served.past.models) if name != WITHOUT_NETWORKS]


@dataclass(frozen=True)
class _Rows:
    """Rows by series, cutoff, model and step, of the folds that are ready."""

    models: list[int]
    names_of_models: list[str]
    ready: Bool[np.ndarray, "S A"]
    horizon: int

    @classmethod
    def of(cls, served: Served, models: list[int]) -> "_Rows":
        past = served.past
        ready = np.any(served.made.weights[:, served.first :] > 0, axis=(2, 3))
        return cls(models, [past.models[k] for k in models], ready, past.horizon)

    def flat(self, values: Shaped[np.ndarray, "S A m H *rest"]) -> Shaped[np.ndarray, " rows"]:
        """The values of each row."""
        return values[self.ready].ravel()

    def each(self, values: Shaped[np.ndarray, "S A m"]) -> Shaped[np.ndarray, " rows"]:
        """A value of each forecast, for all of its steps."""
        return np.repeat(values[self.ready].ravel(), self.horizon)

    def frame(
        self,
        table: Table,
        names: Names,
        *,
        repeated: int = 1,
        **columns: Shaped[np.ndarray, " rows"],
    ) -> "pd.DataFrame":
        """A table's rows: these columns beside the series, cutoff, step and model of each."""
        import pandas as pd

        s, a = np.nonzero(self.ready)
        each = len(self.models) * self.horizon * repeated
        steps = np.repeat(np.arange(1, self.horizon + 1, dtype=np.int32), repeated)
        ds = np.repeat(names.ds[a], repeated, axis=1)
        of_models = np.array(self.names_of_models, dtype=object)
        keys = {
            "unique_id": np.repeat(np.array(names.series, dtype=object)[s], each),
            "ds": np.tile(ds[:, None], (1, len(self.models), 1)).ravel(),
            "cutoff": np.repeat(names.cutoffs[a], each),
            "step": np.tile(steps, len(s) * len(self.models)),
            "model": np.tile(np.repeat(of_models, self.horizon * repeated), len(s)),
        }
        return pd.DataFrame(keys | columns, columns=table.names)
