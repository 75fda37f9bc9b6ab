"""The check warns when the newest forecasts are worse than the backtest lets expect, by name."""

import datetime as dt

import dagster as dg
import numpy as np
import pytest

from tests.components.conftest import DAGSTER_WARNS, Dagster
from tests.strategies import SmallProject

pytestmark = DAGSTER_WARNS

MONTHS, WORSE_FROM = 108, 99
"""Rows from 2000-01 on; the level of series a jumps in 2008-04."""


def evaluation_of(small: SmallProject):
    """What the check said in a run of the leaderboard."""
    dagster = Dagster(small)
    dagster.materialize("leaderboard")
    (key,) = (k for k in dagster.asset_graph.asset_check_keys if k.name == "live_skill")
    with dg.DagsterInstance.get() as instance:
        found = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    return found.event.dagster_event.asset_check_evaluation_data


@pytest.mark.slow
def test_it_warns_with_series_and_month_where_the_data_became_another(small):
    small.declare(
        networks=None,
        baselines={"seasonal_naive": {}, "climatology": {}},
        cutoffs={"first": "2002-12-01", "last": "2008-12-01"},
    )
    small.now = dt.datetime(2009, 1, 15, tzinfo=dt.UTC)
    for number, name in enumerate("ab"):
        y = 20 + np.random.default_rng(number).normal(size=MONTHS)
        y[WORSE_FROM:] += 40.0 if name == "a" else 0.0
        small.write_series(name, y.round(3).tolist())
    small.run()
    said = evaluation_of(small)
    assert not said.passed
    assert said.severity == dg.AssetCheckSeverity.WARN
    assert said.metadata["drifts"].value == small.facts("leaderboard")["n_drifts"] >= 1
    named = [one for one in said.description.split("; ") if one.startswith("a: the error of")]
    assert len(named) == 1
    assert named[0].startswith("a: the error of climatology is ")
    assert "worse since 2008-04" in said.description
