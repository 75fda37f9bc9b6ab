"""Stability: how much the forecast of the same time changes from one cutoff to the next.

A forecast that swings costs whoever plans by it, even where its error is no larger. A mean over
past years hardly moves; a model that follows the last value moves with it.
"""

import pandas as pd

from pipeline import board_tables


def measure_revisions(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute change of a forecast between neighbouring cutoffs, over the later one's scale.

    Only times that both cutoffs forecast, and whose actual is observed: with a horizon of one step,
    or cutoffs further apart than it reaches, there are none and no rows. A series that was not
    ready at a cutoff is compared across no gap.

    Args:
        scores: the columns of `tables.SCORES`, the same points for every model.

    Returns:
        The columns of `board_tables.STABILITY`: the mean over series first, the steadiest first.
    """
    points = scores.sort_values(["unique_id", "model", "ds", "cutoff"], ignore_index=True)
    number = points["cutoff"].rank(method="dense")
    before = points.assign(number=number).groupby(["unique_id", "model", "ds"], sort=False)
    change = before["y_hat"].diff().abs() / points["scale"]
    changed = points.assign(change=change)[(before["number"].diff() == 1) & change.notna()]
    groups = changed.groupby(["unique_id", "model"], sort=False)["change"]
    rows = groups.agg(n="size", revision="mean").reset_index()
    each = rows.groupby("model", sort=False)
    mean = each.agg(n=("n", "sum"), revision=("revision", "mean")).reset_index()
    both = pd.concat([mean.assign(unique_id=None), rows], ignore_index=True)
    both = both.sort_values(
        ["unique_id", "revision", "model"], na_position="first", ignore_index=True
    )
    return both[board_tables.STABILITY.names].astype({"unique_id": object})
