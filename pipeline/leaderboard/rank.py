"""From scored points to the leaderboard: a row per series, step and model, best first.

What a number means is in `pipeline/scores/metrics/`; what it is held against is in `skill.py`.
"""

from collections.abc import Mapping

import pandas as pd

from pipeline import board_tables
from pipeline.leaderboard.intervals import add_intervals
from pipeline.leaderboard.luck import add_luck
from pipeline.leaderboard.ranks import add_ranks
from pipeline.leaderboard.skill import add_skill, check_references, mean_over_series
from pipeline.scores.metrics.point import METRICS, n_floored, n_wape
from pipeline.scores.same_points import check_same_points


def rank_models(
    scores: pd.DataFrame,
    *,
    references: Mapping[str, str],
    intervals: pd.DataFrame | None = None,
    events: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The leaderboard: the mean over series first, then each series; all steps first, then each.

    Within a block (a series, or the mean; a step, or all) the best skill comes first; equal skills
    go by MAE, by MASE, then by name. Numbers over series are those of `skill.mean_over_series`.

    Args:
        scores: the columns of `tables.SCORES`, of any number of cutoffs, in any order.
        references: the declared reference of each series.
        intervals: the columns of `tables.SCORED_INTERVALS`, of the same cutoffs, where there are.
        events: the columns of `tables.SCORED_EVENTS`, the same.

    Returns:
        The columns of `board_tables.LEADERBOARD`; unique_id is null for the mean over series, step
        for all steps together.

    Raises:
        InputError: a model lacks points that another has, a series has no reference or it was not
            scored, an actual or forecast is not finite, or there are more intervals than scores.
    """
    check_same_points(scores)
    check_references(scores, references)
    # Sums of floats depend on their order: with this one the bytes do not depend on the caller's.
    points = scores.sort_values(["unique_id", "model", "cutoff", "step"], ignore_index=True)
    blocks = []
    for by in (["unique_id", "model"], ["unique_id", "model", "step"]):
        rows = add_skill(_measure(points, by), references=references)
        for block in (rows, mean_over_series(rows)):
            told = add_luck(block, points, references=references)
            blocks.append(add_ranks(told, points, references=references))
    board = pd.concat([_typed(block) for block in blocks], ignore_index=True)
    board = add_intervals(board, intervals=intervals, events=events)
    return _best_first(board)[board_tables.LEADERBOARD.names]


def _measure(points: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Every metric, and the counts, of each group of points."""
    groups = points.groupby(by, sort=False)
    grouped = points[["y", "y_hat", "scale", "rmsse_scale"]].assign(group=groups.ngroup())
    rows = points.loc[~grouped["group"].duplicated(), by].reset_index(drop=True)
    counts = grouped["group"].value_counts(sort=False).sort_index()
    failed = grouped.loc[points["status"] == "failed", "group"].value_counts()
    scaled = grouped.loc[grouped["scale"].notna(), "group"].value_counts()
    rows = rows.assign(
        n_scored=counts,
        n_failed=failed.reindex(counts.index, fill_value=0),
        n_scaled=scaled.reindex(counts.index, fill_value=0),
        n_wape=n_wape(grouped),
        n_floored=n_floored(grouped),
    )
    rows = rows.assign(**{name: metric.function(grouped) for name, metric in METRICS.items()})
    step = rows["step"] if "step" in by else pd.Series(pd.NA, index=rows.index)
    return rows.assign(step=step.astype("Int32"))


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of the leaderboard's columns; unique_id of one type with and without null."""
    names = [name for name in board_tables.LEADERBOARD.names if name in rows]
    return rows[names].astype({"unique_id": "object"})


def _best_first(board: pd.DataFrame) -> pd.DataFrame:
    """Nulls of unique_id and step come first; skill is unknown for a whole block or not at all."""
    return board.sort_values(
        ["unique_id", "step", "skill", "mae", "mase", "model"],
        ascending=[True, True, False, True, True, True],
        na_position="first",
        ignore_index=True,
    )
