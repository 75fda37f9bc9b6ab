"""A row per model in the form of fev's leaderboard: skill score and win rate over tasks.

A task is a series; where there is only one, each of its cutoffs. Skill here is that of a typical
task, a geometric mean; on the leaderboard it is that of the mean error, so that a few bad series
weigh there as they weigh for who acts on them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from pipeline import board_tables
from pipeline.leaderboard.blocks import draw_counts
from pipeline.leaderboard.luck import FEWEST_PER_OVERLAP, LEVEL
from pipeline.leaderboard.scaled_errors import ScaledErrors

LEAST, MOST = 0.01, 100.0
"""Errors relative to the reference's are brought within these, as fev does."""

FEWEST_SERIES = 8
"""Series that bounds over series need: of two any resampling is one of three."""


def summarise_models(
    scores: pd.DataFrame, *, references: Mapping[str, str], seeds: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Skill score, win rate, spread over seeds and counts of every model, the best skill first.

    Bounds are 95 % of a bootstrap over tasks: over series as if they were independent, over the
    cutoffs of a single one in blocks as long as a horizon reaches. They are NaN with fewer than
    `FEWEST_SERIES` series, or fewer cutoffs than a test needs.

    Args:
        scores: the columns of `tables.SCORES`, the same points for every model.
        references: the declared reference of each series.
        seeds: what `seed_errors` gives, of all cutoffs; None without networks.

    Returns:
        The columns of `board_tables.SUMMARY`. A series without a scale is no task.
    """
    if scores.empty:
        return board_tables.SUMMARY.empty()
    points = scores.sort_values(["unique_id", "model", "cutoff", "step"], ignore_index=True)
    errors = ScaledErrors.of(points, references)
    found = _Tasks.of(errors)
    rows = _counts(points, "cutoff" if len(errors.series) == 1 else "unique_id")
    rows = rows.merge(found.table(), on="model", how="left", validate="one_to_one")
    rows = rows.merge(_over_seeds(seeds), on="model", how="left", validate="one_to_one")
    rows = rows.assign(n_tasks=found.relative.shape[0])[board_tables.SUMMARY.names]
    return rows.sort_values(
        ["skill_score", "win_rate", "model"], ascending=[False, False, True], ignore_index=True
    )


def seed_errors(members: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Scaled absolute errors of each seed, of one cutoff or of many.

    Args:
        members: the columns of `tables.MEMBERS`; of a network that forecasts quantiles its median
            counts.
        scores: of the same cutoffs.

    Returns:
        Columns unique_id, cutoff, model, seed, total (of the errors) and n (points).
    """
    point = ["unique_id", "cutoff", "step"]
    own = members.loc[np.isclose(members["quantile"], 0.5), [*point, "model", "seed", "y_hat"]]
    actual = scores.loc[scores["scale"].notna(), [*point, "y", "scale"]].drop_duplicates(point)
    joined = own.merge(actual, on=point, validate="many_to_one")
    errors = (joined["y_hat"] - joined["y"]).abs() / joined["scale"]
    groups = joined.assign(error=errors).groupby(["unique_id", "cutoff", "model", "seed"])["error"]
    return groups.agg(total="sum", n="size").reset_index()


@dataclass(frozen=True)
class _Tasks:
    """Errors of tasks relative to the reference's.

    Attributes:
        relative: of task t and model m.
        models: the models' names.
        length: of the blocks that are drawn.
        bounded: whether there are enough for bounds.
    """

    relative: Float[np.ndarray, "t M"]
    models: list[str]
    length: int
    bounded: bool

    @classmethod
    def of(cls, errors: ScaledErrors) -> "_Tasks":
        """Series, or the cutoffs of a single one."""
        if len(errors.series) == 1:
            own, n, length = errors.sums[0].T, len(errors.times), errors.overlap
            below = own[:, errors.reference[0]]
            bounded = n >= FEWEST_PER_OVERLAP * errors.overlap
        else:
            own, n, length = errors.sums.sum(axis=-1), len(errors.series), 1
            below = own[np.arange(n), errors.reference]
            bounded = n >= FEWEST_SERIES
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = own / below[:, None]
        relative = np.clip(np.where(own == below[:, None], 1.0, ratio), LEAST, MOST)
        return cls(relative, errors.models, length, bounded)

    def table(self) -> pd.DataFrame:
        """Model, skill_score and win_rate with their bounds; NaN where there is no task."""
        n, M = self.relative.shape
        if n == 0:
            return pd.DataFrame({"model": self.models}).reindex(columns=_SCORED)
        logs, wins = np.log(self.relative), _wins(self.relative)
        shares = [np.full((1, n), 1 / n)]
        shares += [draw_counts(n, length=self.length) / n] if self.bounded else []
        values = [np.stack([1 - np.exp(w @ logs), w @ wins]) for w in shares]
        bounds = np.full((2, 2, M), np.nan)
        if self.bounded:
            bounds = np.quantile(values[1], [0.5 - LEVEL / 200, 0.5 + LEVEL / 200], axis=1)
        (skill, rate), (lower, upper) = values[0][:, 0], bounds
        found = (np.array(self.models), skill, lower[0], upper[0], rate, lower[1], upper[1])
        return pd.DataFrame(dict(zip(_SCORED, found, strict=True)))


_SCORED = ["model"] + [
    f"{name}{bound}" for name in ("skill_score", "win_rate") for bound in ("", "_lower", "_upper")
]


def _wins(relative: Float[np.ndarray, "t M"]) -> Float[np.ndarray, "t M"]:
    """On each task the share of the other models with a larger error; half of one as large."""
    ours, theirs = relative[:, :, None], relative[:, None, :]
    wins = (ours < theirs).sum(axis=2) + 0.5 * ((ours == theirs).sum(axis=2) - 1)
    others = relative.shape[1] - 1
    return wins / others if others else np.full(relative.shape, np.nan)


def _counts(points: pd.DataFrame, task: str) -> pd.DataFrame:
    """Points of each model, and tasks in which the reference stands for a model that failed."""
    counts = points.groupby("model").size()
    failed = points[points["status"] == "failed"].groupby("model")[task].nunique()
    failures = failed.reindex(counts.index, fill_value=0)
    table = pd.DataFrame({"n_scored": counts, "num_failures": failures})
    return table.rename_axis("model").reset_index()


def _over_seeds(seeds: pd.DataFrame | None) -> pd.DataFrame:
    """Mean and standard deviation over seeds of the mean over series of their MASE.

    Folds at which one of a network's seeds failed are left out for all of its seeds.
    """
    names = ["model", "seed_mean", "seed_sd"]
    if seeds is None or seeds.empty:
        return pd.DataFrame({"model": pd.Series(dtype=object)}).reindex(columns=names)
    present = seeds.groupby(["unique_id", "cutoff", "model"])["seed"].transform("size")
    whole = seeds[present == seeds["model"].map(seeds.groupby("model")["seed"].nunique())]
    sums = whole.groupby(["model", "seed", "unique_id"])[["total", "n"]].sum()
    each = (sums["total"] / sums["n"]).groupby(["model", "seed"]).mean().groupby("model")
    return pd.DataFrame({"seed_mean": each.mean(), "seed_sd": each.std()}).reset_index()[names]
