"""Which column is the time and how it is written: found, asked for, or told; never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.scaffold.date_formats import readings_of
from tests.scaffold.conftest import days, monthly, months, table, wave

CLEAR = ["%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d %B %Y", "%b %d, %Y", "%a, %d %b %Y"]


@pytest.mark.parametrize("pattern", [*CLEAR, "%d/%m/%Y", "%m/%d/%y", "%Y-%m-%d %H:%M:%S"])
def test_a_format_that_reads_the_values_in_one_way_is_found(desk, pattern):
    rows = [
        (f"{day:{pattern}}", v) for day, v in zip(days("2020-01-01", 400), wave(400), strict=True)
    ]
    found = desk.made(table(["when", "sold"], rows))
    assert found.data_set.columns.ds_format == pattern
    series = found.observations.series["sales"]
    assert [str(series.ds[0])[:10], str(series.ds[-1])[:10]] == ["2020-01-01", "2021-02-03"]
    assert desk.asked == []


@pytest.mark.parametrize("pattern", ["%Y-%m", "%m/%Y", "%b %Y", "%B %y", "%Y%m", "%YM%m"])
def test_months_without_a_day_are_read(desk, pattern):
    found = desk.made(monthly(pattern=pattern))
    assert (found.data_set.columns.ds_format, found.data_set.freq) == (pattern, "MS")


@given(day=st.dates(), other=st.dates())
def test_dates_with_numbers_up_to_twelve_are_read_in_more_ways_than_one(day, other):
    values = [f"{d.day % 12 + 1:02d}/{d.month:02d}/{2000 + d.year % 30}" for d in (day, other)]
    same = all(value[:2] == value[3:5] for value in values)
    formats = {reading.ds_format for reading in readings_of(list(dict.fromkeys(values)))}
    assert formats == ({"%d/%m/%Y"} if same else {"%d/%m/%Y", "%m/%d/%Y"})


def test_the_order_of_day_and_month_is_asked_where_no_value_tells_it(desk):
    told = desk.refused(monthly(pattern="%d/%m/%Y"))
    assert told == (
        'how are the dates of "date" written ("01/01/2015", ...)? Say it with --ds-format: '
        "%d/%m/%Y (1 January 2015, 1 February 2015, 1 March 2015), "
        "%m/%d/%Y (1 January 2015, 2 January 2015, 3 January 2015)"
    )
    desk.answers = {"--ds-format": "%d/%m/%Y"}
    assert desk.made(monthly(pattern="%d/%m/%Y")).data_set.freq == "MS"


def test_a_format_that_was_said_is_not_asked_for(desk):
    found = desk.made(monthly(pattern="%d/%m/%Y"), ds_format="%d/%m/%Y")
    assert found.data_set.columns.ds_format == "%d/%m/%Y"


def test_a_format_that_no_cell_is_written_in_is_told(desk):
    told = desk.refused(monthly(), ds_format="%d.%m.%Y")
    assert told.startswith("--ds-format: no column begins with a date written as %d.%m.%Y")
    told = desk.refused(monthly(), ds="date", ds_format="%d.%m.%Y")
    assert told.startswith('--ds-format: nothing in "date" is written as %d.%m.%Y: 2015-01-01')


def test_a_time_of_day_that_never_changes_stands_in_the_format(desk):
    text = monthly(pattern="%Y-%m-%dT08:30:00Z")
    found = desk.made(text)
    assert found.data_set.columns.ds_format == "%Y-%m-%dT08:30:00Z"
    assert "# all at 08:30:00Z: the day counts" in desk.page()


def test_a_time_of_day_that_changes_is_told(desk):
    rows = [(f"2024-01-{1 + k // 24:02d} {k % 24:02d}:00", k % 7) for k in range(480)]
    told = desk.refused(table(["time", "kwh"], rows))
    assert told.startswith('"time" has changing times of day (00:00, 01:00, 02:00, ...); the grids')


@pytest.mark.parametrize("names", [("Year", "Month"), ("YEAR", "MO", "DY"), ("Jahr", "Monat")])
def test_year_and_month_in_columns_of_their_own_are_the_time(desk, names):
    rows = [
        (*(day.year, day.month, day.day)[: len(names)], v)
        for day, v in zip(months("2015-01-01", 96), wave(96), strict=True)
    ]
    found = desk.made(table([*names, "rain"], rows))
    assert (found.data_set.columns.ds, found.data_set.columns.y) == (list(names), "rain")


@pytest.mark.parametrize(
    ("column", "wrong", "told"),
    [
        (1, "13", 'line 21, columns Year, Month: "2016-13" is no date; correct the cells'),
        (1, "", 'line 21, column Month: "" is not a whole number (part of a date)'),
        (0, "20166", 'line 21, column Year: "20166" is not a whole number (part of a date)'),
        (0, "216", 'line 21, columns Year, Month: "216-8" lies outside the years 1678 to 2199'),
    ],
)
def test_a_part_of_a_date_that_is_none_is_told_with_its_line(desk, column, wrong, told):
    rows = [
        [str(day.year), str(day.month), v]
        for day, v in zip(months("2015-01-01", 96), wave(96), strict=True)
    ]
    rows[19][column] = wrong
    assert desk.refused(table(["Year", "Month", "x"], rows)).startswith(f"sales.csv {told}")


def test_parts_of_the_date_beside_the_date_are_nobodys_target(desk):
    rows = [
        (day, day.year, day.month, (day.month - 1) // 3 + 1, k, v)
        for k, (day, v) in enumerate(zip(months("2015-01-01", 96), wave(96), strict=True))
    ]
    found = desk.made(table(["date", "year", "month", "quarter", "index", "sold"], rows))
    assert found.data_set.columns.y == "sold"
    reasons = dict.fromkeys(["year", "month", "quarter"], "follows from the date")
    assert found.values.left == reasons | {"index": "a row number"}


def test_of_two_columns_with_dates_one_is_asked_for(desk):
    dates = months("2015-01-01", 96)
    rows = [
        (a, b, 5 + k % 7) for k, (a, b) in enumerate(zip(dates, dates[1:] + dates[:1], strict=True))
    ]
    text = table(["ordered", "shipped", "sold"], rows)
    assert desk.refused(text).startswith("which column is the time? Say it with --ds: ordered (")
    assert desk.made(text, ds="ordered").data_set.columns.ds == "ordered"


def test_one_cell_that_is_no_date_is_told_as_the_chain_tells_it(desk):
    told = desk.refused(monthly() + "Total,99\n")
    assert told == (
        'sales.csv line 98, column date: "Total" is not a date written as %Y-%m-%d; correct the '
        "cell, or declare columns.ds_format"
    )


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ([f"{2000 + k // 4}-Q{k % 4 + 1}" for k in range(40)], "quarters by number"),
        ([f"{2000 + k // 50}-W{k % 50 + 1:02d}" for k in range(90)], "weeks by number"),
        ([str(1_600_000_000 + 86_400 * k) for k in range(90)], "seconds or milliseconds"),
        ([str(43_831 + k) for k in range(90)], "days as a spreadsheet counts them"),
        ([str(1950 + k) for k in range(60)], "years"),
    ],
)
def test_times_that_no_format_reads_are_told_with_what_to_write(desk, values, what):
    told = desk.refused(table(["t", "x"], [(v, k % 5) for k, v in enumerate(values)]))
    assert f"seems to hold {what}" in told


def test_a_file_without_any_date_names_the_options(desk):
    told = desk.refused(table(["a", "b"], [("x", 1), ("y", 2)]))
    assert "name it with --ds" in told
    assert "--ds-format" in told


def test_a_first_column_without_a_name_may_be_the_time(desk):
    found = desk.made(monthly().replace("date,sold", ",0"))
    assert (found.data_set.columns.ds, found.data_set.columns.y) == ("", "0")
