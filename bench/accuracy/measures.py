"""How good forecasts are, on the same points for all models: ratios, MAE, MASE, skill, seeds.

The ratio of a model is its squared error over that of the better of climatology and seasonal_naive,
which of the two was chosen for each series before the first test cutoff; over series it is the
geometric mean. It has no unit, and 1 is what costs nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from pipeline.baselines.forecast import reference_paths
from pipeline.clean.observations import Observations, Series
from pipeline.folds.cutoffs import cutoff_at, declared_periods
from pipeline.leaderboard.rank import rank_models
from pipeline.scores.score import score_forecasts

from bench.accuracy.cases import Case  # isort: skip

SIMPLE = ("climatology", "seasonal_naive")
"""What a ratio is to: one of the two."""

ABOVE = 1.05
"""A series on which a model's ratio is larger counts as one on which it did harm."""


def better_before(case: Case, observations: Observations) -> dict[str, str]:
    """For each series the better of the two by squared error, on rows up to the first test cutoff.

    Cutoffs in the later half of these rows whose horizon ends there too; where there is none, the
    one that fewer rows suffice for.
    """
    data_set = case.data_set
    first = cutoff_at(declared_periods(data_set)[0], data_set)
    return {
        name: _better(series, series.row_of(first.step), data_set.horizon, data_set.season)
        for name, series in observations.series.items()
    }


def _better(series: Series, row: int, horizon: int, season: int) -> str:
    cutoffs = np.arange(max((row + 1) // 2, season), row - horizon + 1)
    if len(cutoffs) == 0:
        return "seasonal_naive"
    errors = {name: _mse(name, series, cutoffs, horizon, season) for name in SIMPLE}
    return min(SIMPLE, key=lambda name: errors[name])


def _mse(name: Any, series: Series, cutoffs: np.ndarray, horizon: int, season: int) -> float:  # noqa: ANN401 - one of SIMPLE
    (paths,) = reference_paths(name, [series], [cutoffs], horizon=horizon, season_length=season)
    return float(np.nanmean((paths - series.y[cutoffs[:, None] + 1 + np.arange(horizon)]) ** 2))


def points_of(
    forecasts: pd.DataFrame, observations: Observations, *, season_length: int
) -> pd.DataFrame:
    """The scored points of some models: the columns of `tables.SCORES`."""
    return score_forecasts(forecasts, observations, season_length=season_length)


def seeds_of(rows: pd.DataFrame, members: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """The forecasts of each seed by itself, of those that never failed.

    Args:
        rows: the columns of `tables.FORECASTS`, of one network.
        members: the columns of `tables.MEMBERS`, of the same.
    """
    middle = members[members["quantile"] == 0.5]
    by_seed = {int(str(seed)): own for seed, own in middle.groupby("seed") if len(own) == len(rows)}
    columns = ["unique_id", "cutoff", "step"]
    plain = rows.drop(columns="y_hat")
    return {
        seed: plain.merge(own[[*columns, "y_hat"]], on=columns, validate="one_to_one")
        for seed, own in by_seed.items()
    }


def mean_of_seeds(seeds: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The forecast that would be served with these seeds alone."""
    columns = ["unique_id", "cutoff", "step"]
    aligned = [one.sort_values(columns, ignore_index=True) for one in seeds]
    return aligned[0].assign(y_hat=np.mean([one["y_hat"] for one in aligned], axis=0))


def mse_of(points: pd.DataFrame) -> pd.DataFrame:
    """Squared error of each series (rows) and model (columns)."""
    squared = points["error"] ** 2
    return squared.groupby([points["unique_id"], points["model"]]).mean().unstack("model")


def ratios(
    points: pd.DataFrame, simple: pd.DataFrame, better: Mapping[str, str]
) -> dict[str, Float[np.ndarray, " series"]]:
    """By model the ratios of the series, in the order of their names.

    Args:
        points: of any models.
        simple: `mse_of` points that hold both simple ones.
        better: which of the two it is for each series.
    """
    mse = mse_of(points)
    usual = np.array([simple.loc[name, better[str(name)]] for name in mse.index], dtype=np.float64)
    return {str(model): mse[model].to_numpy(np.float64) / usual for model in mse.columns}


def geometric(values: Float[np.ndarray, " series"]) -> float:
    """The geometric mean."""
    return float(np.exp(np.mean(np.log(values))))


def summary(of_series: Float[np.ndarray, " series"]) -> dict[str, float]:
    """The geometric mean over the series, the worst, and the share of those that were harmed."""
    return {
        "ratio": geometric(of_series),
        "worst": float(of_series.max()),
        "above": float(np.mean(of_series > ABOVE)),
    }


def board_of(points: pd.DataFrame, references: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """By model the leaderboard's numbers over all series: MASE, skill, MAE of a single series."""
    board = rank_models(points, references=references)
    rows = board[board["unique_id"].isna() & board["step"].isna()]
    names = ("n_scored", "n_failed", "mae", "mase", "skill")
    return {
        str(row["model"]): {name: row[name] for name in names} for row in rows.to_dict("records")
    }


def seed_summary(of_seeds: Sequence[float]) -> dict[str, float]:
    """Mean and standard deviation of a number over seeds."""
    spread = float(np.std(of_seeds, ddof=1)) if len(of_seeds) > 1 else 0.0
    return {"n": len(of_seeds), "mean": float(np.mean(of_seeds)), "sd": spread}
