"""Every model on the same points: a comparison on different ones is an error, not a number."""

import numpy as np
import pandas as pd

from pipeline.errors import InputError

_FOLD = ["unique_id", "cutoff"]


def check_same_points(frame: pd.DataFrame) -> None:
    """Each model has exactly one row for each (series, cutoff, step) that any model has.

    Args:
        frame: columns unique_id, cutoff, step, model.

    Raises:
        InputError: a model lacks steps that another has, or has one twice; it names the series, the
            cutoff, the model and the steps.
    """
    if frame.empty:
        return
    point = frame.groupby([*_FOLD, "step"], sort=False, dropna=False).ngroup().to_numpy()
    model, names = pd.factorize(frame["model"])
    shape = (int(point.max()) + 1, len(names))
    rows = np.bincount(point * shape[1] + model, minlength=shape[0] * shape[1]).reshape(shape)
    if (rows == 1).all():
        return
    uneven = pd.Series((rows != 1).any(axis=1)[point], index=frame.index)
    first = frame[uneven].sort_values([*_FOLD, "step"]).iloc[0]
    fold = frame[(frame["unique_id"] == first["unique_id"]) & (frame["cutoff"] == first["cutoff"])]
    raise InputError(_difference(fold, sorted(map(str, names))))


def _difference(fold: pd.DataFrame, models: list[str]) -> str:
    """What is uneven in one fold, in words."""
    table = pd.crosstab(fold["step"], fold["model"]).reindex(columns=models, fill_value=0)
    where = f"series {fold['unique_id'].iloc[0]}, cutoff {fold['cutoff'].iloc[0]}"
    for model in models:
        twice, lacking = table.index[table[model] > 1], table.index[table[model] == 0]
        if len(twice):
            return f"{where}: {model} has step {twice[0]} more than once; keep one row of each"
        if len(lacking):
            steps = ", ".join(str(step) for step in lacking)
            other = next(m for m in models if table.loc[lacking[0], m] > 0)
            return (
                f"{where}: {model} lacks step {steps} that {other} has; all models are compared "
                "on the same points: forecast the missing ones, or leave the cutoff out for all"
            )
    raise AssertionError("called for a fold that is even")
