"""Luck: how large a skill may be in truth, and how surprising a difference is.

Errors of cutoffs near each other go together: their horizons overlap, and bad seasons last. So
neither cutoffs nor points count as independent; how they do count is in `pipeline/mean_test.py`.
Skill is 1 less a ratio of two mean errors, and its interval is that of the ratio; `p_value` is a
test of equal errors (Diebold and Mariano 1995) on the same numbers, so the two never contradict
each other. `p_value_hln` is the usual variant of it, for comparison: at one step it is as good,
where horizons overlap it calls 8 to 11 % of equal models different (`bench/luck.py`).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.leaderboard.scaled_errors import Alike, ScaledErrors
from pipeline.mean_test import ewc_test, hln_test, ratio_bounds

LEVEL = 95
"""Of the interval, in percent."""

FEWEST_PER_OVERLAP = 4
"""Cutoffs for each that a forecast overlaps with: with fewer nothing is tested, or bounded. With so
many 5 to 6 % of equal models are called different at 5 %, with twice as many no fewer."""

LUCK = ["skill_lower", "skill_upper", "p_value", "p_value_hln"]
"""The numbers; `luck` says why there are none."""


def add_luck(
    rows: pd.DataFrame, points: pd.DataFrame, *, references: Mapping[str, str]
) -> pd.DataFrame:
    """Adds the columns of `LUCK`, NaN where there is none, and `luck`: why there is none.

    There is none for the reference itself, for a series without a scale, and where there are too
    few cutoffs. The errors are those of skill: absolute ones over the scale of their cutoff.

    Args:
        rows: one per (unique_id, model) and step, or per model and step with a null unique_id for
            the mean over series; a null step is all steps together.
        points: the scores that they are made of.
        references: the declared reference of each series.
    """
    keys = ["model"] if rows["unique_id"].isna().all() else ["unique_id", "model"]
    blocks = []
    for step, block in rows.groupby("step", dropna=False, sort=False):
        own = points if pd.isna(step) else points[points["step"] == step]
        errors = ScaledErrors.of(own, references)
        alike = errors.of_the_mean() if keys == ["model"] else errors.of_each()
        told = [_nothing(), *(_told(errors, one) for one in alike)]
        found = pd.concat(told, ignore_index=True)[[*keys, *LUCK, "luck"]]
        blocks.append(block.merge(found, on=keys, how="left", validate="one_to_one"))
    if not blocks:
        return rows.assign(**dict.fromkeys(LUCK, np.nan), luck="")
    rows = pd.concat(blocks, ignore_index=True)
    return rows.assign(luck=rows["luck"].fillna("not testable: no scale"))


def _nothing() -> pd.DataFrame:
    """No row, of the right types."""
    types = {"unique_id": object, "model": object, **dict.fromkeys(LUCK, float), "luck": object}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _told(errors: ScaledErrors, alike: Alike) -> pd.DataFrame:
    """Bounds, p-values and why there are none, of each series and model."""
    shape, needed = alike.errors.shape, FEWEST_PER_OVERLAP * errors.overlap
    below = np.broadcast_to(alike.references[:, None], shape)
    same, perfect = (alike.errors == below).all(axis=-1), ~below.any(axis=-1)
    found = np.full((len(LUCK), *shape[:2]), np.nan)
    if shape[-1] >= needed:
        lower, upper = ratio_bounds(alike.errors, below, overlap=errors.overlap, level=LEVEL)
        lower = np.maximum(lower, 0.0)  # no mean absolute error is below zero
        apart = alike.errors - below
        tests = (test(apart, overlap=errors.overlap) for test in (ewc_test, hln_test))
        found = np.where(same | perfect, np.nan, [1 - upper, 1 - lower, *tests])
    p_values = found[LUCK.index("p_value")]
    why = np.select(
        [same, np.full_like(same, shape[-1] < needed), perfect, np.isnan(p_values)],
        [
            "",
            f"not testable: {shape[-1]} cutoffs, {needed} needed",
            "not testable: the reference makes no error",
            "not testable: the difference never changes",
        ],
        "",
    )
    numbers = {name: own.ravel() for name, own in zip(LUCK, found, strict=True)}
    return errors.rows(alike.names).assign(**numbers, luck=why.ravel())
