"""Numbers known from elsewhere: 50 one-step forecasts of Mumbai's monthly rain."""

import csv
from pathlib import Path

import numpy as np
import pytest

from pipeline.baselines.forecast import Folds, forecast_baseline
from pipeline.baselines.settings import FITTED, BaselineSettings
from pipeline.clean.observations import Series

ROOT = Path(__file__).parents[2]
PLACES = [
    ROOT / "data" / "mumbai" / "Rainfall_data.csv",
    ROOT.parent / "shared" / "data" / "Rainfall_data.csv",
]
CUTOFFS = np.arange(201, 251)
"""Rows of 2016-10 to 2020-11."""

JANUARY_2000 = 360


@pytest.fixture(scope="module")
def rain():
    found = [place for place in PLACES if place.is_file()]
    if not found:
        pytest.skip("Rainfall_data.csv is not in data/mumbai: its source does not let us ship it")
    with found[0].open(newline="") as file:
        y = np.array([float(row["Precipitation"]) for row in csv.DictReader(file)])
    assert len(y) == 252
    return y


@pytest.mark.parametrize(
    ("name", "once", "mse", "mae"),
    [
        ("ar", True, 29012.419173, 110.788486),
        ("ar", False, 29704.073401, None),
        ("ar_seasonal", True, 21986.483123, None),
        ("ar_seasonal", False, 22189.141289, None),
        ("climatology", False, 21613.692864, 69.980460),
        ("seasonal_naive", False, 34991.933806, None),
        ("naive", False, 87309.353890, None),
    ],
)
def test_mumbais_rain_is_forecast_to_the_known_digits(rain, name, once, mse, mae):
    series = Series("mumbai", "MS", JANUARY_2000, ("y",), rain[:, None])
    refit_rows = np.full(50, CUTOFFS[0]) if once else CUTOFFS
    (got,) = forecast_baseline(
        BaselineSettings(model=name, lags=12 if name in FITTED else None),
        [Folds(series, rain, CUTOFFS, refit_rows)],
        horizon=1,
        season_length=12,
    )
    error = got.y_hat[:, 0] - rain[CUTOFFS + 1]
    assert round(float(np.mean(error**2)), 6) == mse
    if mae is not None:
        assert round(float(np.mean(np.abs(error))), 6) == mae
    if once:
        assert got.fits is not None
        assert set(got.fits.n_equations) == {190}


def test_climatology_of_the_first_cutoff_alone_is_worse_by_the_known_digits(rain):
    months = np.arange(252) % 12
    means = np.array([rain[:202][months[:202] == m].mean() for m in range(12)])
    error = means[months[202:]] - rain[202:]
    assert round(float(np.mean(error**2)), 6) == 21738.625080
