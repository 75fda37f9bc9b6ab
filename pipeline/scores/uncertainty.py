"""Bounds and probabilities held against what came true: a row for each whose actual is observed.

No number is averaged here; that is in `calibration.py`.
"""

import numpy as np
import pandas as pd

from pipeline import tables
from pipeline.errors import InputError
from pipeline.served.settings import LEVELS

_POINT = ["unique_id", "cutoff", "step", "model"]


def score_intervals(intervals: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """A row per interval whose actual is observed, in the order of the intervals.

    One without bounds (too few earlier errors) keeps its row, so that it can be counted.

    Args:
        intervals: the columns of `tables.INTERVALS`.
        scores: the columns of `tables.SCORES`, with the forecasts that the intervals are of.

    Returns:
        The columns of `tables.SCORED_INTERVALS`.

    Raises:
        InputError: a level is not among those of `LEVELS`, a point has one twice, only one bound is
            a number, the lower one is above the upper, or a model has bounds but no forecast at a
            point that was scored.
    """
    known = intervals["level"].isin(LEVELS)
    if not known.all():
        level, levels = (
            intervals.loc[~known, "level"].iloc[0],
            " and ".join(f"{k:g}" for k in LEVELS),
        )
        raise InputError(
            f"intervals of {level:g} % cannot be scored; there are those of {levels} %"
        )
    lo, hi = (intervals[c].to_numpy(dtype=np.float64) for c in ("lo", "hi"))
    wrong = ~((np.isnan(lo) & np.isnan(hi)) | (np.isfinite(lo) & np.isfinite(hi) & (lo <= hi)))
    if wrong.any():
        row = intervals[wrong].iloc[0]
        raise InputError(
            f"{_point_of(row)}: {row['model']} has the bounds {row['lo']:g} and {row['hi']:g} at "
            f"{row['level']:g} %; both are numbers and in this order, or neither is one"
        )
    return _beside_actuals(intervals, scores, table=tables.SCORED_INTERVALS, key="level")


def score_events(probabilities: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """A row per probability whose actual is observed, in the order of the probabilities.

    One that is missing (too few earlier errors) keeps its row, so that it can be counted.

    Args:
        probabilities: the columns of `tables.PROBABILITIES`.
        scores: the columns of `tables.SCORES`, with the forecasts that the probabilities are of.

    Returns:
        The columns of `tables.SCORED_EVENTS`.

    Raises:
        InputError: a probability lies outside 0 and 1, a point has a threshold twice, or a model
            has a probability but no forecast at a point that was scored.
    """
    found = probabilities["probability"].to_numpy(dtype=np.float64)
    wrong = ~(np.isnan(found) | ((found >= 0) & (found <= 1)))
    if wrong.any():
        row = probabilities[wrong].iloc[0]
        raise InputError(
            f"{_point_of(row)}: {row['model']} has the probability {row['probability']:g}; "
            "one lies between 0 and 1, or is missing"
        )
    return _beside_actuals(probabilities, scores, table=tables.SCORED_EVENTS, key="above")


def _beside_actuals(
    rows: pd.DataFrame, scores: pd.DataFrame, *, table: tables.Table, key: str
) -> pd.DataFrame:
    """The rows whose point was scored, with what stands there; of a point they differ in `key`."""
    twice = rows.duplicated([*_POINT, key])
    if twice.any():
        row = rows[twice].iloc[0]
        raise InputError(
            f"{_point_of(row)}: {row['model']} has {key} {row[key]:g} more than once; keep one"
        )
    added = [name for name in table.names if name not in rows]
    joined = rows.merge(scores[[*_POINT, *added]], on=_POINT, how="left", validate="many_to_one")
    lacking = joined[joined["y"].isna()].merge(scores[_POINT[:3]].drop_duplicates(), on=_POINT[:3])
    if len(lacking):
        row = lacking.iloc[0]
        raise InputError(
            f"{_point_of(row)}: {row['model']} has {key} {row[key]:g} but no forecast among the "
            "scores; score all models together"
        )
    return joined.loc[joined["y"].notna(), table.names].reset_index(drop=True)


def _point_of(row: pd.Series) -> str:
    return f"series {row['unique_id']}, cutoff {row['cutoff']}, step {row['step']}"
