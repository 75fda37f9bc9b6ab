"""Hourly rows, and weeks of another day: the command that is told writes what is read."""

import datetime as dt
import re
import subprocess
import sys

import pytest

from tests.scaffold.conftest import Desk, days, table, wave

HOURS = 24 * 40


def rewritten(desk: Desk, told: str, name: str) -> str:
    """The copy that the told command writes."""
    (command,) = re.findall(r": (\S*python\S* -c .*)", told)
    command = re.sub(r"^\S+", sys.executable, command)  # told from where the tests run
    subprocess.run(command, shell=True, cwd=desk.root, check=True, timeout=60)
    return (desk.root / name).read_text()


def hours(pattern: str) -> list[str]:
    start = dt.datetime(2024, 3, 1)  # noqa: DTZ001 - files have no zones
    return [f"{start + dt.timedelta(hours=k):{pattern}}" for k in range(HOURS)]


@pytest.mark.parametrize(
    "pattern",
    ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S+01:00", "%d.%m.%Y %H:%M", "%b %d, %Y, %I:%M %p"],
)
def test_hours_are_added_up_to_days_by_the_command_that_is_told(desk, pattern):
    rows = [(hour, k // 24 if k % 5 else "", "ok") for k, hour in enumerate(hours(pattern))]
    told = desk.refused("\ufeff" + table(["start of hour", "kWh", "note"], rows))
    assert "none finer: add up or average the rows of each day first. This adds up what is" in told
    rewritten(desk, told, "days.csv")
    found = desk.new(desk.root / "days.csv", y="kWh")
    expected = [sum(k // 24 for k in range(24 * d, 24 * d + 24) if k % 5) for d in range(40)]
    assert found.observations.series["days"].y.tolist() == expected
    assert str(found.observations.series["days"].ds[0])[:10] == "2024-03-01"


def test_hours_of_several_series_are_added_up_for_each_of_them(desk):
    rows = [
        (hour, store, sold)
        for hour in hours("%Y-%m-%d %H:%M")
        for store, sold in (("007", 2), ("08", 5))
    ]
    told = desk.refused(table(["time", "store", "sold"], rows))
    assert 'of each day for each "store"; for what is no amount' in told
    copy = rewritten(desk, told, "days.csv").splitlines()
    assert copy[:3] == ["time,store,sold", "2024-03-01,007,48", "2024-03-01,08,120"]
    assert len(copy) == 1 + 2 * 40


def test_the_mean_instead_of_the_sum_is_one_too(desk):
    rows = [(hour, k % 24) for k, hour in enumerate(hours("%Y-%m-%d %H:%M"))]
    head, way, command = desk.refused(table(["time", "sold"], rows)).rpartition(": ")
    other = re.sub(r"sum\(.*?\)", "mean(numeric_only=True)", command)
    assert other != command
    assert rewritten(desk, head + way + other, "days.csv").splitlines()[1] == "2024-03-01,11.5"


def test_where_the_clock_is_put_back_an_hour_stands_there_twice(desk):
    rows = [(hour, 1) for hour in hours("%Y-%m-%d %H:%M")]
    told = desk.refused(table(["time", "sold"], [*rows[:27], rows[26], *rows[27:]]))
    assert rewritten(desk, told, "days.csv").splitlines()[1:3] == ["2024-03-01,24", "2024-03-02,25"]


def test_where_no_column_tells_rows_of_one_time_apart_no_command_is_told(desk):
    rows = [(hour, k) for hour in hours("%Y-%m-%d %H:%M") for k in (1, 1)]
    told = desk.refused(table(["time", "sold"], rows))
    assert told.endswith("add up or average the rows of each day first")


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("%Y-%m-%d", "week"), ("%d.%m.%Y", "Woche $1"), ("%B %d, %Y", 'the "week"')],
)
@pytest.mark.parametrize("weekday", range(6))
def test_weeks_of_another_day_get_their_sunday_by_the_command_that_is_told(
    desk, pattern, name, weekday
):
    dates = [d + dt.timedelta(weekday) for d in days("2020-01-06", 160, step=7)]
    rows = [(f"{d:{pattern}}", v) for d, v in zip(dates, wave(160), strict=True)]
    told = desk.refused("\ufeff" + table([name, "sold"], rows))
    rewritten(desk, told, "sundays.csv")
    found = desk.new(desk.root / "sundays.csv")
    assert found.data_set.freq == "W"
    series = found.observations.series["sundays"]
    assert [str(series.ds[0])[:10], *series.y] == ["2020-01-12", *wave(160)]


def test_of_several_files_each_is_written_anew(desk):
    weeks = table(["week", "x"], list(zip(days("2020-01-06", 160, step=7), wave(160), strict=True)))
    paths = [desk.file(name, weeks) for name in ("a.csv", "b.csv")]
    told = desk.made_or_told(*paths)
    assert "(2020-01-12), and so each of the 2 files: python3" in told
    assert f"< {paths[0]} > sundays.csv" in told


def test_weeks_with_their_day_in_columns_of_its_own_are_told_without_a_command(desk):
    rows = [(d.year, d.month, d.day, 1.5 * k) for k, d in enumerate(days("2020-01-06", 99, step=7))]
    told = desk.refused(table(["year", "month", "day", "sold"], rows), y="sold")
    assert told.endswith("write the date 6 days later (2020-01-12)")
