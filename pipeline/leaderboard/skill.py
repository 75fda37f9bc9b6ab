"""Skill: how much smaller an error is than that of the declared reference.

Errors of different series cannot be pooled; their MASE can be averaged, since it has no unit.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.errors import InputError

IN_UNITS = ["mae", "rmse", "mse", "bias", "tweedie"]
"""Columns in the unit of the target: of series with different units there is no mean."""

AGAINST = ["climatology", "seasonal_naive"]
"""Models that skill is measured against beside the reference, each in a column of its own."""

MEANS = ["mase", "rmsse", "wape", "smape", "mse_skill", *IN_UNITS]
"""Columns whose mean over series is the plain mean of the series' values, NaN left out."""

COUNTS = ["n_scored", "n_failed", "n_scaled", "n_wape", "n_floored"]
"""Columns that are summed over series."""


def check_references(scores: pd.DataFrame, references: Mapping[str, str]) -> None:
    """Every scored series has a reference, and it is among its models.

    Raises:
        InputError: it names the series and what there is.
    """
    models = sorted(map(str, scores["model"].unique()))
    for series in sorted(map(str, scores["unique_id"].unique())):
        if series not in references:
            raise InputError(f"series {series} has no declared reference; declare `reference:`")
        if references[series] not in models:
            raise InputError(
                f"series {series}: its reference {references[series]} has no scores "
                f"(there are {', '.join(models)}); forecast it, or declare another"
            )


def beside_reference(
    rows: pd.DataFrame, references: Mapping[str, str], *, by: list[str], columns: list[str]
) -> pd.DataFrame:
    """The rows with columns of the series' reference beside their own, as reference_mase.

    Args:
        rows: a row per model in each group.
        references: the reference of each series.
        by: the columns that name a group, unique_id among them.
        columns: what is wanted of the reference.
    """
    is_reference = rows["model"] == rows["unique_id"].map(dict(references))
    reference = rows.loc[is_reference, [*by, *columns]]
    reference = reference.rename(columns={name: f"reference_{name}" for name in columns})
    return rows.merge(reference, on=by, how="left", validate="many_to_one")


def add_skill(rows: pd.DataFrame, *, references: Mapping[str, str]) -> pd.DataFrame:
    """Adds skill = 1 - MASE / MASE of the series' reference, and mse_skill, the same with MSE.

    Both are NaN where the reference makes no error, and skill where the series has no scale.

    Args:
        rows: a row per (unique_id, step, model) with mase and mse; step is NA for all together.
        references: the reference of each series.

    Returns:
        The rows with skill, mse_skill and reference_mase, the MASE of the series' reference; and
        skill_climatology and skill_seasonal_naive, as `add_skill_against` says.
    """
    columns = ["mase", "mse"]
    joined = beside_reference(rows, references, by=["unique_id", "step"], columns=columns)
    skilled = joined.assign(
        skill=skill_of(joined["mase"], joined["reference_mase"]),
        mse_skill=skill_of(joined["mse"], joined["reference_mse"]),
    ).drop(columns="reference_mse")
    return add_skill_against(skilled, by=["unique_id", "step"])


def add_skill_against(rows: pd.DataFrame, *, by: list[str]) -> pd.DataFrame:
    """Adds 1 - MASE / MASE of each model of `AGAINST`; NaN where that model is not among them.

    Args:
        rows: a row per model in each group, with its mase.
        by: the columns that name a group.
    """
    found = {}
    for other in AGAINST:
        its = rows.loc[rows["model"] == other, [*by, "mase"]].rename(columns={"mase": "other"})
        joined = rows[by].merge(its, on=by, how="left", validate="many_to_one")
        found[f"skill_{other}"] = skill_of(rows["mase"], joined["other"].set_axis(rows.index))
    return rows.assign(**found)


def skill_by_cutoff(scores: pd.DataFrame, *, references: Mapping[str, str]) -> pd.DataFrame:
    """MAE, MASE and skill of every model at every cutoff by itself, all horizon steps together.

    As on the leaderboard of that cutoff alone: MASE, and skill, which is 1 - mean MASE / mean MASE
    of the references, are means over series; NaN where no series has a scale. MAE is that of the
    one series; NaN where several were scored.

    Args:
        scores: the columns of `tables.SCORES`, of any number of cutoffs.
        references: the declared reference of each series.

    Returns:
        Columns cutoff, model, mae, mase and skill.
    """
    sizes = scores.assign(mae=scores["error"].abs(), mase=scores["error"].abs() / scores["scale"])
    by = ["cutoff", "unique_id", "model"]
    rows = sizes.groupby(by, sort=False)[["mae", "mase"]].mean().reset_index()
    rows = beside_reference(rows, references, by=["cutoff", "unique_id"], columns=["mase"])
    groups = rows.groupby(["cutoff", "model"], sort=False)
    means = groups[["mae", "mase", "reference_mase"]].mean()
    means["mae"] = means["mae"].where(groups.size() == 1)
    skill = skill_of(means["mase"], means["reference_mase"])
    return means.assign(skill=skill).reset_index()[["cutoff", "model", "mae", "mase", "skill"]]


def mean_over_series(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per (model, step) for all series together.

    skill is 1 - mean MASE / mean MASE of the references, each the mean over series, and so are
    skill_climatology and skill_seasonal_naive; mse_skill is the plain mean of the series' values.
    Numbers in the unit of the target are those of the one series; NaN where there are several,
    since degrees and ppm have no mean. n_scored, n_failed and n_scaled are sums. Series without a
    scale (constant ones) are left out of MASE and skill: n_scaled < n_scored says so.

    Args:
        rows: what `add_skill` gives.
    """
    groups = rows.groupby(["step", "model"], dropna=False, sort=False)
    means = groups[[*MEANS, "reference_mase"]].mean()
    if rows["unique_id"].nunique() > 1:
        means[IN_UNITS] = np.nan
    sums = groups[COUNTS].sum()
    board = pd.concat([means, sums], axis=1).reset_index()
    board = board.assign(unique_id=None, skill=skill_of(board["mase"], board["reference_mase"]))
    return add_skill_against(board, by=["step"])


def skill_of(error: pd.Series, reference: pd.Series) -> pd.Series:
    """1 less the ratio; NaN where the reference makes no error."""
    return 1 - error / reference.where(reference > 0, np.nan)
