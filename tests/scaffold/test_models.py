"""Models, cutoffs and the forecast to beat: what the rows can carry, and from when on."""

import datetime as dt

import numpy as np
import pytest

from pipeline.chain.plan import known_of_files
from pipeline.chain.stage.rnn_model import key_of, trainings
from pipeline.scaffold.cutoffs import ENOUGH
from pipeline.scaffold.summary import summary_of
from tests.scaffold.conftest import NOW, days, monthly, months, table, wave


def test_long_series_get_all_that_is_there_by_default(desk):
    found = desk.made(monthly(240, first="2000-01-01"))
    assert "baselines" not in found.attributes
    assert found.data_set.cutoffs.first == "2015-01-01"  # sixty months before the last
    assert (found.history.length, found.ready) == (60, 60)


@pytest.mark.parametrize("rows", [17, 24, 36, 48, 60, 90])
def test_every_model_of_a_short_series_has_the_rows_it_needs_at_the_first_cutoff(desk, rows):
    found = desk.made(monthly(rows))
    first = dt.date.fromisoformat(found.data_set.cutoffs.first)
    known = (first.year - 2015) * 12 + first.month
    assert known >= found.data_set.needed_rows
    assert found.ready == rows - known + 1


def test_too_few_rows_are_told_with_how_many_there_must_be(desk):
    told = desk.refused(monthly(10))
    assert told.startswith("sold: the longest series has 10 observed rows; with freq MS and ")
    assert "needs 15 " in told


def test_rows_that_lie_in_the_future_are_told(desk):
    told = desk.refused(monthly(first="2030-01-01"))
    assert told.startswith(
        "sold: the rows are of 2030-01-01 to 2037-12-01, and no cutoff (every MS)"
    )


@pytest.mark.parametrize("rows", [120, 200, 260])
def test_a_few_years_of_weeks_are_not_without_a_forecast(desk, rows):
    dates = days("2018-01-07", rows, step=7)
    found = desk.made(table(["week", "x"], list(zip(dates, wave(rows), strict=True))))
    assert found.ready >= ENOUGH["W"]
    assert "Less than by default:" in desk.page()


def test_what_was_said_is_what_is_declared(desk):
    found = desk.made(monthly(), horizon=3, first="2020-01-01", every="QS")
    said = (found.data_set.horizon, found.data_set.cutoffs.first, found.data_set.every)
    assert said == (3, "2020-01-01", "QS")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"first": "2020-01-02"}, "--first: no cutoff window (every: MS) starts on 2020-01-02"),
        ({"first": "2015-03-01", "horizon": 3}, ""),
        ({"first": "2015-01-01", "horizon": 3}, ""),
        (
            {"first": "1900-01-01"},
            "--first: nothing is observed by 1900-01-01, the first row is of 2015-01-01; without "
            "--first it is 2019-02-01",
        ),
        ({"first": "2024-01-01"}, "no series can be forecast at any cutoff from 2024-01-01 on"),
        ({"every": "D"}, "cutoffs.every: D is shorter than a step of freq MS"),
    ],
)
def test_what_was_said_and_cannot_be_is_told(desk, said, told):
    if told:
        assert desk.refused(monthly(), **said).startswith(told)
    else:
        assert desk.made(monthly(), **said).ready < 96  # the early ones are not ready, and counted


def test_a_series_that_rises_is_compared_with_the_season_before(desk):
    rows = [
        (d, v + 3 * k)
        for k, (d, v) in enumerate(zip(months("2010-01-01", 120), wave(120), strict=True))
    ]
    found = desk.made(table(["date", "x"], rows))
    assert found.data_set.reference == "seasonal_naive"
    assert found.data_set.network("rnn").corrects == "auto"
    assert "times as much as" in desk.comments()


def test_a_rise_shows_in_three_years_of_months_and_a_half(desk):
    random = np.random.default_rng(0)
    for name, rows in (("long", 166), ("young", 102)):
        noise = random.normal(size=rows)
        rise = [(d, round(v + 2 * k + n, 2)) for k, (d, v, n) in enumerate(
            zip(months("2012-01-01", 166)[-rows:], wave(rows), noise, strict=True)
        )]  # fmt: skip
        desk.file(f"{name}.csv", table(["date", "x"], rise))
    found = desk.new(desk.root / "long.csv", desk.root / "young.csv")
    first = dt.date.fromisoformat(found.data_set.cutoffs.first)
    young = found.observations.series["young"]
    assert 36 < first.year * 12 + first.month - 1 - 1970 * 12 - young.first_step < 48
    assert found.data_set.reference == "seasonal_naive"
    assert found.data_set.network("rnn").corrects == "auto"


@pytest.mark.parametrize("first", [None, "2020-03-01"])
def test_the_networks_are_counted_that_a_run_trains(desk, first):
    desk.file("a.csv", monthly(100))
    desk.file("b.csv", monthly(60, first="2018-05-01"))
    found = desk.new(desk.root / "a.csv", desk.root / "b.csv", first=first)
    data_set = desk.project.data_set("shop")
    known = known_of_files(desk.project, data_set, now=NOW)
    keys = {
        key_of(known, training)
        for cutoff in known.cutoffs
        for training in trainings(known, cutoff).values()
    }
    assert found.networks == len(keys) > 0
    assert summary_of(found)[-1].startswith(f"  cost       {len(keys)} networks to train, about ")


def test_a_series_that_stays_is_compared_with_its_mean(desk):
    random = np.random.default_rng(1)
    rows = [
        (d, round(float(v), 2))
        for d, v in zip(months("2010-01-01", 120), random.normal(size=120), strict=True)
    ]
    found = desk.made(table(["date", "x"], rows))
    assert "reference" not in found.attributes


def test_of_many_series_only_those_that_rise_are_compared_otherwise(desk):
    dates, random = months("2010-01-01", 120), np.random.default_rng(1)
    for name, slope in (("up", 3.0), ("flat", 0.0)):
        rows = [(d, round(float(random.normal()) + slope * k, 2)) for k, d in enumerate(dates)]
        desk.file(f"{name}.csv", table(["date", "x"], rows))
    found = desk.new(desk.root / "up.csv", desk.root / "flat.csv")
    assert found.data_set.reference == {"up": "seasonal_naive"}


def test_rows_from_the_first_cutoff_on_do_not_decide_what_is_compared(desk):
    flat = [20 + k % 12 + k * 7 % 5 for k in range(120)]
    jumps = [v + (900 if k >= 90 else 0) for k, v in enumerate(flat)]
    found = []
    for number, cells in enumerate((flat, jumps)):
        rows = list(zip(months("2010-01-01", 120), cells, strict=True))
        made = desk.made(table(["date", "x"], rows), first="2017-07-01", name=f"n{number}")
        found.append(made.data_set.reference)
    assert found[0] == found[1]


def test_a_day_of_the_week_that_is_never_observed_is_not_repeated(desk):
    dates = [d for d in days("2021-01-04", 700) if d.weekday() != 6]
    rows = [(d, d.weekday() + k * 7 % 5) for k, d in enumerate(dates)]
    found = desk.made(table(["date", "x"], rows))
    assert "seasonal_naive" not in found.data_set.baselines
    assert found.data_set.reference == "climatology"
    assert "a day of the week is never observed" in desk.comments()


def test_series_that_come_late_are_forecast_all_the_same(desk):
    for name, rows in (("a", 96), ("b", 94)):
        desk.file(f"{name}.csv", monthly(rows))
    found = desk.new(desk.root / "a.csv", desk.root / "b.csv")
    assert found.data_set.max_staleness == 2


def test_a_series_that_ended_long_ago_has_its_forecasts_of_that_time(desk):
    desk.file("old.csv", monthly(120, first="1990-01-01"))
    desk.file("new.csv", monthly(300, first="1990-01-01"))
    found = desk.new(desk.root / "old.csv", desk.root / "new.csv")
    assert found.data_set.cutoffs.first < "1998-01-01"
    assert found.data_set.max_staleness == 0


def compared(desk, cells, first: str) -> tuple[object, str]:
    """The declared reference of daily cells, and what is told of it."""
    found = desk.made(
        table(["day", "sold"], list(zip(days(first, len(cells)), cells, strict=True)))
    )
    (line,) = (line for line in summary_of(found) if line.startswith("  compared"))
    return found.data_set.reference, line


def test_less_than_a_year_of_days_is_compared_with_the_week_before_and_says_why(desk):
    random = np.random.default_rng(3)
    # The days of the week explain so little that a mean of years would be left.
    cells = [
        round(30 + 1.7 * (k % 7 > 4) + float(v), 2) for k, v in enumerate(random.normal(size=364))
    ]
    reference, told = compared(desk, cells, "2025-01-01")
    assert reference == "seasonal_naive"
    assert "rnn: {refit: 4}" in desk.page()
    assert "less than a year of rows, so climatology is one mean of all of them" in told
    assert "times as much" not in told
    assert "less than a year of rows" in desk.comments()


def test_of_less_than_a_year_a_mean_that_is_clearly_better_is_called_what_it_is(desk):
    cells = np.random.default_rng(3).normal(30, 1, size=364).round(2).tolist()
    reference, told = compared(desk, cells, "2025-01-01")
    assert reference == "climatology"
    assert told.endswith("the mean of all rows, since there is less than a year of them")


@pytest.mark.parametrize(("rows", "young"), [(500, True), (1100, False)])
def test_a_mean_of_the_year_says_what_it_is_before_there_is_a_year(desk, rows, young):
    cells = np.random.default_rng(3).normal(30, 1, size=rows).round(2).tolist()
    reference, told = compared(desk, cells, "2022-12-01")
    assert reference == "climatology"
    assert "the mean of the same time of the year" in told
    assert ("; of all rows, as long as there is less than a year" in told) == young
