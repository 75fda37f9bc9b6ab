"""Which column names the series: the times decide, a person where they leave it open."""

import pytest

from pipeline.errors import InputError
from tests.scaffold.conftest import days, monthly, months, table, wave


def panel(names: list[str], *, of: str = "store", more: tuple[str, ...] = ()) -> str:
    rows = [
        (day, name, *(f"{extra} {name}" for extra in more), v + k)
        for k, name in enumerate(names)
        for day, v in zip(months("2015-01-01", 80), wave(80), strict=True)
    ]
    return table(["date", of, *more, "sold"], rows)


def test_a_column_of_text_names_the_series_where_times_repeat(desk):
    found = desk.made(panel(["Oslo", "Bergen, W", 'St. "O"']))
    assert found.data_set.columns.unique_id == "store"
    assert list(found.observations.series) == ["Bergen, W", "Oslo", 'St. "O"']


def test_a_column_of_numbers_names_them_where_no_text_does(desk):
    found = desk.made(panel(["1", "2", "17"]))
    assert (found.data_set.columns.unique_id, found.data_set.columns.y) == ("store", "sold")


def test_of_two_columns_that_both_name_them_one_is_asked_for(desk):
    text = panel(["1", "2"], more=("city",))
    assert desk.made(text).data_set.columns.unique_id == "city"
    told = desk.refused(panel(["a", "b"], more=("city",)), name="other")
    assert told == (
        "which column names the series? Say it with --unique-id: store (2: a, b), "
        "city (2: city a, city b)"
    )


def test_a_text_that_changes_is_no_name_where_no_time_repeats(desk):
    rows = [(d, "rain" if k % 3 else "sun", k % 7) for k, d in enumerate(days("2020-01-01", 200))]
    assert desk.made(table(["date", "weather", "mm"], rows)).data_set.columns.unique_id is None


def test_two_columns_that_name_them_together_are_named(desk):
    rows = [
        (d, store, item, 10 + k % 7)
        for k, d in enumerate(days("2020-01-01", 200))
        for store in (1, 2, 3)
        for item in (1, 2)
    ]
    told = desk.refused(table(["date", "store", "item", "sales"], rows))
    assert told == (
        "sales.csv line 2 and sales.csv line 3: two rows for 2020-01-01, and no column tells the "
        'series apart; "store" and "item" together do: make one column of the two'
    )


def test_single_sales_are_told_to_be_added_up(desk):
    rows = [(d, k * j % 5) for k, d in enumerate(days("2020-01-01", 90)) for j in range(4)]
    told = desk.refused(table(["date", "amount"], rows))
    assert "two rows for 2020-01-01" in told
    assert "add up or average the rows of each time first" in told


def test_a_row_given_twice_is_told_as_the_chain_tells_it(desk):
    text = monthly()
    last = text.splitlines()[-1]
    told = desk.refused(f"{text}{last}\n")
    assert told.startswith("sales.csv line 97 and sales.csv line 98: two rows of the series")


def test_files_side_by_side_are_series_by_their_names(desk):
    files = [desk.file(f"{name}.csv", monthly()) for name in ("north", "süd #1")]
    found = desk.new(*files)
    assert list(found.observations.series) == ["north", "süd #1"]


def test_files_that_follow_one_another_are_not_taken_for_two_series(desk):
    files = [
        desk.file("y1.csv", monthly(48)),
        desk.file("y2.csv", monthly(48, first="2019-01-01")),
    ]
    with pytest.raises(InputError, match=r"begins after .* --series-per-file"):
        desk.new(*files)
    assert list(desk.new(*files, series_per_file=True).observations.series) == ["y1", "y2"]


def test_stretches_with_a_name_in_them_are_one_series(desk):
    texts = [monthly(48), monthly(48, first="2019-01-01")]
    named = [
        "\n".join(line + (",id" if not k else ",Oslo") for k, line in enumerate(t.splitlines()))
        for t in texts
    ]
    found = desk.new(*(desk.file(f"{k}.csv", text) for k, text in enumerate(named)))
    assert list(found.observations.series) == ["Oslo"]
    assert len(found.observations.series["Oslo"].y) == 96
