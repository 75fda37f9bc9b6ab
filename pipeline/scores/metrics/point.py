"""Metrics of point forecasts, through utilsforecast.

utilsforecast leaves out missing values without a word and divides by a scale of zero; both are
refused or counted here before it is called. Metrics of quantiles and intervals do not belong here.
"""

import numpy as np
import pandas as pd
from utilsforecast import losses

from pipeline.errors import InputError
from pipeline.scores.metrics.metric import Metric


def mae(points: pd.DataFrame) -> pd.Series:
    """Mean absolute error, in the unit of the target.

    Args:
        points: columns group (what to average over), y and y_hat (in the unit of the target).

    Raises:
        InputError: an actual or a forecast is missing or not finite.
    """
    return _by_group(losses.mae, _checked(points))


def rmse(points: pd.DataFrame) -> pd.Series:
    """Root of the mean squared error, in the unit of the target; arguments and errors as `mae`."""
    return _by_group(losses.rmse, _checked(points))


def mse(points: pd.DataFrame) -> pd.Series:
    """Mean squared error, in the squared unit of the target; arguments and errors as `mae`."""
    return _by_group(losses.mse, _checked(points))


def bias(points: pd.DataFrame) -> pd.Series:
    """Mean of forecast minus actual, in the unit of the target; arguments and errors as `mae`."""
    return _by_group(losses.bias, _checked(points))


def mase(points: pd.DataFrame) -> pd.Series:
    """Mean of |error| / scale, a pure number (Hyndman and Koehler 2006, with a scale per cutoff).

    Points without a scale (a series that so far repeats itself, or is shorter than a season and a
    step) are left out; a group that has no other point is NaN, never infinite.

    Args:
        points: columns group, y, y_hat, and scale (in the unit of the target, NaN for none).

    Raises:
        InputError: an actual or a forecast is missing or not finite.
    """
    checked = _checked(points)
    scaled = pd.DataFrame(
        {
            "group": checked["group"],
            "y": 0.0,
            "y_hat": (checked["y_hat"] - checked["y"]) / checked["scale"],
        }
    )[(checked["scale"] > 0).to_numpy()]
    groups = np.unique(checked["group"].to_numpy())
    return _by_group(losses.mae, scaled).reindex(groups)


def _checked(points: pd.DataFrame) -> pd.DataFrame:
    values = points[["y", "y_hat"]].to_numpy(dtype=np.float64)
    missing = int((~np.isfinite(values)).any(axis=1).sum())
    if missing:
        raise InputError(
            f"{missing} of {len(points)} points have no finite actual or forecast; a mean over the "
            "others would not be the models' score: score what is observed, and give failed folds "
            "the reference's forecast"
        )
    return points


def _by_group(loss, points: pd.DataFrame) -> pd.Series:  # noqa: ANN001 - one of losses.*
    found = loss(points[["group", "y", "y_hat"]], models=["y_hat"], id_col="group")
    return found.set_index("group")["y_hat"].astype("float64")


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("mae", mae, "of the target", "mean absolute error"),
        Metric("rmse", rmse, "of the target", "root of the mean squared error"),
        Metric("mse", mse, "of the target squared", "mean squared error"),
        Metric("mase", mase, "", "mean absolute error divided by each cutoff's scale"),
        Metric("bias", bias, "of the target", "mean of forecast minus actual"),
    )
}
"""Every metric of point forecasts, by its column on the leaderboard."""
