"""AutoETS of statsforecast at the same cutoffs, fitted anew at each; absent where not installed."""

import importlib.util
import os
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
from jaxtyping import Float

from pipeline.calendar import steps_of
from pipeline.clean.observations import Observations
from pipeline.windows.mask import fill_as_of

NAME = "AutoETS (statsforecast)"
ABSENT = "statsforecast is not installed: pip install -r bench/requirements-accuracy.txt"


def is_installed() -> bool:
    """Whether there is an AutoETS here."""
    return importlib.util.find_spec("statsforecast") is not None


def autoets(
    rows: pd.DataFrame, observations: Observations, *, season_length: int
) -> tuple[pd.DataFrame, float]:
    """Its forecasts of the folds that another model has forecast, and the seconds of one process.

    Gaps are filled as those of a network's inputs, from the rows before them; the season is the
    data set's.

    Args:
        rows: the columns of `tables.FORECASTS`, of one model.
        observations: the clean rows.
        season_length: steps in a season.
    """
    horizon = int(rows["step"].max())
    folds = rows[rows["step"] == 1]
    asked = [
        _known(observations, str(name), cutoff, season_length)
        for name, cutoff in zip(folds["unique_id"], folds["cutoff"], strict=True)
    ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        n = len(asked)
        found = list(pool.map(_fitted, asked, [horizon] * n, [season_length] * n, chunksize=8))
    paths = np.stack([path for path, _ in found])
    places = {
        fold: k for k, fold in enumerate(zip(folds["unique_id"], folds["cutoff"], strict=True))
    }
    at = [places[fold] for fold in zip(rows["unique_id"], rows["cutoff"], strict=True)]
    y_hat = paths[at, rows["step"].to_numpy() - 1]
    seconds = sum(took for _, took in found)
    return rows.assign(model=NAME, y_hat=y_hat, status="ok", reason=""), seconds


def _known(
    observations: Observations, name: str, cutoff: pd.Timestamp, season_length: int
) -> Float[np.ndarray, " rows"]:
    """The target up to a cutoff, without gaps."""
    series = observations.series[name].pick(("y",))
    step = int(steps_of(np.array([cutoff], dtype="datetime64[ns]"), series.freq)[0])
    filled = fill_as_of(series.until(series.row_of(step)), season_length=season_length)
    y = filled.values[:, 0].astype(np.float64)
    return y[np.isfinite(y)]


def _fitted(
    y: Float[np.ndarray, " rows"], horizon: int, season_length: int
) -> tuple[Float[np.ndarray, " horizon"], float]:
    """The forecast, and the seconds that it took in this process."""
    from statsforecast.models import AutoETS

    start = time.process_time()
    path = AutoETS(season_length=season_length).forecast(y, h=horizon)["mean"]
    return np.asarray(path, dtype=np.float64), time.process_time() - start
