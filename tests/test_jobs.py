"""The shipped data set `jobs`: totals are totals, what its network corrects was chosen early."""

import csv
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from pipeline.baselines.forecast import Folds, forecast_baseline
from pipeline.chain.project import Project
from pipeline.clean.clean import clean_observations
from pipeline.clean.observations import Series
from pipeline.raw.read import RawFile, read_observations
from tests.conftest import REPOSITORY

FILE = REPOSITORY / "data" / "jobs" / "jobs.csv"
CHOICE = slice(24, 48)
"""Rows of the cutoffs the choice was made on, 2008-01 to 2009-12; the next is the first one."""

TOTALS = {
    "nonfarm": ["private", "government"],
    "private": ["goods_producing", "private_service_providing"],
    "service_providing": ["private_service_providing", "government"],
    "goods_producing": ["mining_and_logging", "construction", "manufacturing"],
    "manufacturing": ["durable_goods", "nondurable_goods"],
    "trade_transportation_utilities": [
        "wholesale_trade",
        "retail_trade",
        "transportation_and_warehousing",
        "utilities",
    ],
    "private_service_providing": [
        "trade_transportation_utilities",
        "information",
        "financial_activities",
        "professional_and_business_services",
        "education_and_health_services",
        "leisure_and_hospitality",
        "other_services",
    ],
}


@pytest.fixture(scope="module")
def data_set():
    return Project(REPOSITORY).data_set("jobs")


@pytest.fixture(scope="module")
def series(data_set) -> list[Series]:
    raw = read_observations([RawFile("data/jobs/jobs.csv", FILE.read_bytes())], data_set.columns)
    clean = clean_observations(raw, freq=data_set.freq, columns=data_set.columns)
    return list(clean.observations.series.values())


def test_seven_of_the_series_are_totals_of_others():
    jobs: dict[str, dict[str, float]] = defaultdict(dict)
    with FILE.open(newline="") as file:
        for row in csv.DictReader(file):
            jobs[row["sector"]][row["month"]] = float(row["jobs"])
    assert len(jobs) == 22
    assert {len(months) for months in jobs.values()} == {120}
    for total, parts in TOTALS.items():
        for month, value in jobs[total].items():
            assert abs(value - sum(jobs[part][month] for part in parts)) <= 0.51, (total, month)
    for month, value in jobs["nonfarm"].items():
        assert value == jobs["goods_producing"][month] + jobs["service_providing"][month]


def test_the_network_corrects_what_was_best_before_the_first_cutoff(data_set, series):
    first = data_set.cutoffs.first
    assert str(np.datetime64("2006-01") + CHOICE.stop) == first[:7]
    compared = [name for name in data_set.baselines if name != "ar"]
    errors = {name: squared_errors(data_set, series, name) for name in compared}
    reference = errors[data_set.reference]
    ratios = {name: float(np.exp(np.log(e / reference).mean())) for name, e in errors.items()}
    stated = {
        "damped_trend": 0.60,
        "holt_winters": 0.75,
        "naive": 1.0,
        "anomaly_persistence": 1.3,
        "seasonal_naive": 2.5,
        "climatology": 3.3,
    }
    for name, ratio in stated.items():
        assert ratios[name] == pytest.approx(ratio, rel=0.03), name
    best = min(ratios, key=lambda name: ratios[name])
    assert data_set.network("rnn").corrects == best == "damped_trend"


def squared_errors(data_set, series: list[Series], name: str) -> np.ndarray:
    """Of each series, over the months up to the first cutoff: no later one is looked at."""
    rows = np.arange(CHOICE.start, CHOICE.stop)
    known = [replace(s, values=s.values[:49]) for s in series]
    folds = [Folds(s, s.y, rows, rows) for s in known]
    found = forecast_baseline(
        data_set.baseline(name), folds, horizon=data_set.horizon, season_length=data_set.season
    )
    targets = rows[:, None] + np.arange(1, data_set.horizon + 1)
    there = targets < 49
    errors = []
    for s, one in zip(known, found, strict=True):
        missed = s.y[targets[there]] - one.y_hat[there]
        errors.append(np.mean(missed**2))
    return np.array(errors)
