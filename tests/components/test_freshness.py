"""When the newest forecast is called late: Dagster's evaluator, at a time that the test sets."""

import asyncio
import datetime as dt
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessState
from dagster._core.definitions.freshness_evaluator import FRESHNESS_EVALUATORS_BY_POLICY_TYPE
from dagster._core.loader import LoadingContextForTest
from dagster._core.test_utils import freeze_time

from pipeline.chain.stages import BY_NAME, stages_of
from pipeline.components.freshness import freshness_of

KEY = dg.AssetKey(["toy", "served_forecasts"])


def policy(declare, **parts) -> dg.FreshnessPolicy:
    found = freshness_of(BY_NAME["served_forecasts"], declare(networks={"rnn": None}, **parts))
    assert found is not None
    return found


def on(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)


def state(of: dg.FreshnessPolicy, *, made: str, now: str) -> FreshnessState:
    """What Dagster says at a time of an asset whose newest event is of another time."""
    made_at, at = on(made), on(now)
    with dg.DagsterInstance.ephemeral() as instance:
        with freeze_time(made_at):
            instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition="any"))
        evaluator = FRESHNESS_EVALUATORS_BY_POLICY_TYPE[type(of)]()
        node = SimpleNamespace(key=KEY, freshness_policy_or_from_metadata=of)
        with freeze_time(at):
            loading = LoadingContextForTest(instance)
            return asyncio.run(evaluator.evaluate_freshness(loading, node))


def test_only_the_newest_forecast_of_growing_cutoffs_has_a_deadline(declare):
    for growing in (declare(networks={"rnn": None}), declare()):
        with_policy = [s.name for s in stages_of(growing) if freshness_of(s, growing)]
        assert with_policy == ["served_forecasts"]
    ended = declare(cutoffs={"first": "2000-01-01", "last": "2001-12-01"})
    assert not any(freshness_of(s, ended) for s in stages_of(ended))


@pytest.mark.parametrize(
    ("made", "now", "wanted"),
    [
        ("2026-03-01T00:05", "2026-03-01T11:59", "PASS"),
        ("2026-02-20T00:00", "2026-03-01T11:59", "PASS"),  # the deadline is half a day after
        ("2026-02-20T00:00", "2026-03-01T12:01", "FAIL"),
        ("2026-03-01T00:05", "2026-03-31T23:59", "PASS"),
        ("2026-03-01T00:05", "2026-04-01T12:01", "FAIL"),
        ("2026-04-03T00:00", "2026-04-03T00:01", "PASS"),  # late, but there
    ],
)
def test_a_monthly_forecast_is_late_half_a_day_after_the_end_of_its_window(
    declare, made, now, wanted
):
    assert state(policy(declare), made=made, now=now).value == wanted


@pytest.mark.parametrize(
    ("made", "now", "wanted"),
    [
        ("2026-03-03T00:00", "2026-03-06T12:01", "PASS"),  # it came before it had to
        ("2026-02-06T00:00", "2026-03-06T11:59", "PASS"),
        ("2026-02-06T00:00", "2026-03-06T12:01", "FAIL"),
    ],
)
def test_a_publication_lag_moves_the_deadline(declare, made, now, wanted):
    assert state(policy(declare, publication_lag=5), made=made, now=now).value == wanted


@pytest.mark.parametrize(("hours", "wanted"), [(11, "PASS"), (13, "FAIL")])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_a_daily_forecast_is_late_at_noon_where_its_data_come_from(declare, zone, hours, wanted):
    of = policy(declare, freq="D", timezone=zone)
    noon = {"UTC": 12, "Europe/Berlin": 11, "America/New_York": 17}[zone]
    at = on("2026-01-10") + dt.timedelta(hours=noon - 12 + hours)
    yesterday = on("2026-01-09") + dt.timedelta(hours=noon - 11)
    assert state(of, made=yesterday.isoformat(), now=at.isoformat()).value == wanted


def test_on_days_on_which_the_clocks_change_a_forecast_of_midnight_is_on_time(declare):
    of = policy(declare, freq="D", timezone="Europe/Berlin")
    for midnight in ("2026-03-28T23:00", "2026-10-24T22:00"):
        made = (on(midnight) + dt.timedelta(minutes=5)).isoformat()
        later = (on(midnight) + dt.timedelta(hours=14)).isoformat()
        assert state(of, made=made, now=later).value == "PASS"


@pytest.mark.parametrize("lag", [28, 42, 366])
@pytest.mark.parametrize(("every", "first"), [("MS", "2000-01-01"), ("QS", "2000-01-01")])
def test_after_a_lag_of_many_weeks_the_longest_window_is_waited_for(declare, every, first, lag):
    of = policy(declare, cutoffs={"first": first, "every": every}, publication_lag=lag)
    days = {"MS": 31, "QS": 92}[every]
    made = on("2026-01-01")
    for more, wanted in ((12, "PASS"), (14, "FAIL")):
        now = made + dt.timedelta(days=days, hours=more)
        assert state(of, made=made.isoformat(), now=now.isoformat()).value == wanted


@pytest.mark.parametrize("lag", [0, 1, 6, 27])
@pytest.mark.parametrize(
    ("every", "first"),
    [("MS", "2000-01-01"), ("QS", "2000-01-01"), ("W", "2000-01-02"), ("D", "2000-01-01")],
)
def test_dagster_takes_the_deadline_of_every_window_and_lag(declare, every, first, lag):
    freq = "MS" if every == "MS" else "D"
    of = policy(declare, freq=freq, cutoffs={"first": first, "every": every}, publication_lag=lag)
    assert isinstance(of, dg.FreshnessPolicy)
