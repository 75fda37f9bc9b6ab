"""Cutoffs in a time zone: Dagster and the folds count the same, and the schedule ticks in time."""

import datetime as dt
import zoneinfo

import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from pipeline.chain.stages import stages_of
from pipeline.components.partitions import partitions_of, ticks_of
from pipeline.folds.cutoffs import list_cutoffs
from tests.components.conftest import DAGSTER_WARNS

pytestmark = DAGSTER_WARNS

FIRST = {"MS": "2025-11-01", "QS": "2025-10-01", "W": "2025-12-07", "D": "2026-01-01"}

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Havana",  # the clocks change at midnight: one is missing, another comes twice
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Pacific/Niue",
    "Australia/Lord_Howe",  # by half an hour
]

YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def midnights(zone: str, days: int = 400) -> list[dt.datetime]:
    there = zoneinfo.ZoneInfo(zone)
    day = YEAR.date()
    return [
        dt.datetime.combine(day + dt.timedelta(k), dt.time(), there).astimezone(dt.UTC)
        for k in range(days)
    ]


def changes(zone: str) -> list[dt.datetime]:
    """The hours of 2026 in which the clocks of a zone change."""
    there = zoneinfo.ZoneInfo(zone)
    hours = [YEAR + dt.timedelta(hours=k) for k in range(365 * 24)]
    offsets = [hour.astimezone(there).utcoffset() for hour in hours]
    return [hours[k] for k in range(1, len(hours)) if offsets[k] != offsets[k - 1]]


def moments(zone: str, every: str) -> list[dt.datetime]:
    """Around the ends of windows and around the changes of the clocks, by minutes."""
    starts = [m for m in midnights(zone) if m.astimezone(zoneinfo.ZoneInfo(zone)).day == 1][:13]
    near = [m + dt.timedelta(minutes=k) for m in starts for k in (-1, 0, 1)]
    for change in changes(zone):
        near += [change + dt.timedelta(minutes=k) for k in range(-121, 122, 20)]
    if every == "D":  # each of them lists all days before it
        return near[::3]
    return near


@pytest.mark.parametrize("every", FIRST)
@pytest.mark.parametrize("zone", ZONES)
def test_dagster_and_the_folds_agree_to_the_minute_when_a_window_has_ended(declare, zone, every):
    freq = "MS" if every == "MS" else "D"
    cutoffs = {"first": FIRST[every], "every": every}
    data_set = declare(freq=freq, cutoffs=cutoffs, timezone=zone)
    partitions = partitions_of(data_set)
    for now in moments(zone, every):
        keys = [cutoff.key for cutoff in list_cutoffs(data_set, now=now)]
        assert partitions.get_partition_keys(current_time=now) == keys, now


def test_a_window_ends_at_midnight_where_the_data_come_from(declare):
    cutoffs = {"first": "2026-01-01"}
    ends = {"UTC": "2026-02-01T00:00Z", "Asia/Kolkata": "2026-01-31T18:30Z"}
    for zone, end in ends.items():
        data_set = declare(cutoffs=cutoffs, timezone=zone)
        moment = dt.datetime.fromisoformat(end)
        before = list_cutoffs(data_set, now=moment - dt.timedelta(minutes=1))
        after = list_cutoffs(data_set, now=moment)
        assert (len(before), len(after)) == (0, 1), zone


def test_a_clock_in_any_zone_names_the_same_moment(declare):
    data_set = declare(cutoffs={"first": "2026-01-01"}, timezone="Asia/Kolkata")
    moment = dt.datetime.fromisoformat("2026-01-31T18:30Z")
    for zone in ZONES:
        assert len(list_cutoffs(data_set, now=moment.astimezone(zoneinfo.ZoneInfo(zone)))) == 1


def test_keys_and_steps_of_cutoffs_do_not_change_with_the_zone(declare):
    now = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
    cutoffs = {"first": "2026-01-01", "every": "D"}
    by_zone = [
        list_cutoffs(declare(freq="D", cutoffs=cutoffs, timezone=zone), now=now)
        for zone in ("UTC", "America/Havana")
    ]
    assert by_zone[0] == by_zone[1]


def test_zone_and_lag_change_no_version_and_make_nothing_due(ran):
    small = ran.small
    before = {stage.name: stage.version(small.data_set) for stage in stages_of(small.data_set)}
    small.declare(timezone="Asia/Kolkata", publication_lag=5)
    assert small.data_set.timezone == "Asia/Kolkata"
    assert {s.name: s.version(small.data_set) for s in stages_of(small.data_set)} == before
    assert small.plan() == []


# --- ticks ---


def ticks(data_set, start: str, number: int) -> list[str]:
    """The next ticks, as local times."""
    found = schedule_execution_time_iterator(
        dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC).timestamp(),
        ticks_of(data_set),
        data_set.timezone,
    )
    return [next(found).strftime("%Y-%m-%d %H:%M") for _ in range(number)]


@pytest.mark.parametrize(
    ("every", "lag", "next_ones"),
    [
        ("MS", 0, ["2026-02-01", "2026-03-01", "2026-04-01"]),
        ("MS", 5, ["2026-01-06", "2026-02-06", "2026-03-06"]),
        ("MS", 27, ["2026-01-28", "2026-02-28", "2026-03-28"]),
        ("MS", 28, ["2026-01-29", "2026-03-01", "2026-03-29"]),
        ("MS", 42, ["2026-01-12", "2026-02-12", "2026-03-15"]),
        ("QS", 0, ["2026-04-01", "2026-07-01", "2026-10-01"]),
        ("QS", 10, ["2026-01-11", "2026-04-11", "2026-07-11"]),
        ("QS", 60, ["2026-03-02", "2026-05-31", "2026-08-30"]),
        ("W", 0, ["2026-01-04", "2026-01-11", "2026-01-18"]),
        ("W", 2, ["2026-01-06", "2026-01-13", "2026-01-20"]),
        ("W", 9, ["2026-01-06", "2026-01-13", "2026-01-20"]),
        ("D", 0, ["2026-01-02", "2026-01-03", "2026-01-04"]),
        ("D", 3, ["2026-01-02", "2026-01-03", "2026-01-04"]),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_the_schedule_ticks_a_lag_after_the_end_of_each_window(
    declare, every, lag, next_ones, zone
):
    cutoffs = {"first": FIRST[every], "every": every}
    data_set = declare(freq="D", cutoffs=cutoffs, publication_lag=lag, timezone=zone)
    assert ticks(data_set, "2026-01-01T12:00", 3) == [f"{day} 00:00" for day in next_ones]


@pytest.mark.parametrize("zone", ["UTC", "America/Havana", "Africa/Cairo", "Asia/Kolkata"])
def test_at_its_tick_without_a_lag_a_cutoff_exists(declare, zone):
    data_set = declare(freq="D", cutoffs={"first": "2026-01-01"}, timezone=zone)
    found = schedule_execution_time_iterator(
        (YEAR + dt.timedelta(days=2)).timestamp(), ticks_of(data_set), zone
    )
    known = 0
    for _ in range(120):
        keys = [cutoff.key for cutoff in list_cutoffs(data_set, now=next(found))]
        assert len(keys) == known + 1 or not known
        known = len(keys)


@pytest.mark.parametrize("lag", [0, 5, 27, 28, 31, 42, 60, 100, 366])
@pytest.mark.parametrize("every", ["MS", "QS"])
def test_a_tick_is_never_early_and_at_most_a_day_late(declare, every, lag):
    cutoffs = {"first": FIRST[every], "every": every}
    data_set = declare(freq="D", cutoffs=cutoffs, publication_lag=lag)
    months = range(1, 13) if every == "MS" else (1, 4, 7, 10)
    wanted = {
        dt.datetime(year, month, 1, tzinfo=dt.UTC) + dt.timedelta(lag)
        for year in range(2026, 2033)
        for month in months
    }
    found = schedule_execution_time_iterator(
        dt.datetime(2027, 12, 31, tzinfo=dt.UTC).timestamp(), ticks_of(data_set), "UTC"
    )
    for _ in range(4 * len(list(months))):
        tick = next(found).astimezone(dt.UTC)
        assert tick in wanted or tick - dt.timedelta(days=1) in wanted, tick
