"""Metrics of point forecasts, through utilsforecast.

utilsforecast leaves out missing values without a word, divides by a scale of zero and takes a
negative actual of Tweedie for zero; all are refused or counted here before it is called. Metrics of
quantiles and intervals do not belong here.
"""

import functools
from collections.abc import Callable

import numpy as np
import pandas as pd
from utilsforecast import losses

from pipeline.errors import InputError
from pipeline.scores.metrics.metric import Metric

TWEEDIE_POWER = 1.5
"""Of the variance: amounts with many zeros, such as daily rain; that of `loss: tweedie` too."""

TWEEDIE_FLOOR = 0.01
"""Share of the scale that a forecast is raised to for Tweedie, which ends at zero."""


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
    return _of_scaled(losses.mae, checked, _divided(checked, checked["scale"]))


def rmsse(points: pd.DataFrame) -> pd.Series:
    """Root of the mean of error^2 / rmsse_scale, a pure number (Hyndman and Koehler 2006).

    Args:
        points: columns group, y, y_hat, and rmsse_scale (in the squared unit of the target, NaN for
            none: such points are left out as in `mase`).

    Raises:
        InputError: an actual or a forecast is missing or not finite.
    """
    checked = _checked(points)
    return _of_scaled(losses.rmse, checked, _divided(checked, checked["rmsse_scale"] ** 0.5))


def wape(points: pd.DataFrame) -> pd.Series:
    """Sum of |error| over sum of |actual|, a pure number; arguments and errors as `mae`.

    NaN for a group whose actuals are all zero; `n_wape` counts the points of the others.
    """
    return _by_group(losses.wape, _checked(points))


def n_wape(points: pd.DataFrame) -> pd.Series:
    """Points of groups with an actual other than zero: in the others there is no `wape`."""
    groups = (points["y"] != 0).groupby(points["group"])
    return groups.size().where(groups.any(), 0)


def smape(points: pd.DataFrame) -> pd.Series:
    """Mean of 2 |error| / (|actual| + |forecast|), from 0 to 2; arguments and errors as `mae`.

    A point whose actual and forecast are both zero counts as 0: nothing is wrong with it.
    """
    return 2 * _by_group(losses.smape, _checked(points))


def tweedie(points: pd.DataFrame) -> pd.Series:
    """Mean Tweedie deviance of power 1.5 (Jorgensen 1987), in the unit of the target^(1/2).

    4 (y / sqrt(mu) + sqrt(mu) - 2 sqrt(y)), mu the forecast or, where that lies below it,
    TWEEDIE_FLOOR of the scale: `n_floored` counts these. Points without a scale are left out as in
    `mase`. NaN for a group with an actual below zero.

    Args:
        points: columns group, y, y_hat, and scale (in the unit of the target, NaN for none).

    Raises:
        InputError: an actual or a forecast is missing or not finite.
    """
    checked = _checked(points)
    raised = checked.assign(y_hat=np.maximum(checked["y_hat"], TWEEDIE_FLOOR * checked["scale"]))
    able = raised[_has_tweedie(raised)]
    loss = functools.partial(losses.tweedie_deviance, power=TWEEDIE_POWER)
    return _of_scaled(loss, checked, able)


def n_floored(points: pd.DataFrame) -> pd.Series:
    """Points whose forecast is raised for `tweedie`; 0 for a group that has none."""
    low = _has_tweedie(points) & (points["y_hat"] < TWEEDIE_FLOOR * points["scale"])
    return low.groupby(points["group"]).sum()


def _has_tweedie(points: pd.DataFrame) -> pd.Series:
    """Points with a scale, of groups without an actual below zero."""
    below = (points["y"] < 0).groupby(points["group"]).transform("any")
    return (points["scale"] > 0) & ~below


def _divided(points: pd.DataFrame, scale: pd.Series) -> pd.DataFrame:
    """Errors over a scale, as forecasts of zero; without the points that have none."""
    error = (points["y_hat"] - points["y"]) / scale
    return points.assign(y=0.0, y_hat=error)[scale > 0]


def _of_scaled(
    loss: Callable[..., pd.DataFrame], points: pd.DataFrame, scaled: pd.DataFrame
) -> pd.Series:
    """The loss of each group of points over the scaled ones among them; NaN where there is none."""
    return _by_group(loss, scaled).reindex(np.unique(points["group"].to_numpy()))


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


def _by_group(loss: Callable[..., pd.DataFrame], points: pd.DataFrame) -> pd.Series:
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
        Metric("rmsse", rmsse, "", "root of the mean squared error over each cutoff's rmsse_scale"),
        Metric("wape", wape, "", "sum of absolute errors over sum of absolute actuals"),
        Metric("smape", smape, "", "mean of 2 |error| / (|actual| + |forecast|), 0 to 2"),
        Metric(
            "tweedie",
            tweedie,
            "of the target to the power 1/2",
            "mean Tweedie deviance of power 1.5; null where an actual is below zero",
        ),
    )
}
"""Every metric of point forecasts, by its column on the leaderboard."""
