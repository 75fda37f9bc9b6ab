"""What it is worth to fit more often, told from the forecasts that are there.

A model that is fitted at every twelfth cutoff forecasts between two fits with one that is 0 to 11
cutoffs old. Those at most k - 1 old are what fitting at every k-th cutoff would have made, but on a
part of the points only. So errors are told beside the reference's on the same points; nothing is
told of fitting more rarely than declared, nor of a model that is fitted at every cutoff.
"""

from collections.abc import Mapping

import pandas as pd

from pipeline import board_tables
from pipeline.leaderboard.skill import beside_reference

EVERY = (1, 3, 6, 12)
"""Cutoffs from one fit to the next that are compared, with what is declared."""


def measure_refits(
    scores: pd.DataFrame,
    ages: pd.DataFrame,
    *,
    references: Mapping[str, str],
    refits: Mapping[str, int],
) -> pd.DataFrame:
    """Error of each model by how often it would be fitted; means over series, as for skill.

    Points at a fit of one age lie in one season where cutoffs are monthly and fits yearly: skill
    takes out how hard they are for the reference, and no more than that.

    Args:
        scores: the columns of `tables.SCORES`, the same points for every model.
        ages: unique_id, cutoff and model, and age: cutoffs since the model used there was fitted.
        references: the declared reference of each series.
        refits: of each model that is fitted, how many cutoffs lie between two fits; 0 is once.

    Returns:
        The columns of `board_tables.REFIT_VALUE`, models in the order of `refits`.
    """
    if ages.empty:
        return board_tables.REFIT_VALUE.empty()
    errors = scores.assign(error=scores["error"].abs() / scores["scale"])
    errors = errors[errors["scale"].notna()]
    point, fold = ["unique_id", "cutoff", "step"], ["unique_id", "cutoff", "model"]
    beside = beside_reference(errors, references, by=point, columns=["error"])
    beside = beside[beside["model"].isin(list(refits))]
    beside = beside.merge(ages[[*fold, "age"]], on=fold, validate="many_to_one")
    rows = [
        (model, every, *_error_of(own[own["age"] < every] if every else own))
        for model, refit in refits.items()
        for own in [beside[beside["model"] == model]]
        for every in _compared(refit, oldest=own["age"].max())
    ]
    return pd.DataFrame(rows, columns=pd.Index(board_tables.REFIT_VALUE.names))


def _compared(refit: int, *, oldest: float) -> list[int]:
    """The declared one, and those before it of which there are forecasts."""
    last = refit or oldest + 1
    return [k for k in EVERY if k < last] + [refit]


def _error_of(points: pd.DataFrame) -> tuple[int, float, float]:
    """Points, mean over series of their MASE, and skill against the reference on the same ones."""
    means = points.groupby("unique_id")[["error", "reference_error"]].mean().mean()
    below = means["reference_error"] if means["reference_error"] > 0 else float("nan")
    return len(points), float(means["error"]), float(1 - means["error"] / below)
