"""Errors by season of the time that is forecast: by month, of quarterly data by quarter.

Which months are wet and which are dry is for the reader: here rain falls in summer, there in
winter.
"""

from collections.abc import Mapping

import pandas as pd

from pipeline import board_tables
from pipeline.calendar import Freq
from pipeline.leaderboard.skill import beside_reference, skill_of

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""Labels of MS, W and D; a week belongs to the month of the Sunday that ends it."""

QUARTERS = ("Q1", "Q2", "Q3", "Q4")


def rank_by_season(
    scores: pd.DataFrame, *, references: Mapping[str, str], freq: Freq
) -> pd.DataFrame:
    """MAE, MASE and skill of every model in every season, for the mean over series and for each.

    Args:
        scores: the columns of `tables.SCORES`, the same points for every model.
        references: the declared reference of each series.
        freq: of the series.

    Returns:
        The columns of `board_tables.BY_SEASON`: the mean over series first, seasons in the order of
        the year, the best skill first. Means over series are as on the leaderboard, of the series
        that have points in that season.
    """
    points = scores.sort_values(["unique_id", "model", "cutoff", "step"], ignore_index=True)
    labels = QUARTERS if freq == "QS" else MONTHS
    times = points["ds"].dt
    place = (times.quarter if freq == "QS" else times.month) - 1
    sizes = points.assign(place=place, mae=points["error"].abs())
    sizes["mase"] = sizes["mae"] / sizes["scale"]
    groups = sizes.groupby(["unique_id", "place", "model"], sort=False)
    rows = groups[["mae", "mase"]].mean().assign(n_scored=groups.size()).reset_index()
    rows = beside_reference(rows, references, by=["unique_id", "place"], columns=["mase"])
    both = pd.concat([_mean_over_series(rows), rows], ignore_index=True)
    both = both.assign(
        skill=skill_of(both["mase"], both["reference_mase"]),
        season=[labels[place] for place in both["place"]],
    ).sort_values(
        ["unique_id", "place", "skill", "mase", "model"],
        ascending=[True, True, False, True, True],
        na_position="first",
        ignore_index=True,
    )
    return both[board_tables.BY_SEASON.names]


def _mean_over_series(rows: pd.DataFrame) -> pd.DataFrame:
    groups = rows.groupby(["place", "model"], sort=False)
    means = groups[["mae", "mase", "reference_mase"]].mean()
    means = means.assign(n_scored=groups["n_scored"].sum())
    if rows["unique_id"].nunique() > 1:
        means["mae"] = float("nan")
    return means.reset_index().assign(unique_id=None)
