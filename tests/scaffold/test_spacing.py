"""The freq from the distances between rows: found with gaps in it, or told with what to do."""

import calendar
import random

import pytest

from tests.scaffold.conftest import days, months, table, wave


def file_of(dates: list, *, name: str = "date") -> str:
    return table([name, "x"], list(zip(dates, wave(len(dates)), strict=True)))


def with_gaps(dates: list) -> list:
    """Without a fifth of the inner rows."""
    gone = set(random.Random(7).sample(range(1, len(dates) - 1), len(dates) // 5))
    return [date for k, date in enumerate(dates) if k not in gone]


GRIDS = {
    "MS": months("2010-01-01", 120),
    "QS": months("2000-04-01", 90, step=3),
    "W": days("2018-01-07", 260, step=7),
    "D": days("2021-02-03", 400),
}


@pytest.mark.parametrize("freq", GRIDS)
def test_every_grid_is_found(desk, freq):
    assert desk.made(file_of(GRIDS[freq])).data_set.freq == freq


@pytest.mark.parametrize("freq", GRIDS)
def test_gaps_and_the_order_of_rows_change_nothing(desk, freq):
    dates = with_gaps(GRIDS[freq])
    random.Random(3).shuffle(dates)
    assert desk.made(file_of(dates)).data_set.freq == freq


def test_a_shop_that_is_closed_at_the_weekend_is_daily(desk):
    found = desk.made(file_of([d for d in days("2021-01-04", 700) if d.weekday() < 5]))
    assert found.data_set.freq == "D"
    assert found.data_set.max_staleness == 1  # a week ends on Saturday, the last value is Friday's
    assert not {"seasonal_naive", "ar", "ar_seasonal"} & set(found.data_set.baselines)


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (days("2020-01-06", 150, step=7), "weeks dated by a Monday (2020-01-06); a week is dated "
         "by the Sunday that ends it: write the date 6 days later (2020-01-12)"),
        (days("2020-01-04", 150, step=7), "write the date 1 day later (2020-01-05)"),
        ([d.replace(day=calendar.monthrange(d.year, d.month)[1]) for d in GRIDS["MS"]],
         "months dated by their last day (2010-01-31); a month is dated by its first day: write "
         "2010-01-01 for 2010-01-31"),
        (months("2000-02-01", 90, step=3), "quarters that begin in other months than January"),
        (months("1950-01-01", 60, step=12), "a row a year"),
        (days("2020-01-01", 90, step=3), "mostly 3 days from row to row, which is no grid"),
        (days("2020-01-01", 90, step=14), "mostly 14 days from row to row"),
        (months("2000-01-01", 60, step=2), "which is no grid"),
        (months("2000-01-01", 1), "one row a series"),
    ],
)  # fmt: skip
def test_what_is_no_grid_is_told_with_what_to_do(desk, dates, told):
    assert told in desk.refused(file_of(dates), y="x")


def test_months_dated_by_another_day_are_read_by_their_month(desk):
    found = desk.made(file_of([f"{d:%d.%m.%Y}" for d in months("2015-01-15", 96)]))
    assert found.data_set.columns.ds_format == "15.%m.%Y"
    assert str(found.observations.series["sales"].ds[0])[:10] == "2015-01-01"
    assert "# every row is of day 15 of its month: the month counts" in desk.page()


def test_parts_with_another_day_are_read_by_year_and_month(desk):
    dates = months("2015-01-15", 96)
    rows = [(d.year, d.month, d.day, v) for d, v in zip(dates, wave(96), strict=True)]
    found = desk.made(table(["year", "month", "day", "x"], rows), y="x")
    assert found.data_set.columns.ds == ["year", "month"]


def test_one_row_off_a_clear_grid_is_told_with_its_line(desk):
    dates = [*GRIDS["MS"][:50], GRIDS["MS"][50].replace(day=2), *GRIDS["MS"][51:]]
    told = desk.refused(file_of(dates))
    assert told.startswith("sales.csv line 52, column date: 2014-03-02 is off the grid (freq MS")


def test_a_freq_that_was_said_is_taken(desk):
    told = desk.refused(file_of(GRIDS["D"]), freq="W")
    assert "off the grid (freq W needs a Sunday" in told
