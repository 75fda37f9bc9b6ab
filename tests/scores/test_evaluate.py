"""utilsforecast's own evaluation of a plain frame finds the numbers that are found from scores."""

import functools

import numpy as np
import pandas as pd
import pytest
from utilsforecast import losses
from utilsforecast.evaluation import evaluate

from pipeline.calendar import dates_of
from pipeline.scores.metrics.point import METRICS
from pipeline.scores.score import score_forecasts
from tests.scores.test_score import FIRST, forecasts_of, observations_of

RANDOM = np.random.default_rng(11)
VALUES = {"a": RANDOM.gamma(2, size=60), "b": RANDOM.gamma(5, size=48)}
THEIRS = {
    "mae": losses.mae,
    "rmse": losses.rmse,
    "mse": losses.mse,
    "bias": losses.bias,
    "wape": losses.wape,
    "smape": losses.smape,
    "tweedie": losses.tweedie_deviance,
    "mase": functools.partial(losses.mase, seasonality=12),
    "rmsse": functools.partial(losses.rmsse, seasonality=12),
}
FACTORS = {"smape": 2}
"""Theirs lies in 0..1."""


@pytest.fixture(scope="module")
def scores():
    folds = [(name, row) for name in "ab" for row in (24, 30, 36)]
    forecasts = forecasts_of(folds, models=("m",), horizon=6)
    forecasts = forecasts.assign(y_hat=RANDOM.gamma(3, size=len(forecasts)))
    return score_forecasts(forecasts, observations_of(VALUES), season_length=12)


def test_they_have_every_metric():
    assert THEIRS.keys() == METRICS.keys()


@pytest.mark.parametrize("name", sorted(METRICS))
def test_evaluate_finds_the_same_number_of_each_series_and_cutoff(scores, name):
    rows = [
        pd.DataFrame({"unique_id": k, "ds": dates_of(FIRST[k] + np.arange(len(y)), "MS"), "y": y})
        for k, y in VALUES.items()
    ]
    frame = scores[["unique_id", "ds", "cutoff", "y", "y_hat"]].rename(columns={"y_hat": "m"})
    found = evaluate(frame, metrics=[THEIRS[name]], train_df=pd.concat(rows))
    groups = scores.groupby(["cutoff", "unique_id"]).ngroup()
    ours = METRICS[name].function(scores.assign(group=groups))
    theirs = found.sort_values(["cutoff", "unique_id"])["m"] * FACTORS.get(name, 1)
    assert len(ours) == 6
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
