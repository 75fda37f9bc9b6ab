"""Which column is forecast: the only one, or the one a person names; codes are no measurements."""

import numpy as np
import pytest

from pipeline.scaffold.summary import summary_of
from tests.scaffold.conftest import days, months, table, wave


def daily(cells: list[object], *more: list[object], names: tuple[str, ...] = ("temp",)) -> str:
    rows = zip(days("2020-01-01", len(cells)), cells, *more, strict=True)
    return table(["date", *names], list(rows))


def test_of_several_numeric_columns_the_target_is_asked_for(desk):
    text = daily(wave(200), [k % 9 for k in range(200)], names=("temp", "wind"))
    told = desk.refused(text)
    assert told == (
        "which column is to be forecast? Say it with --y: temp (20 to 78.33), wind (0 to 8)"
    )
    desk.answers = {"--y": "wind"}
    found = desk.made(text)
    assert (found.data_set.columns.y, found.data_set.columns.hist_exog) == ("wind", [])
    assert [question.option for question in desk.asked] == ["--y", "--y"]


def test_a_column_without_a_name_is_told_by_what_it_is_and_can_be_named(desk):
    text = daily(wave(200), [k % 9 for k in range(200)], names=("", "wind (m/s)"))
    told = desk.refused(text)
    assert told.endswith("--y: '' (the column without a name, 20 to 78.33), 'wind (m/s)' (0 to 8)")
    assert desk.refused(text, y="wind").endswith(
        "the files have date, one without a name, wind (m/s)"
    )
    assert desk.made(text, y="").data_set.columns.y == ""


def test_further_columns_are_off_and_said_to_be_there(desk):
    desk.made(daily(wave(200), wave(200)[::-1], names=("temp", "a: #b")), y="temp")
    assert '    # hist_exog: ["a: #b"]\n' in desk.page()


def test_the_comment_with_further_columns_is_a_declaration_once_switched_on(desk):
    desk.made(daily(wave(200), wave(200)[::-1], names=("temp", "a: #b")), y="temp")
    path = desk.project.defs / "shop" / "defs.yaml"
    path.write_text(path.read_text().replace("    # hist_exog", "    hist_exog"))
    assert desk.project.data_set("shop").columns.hist_exog == ["a: #b"]


@pytest.mark.parametrize("said", [["wind,sun"], ["wind", "sun"]])
def test_further_columns_are_switched_on_by_the_option(desk, said):
    columns = wave(200), wave(200)[::-1], [k % 5 for k in range(200)]
    text = daily(*columns, names=("temp", "wind", "sun"))
    found = desk.made(text, y="temp", hist_exog=said)
    assert found.data_set.columns.hist_exog == ["wind", "sun"]


@pytest.mark.parametrize("option", ["y", "unique_id", "hist_exog"])
def test_a_column_that_is_not_there_is_told_with_those_that_are(desk, option):
    said = {"y": "temp"} | {option: ["tmp"] if option == "hist_exog" else "tmp"}
    told = desk.refused(daily(wave(200)), **said)
    assert told == f'--{option.replace("_", "-")}: no column "tmp"; the files have date, temp'


@pytest.mark.parametrize("code", ["-9999", "-99.9", "9999.0", "-999", "99999"])
def test_a_code_for_missing_is_not_learnt_as_a_measurement(desk, code):
    cells = [code if k % 50 == 7 else v for k, v in enumerate(wave(200))]
    told = desk.refused(daily(cells))
    assert told.startswith(f"temp: {float(code):g} stands in 4 cells, far from all others (20 to ")
    assert desk.made(daily(cells), codes_are_values=True).data_set.columns.y == "temp"


def test_nines_among_numbers_of_their_size_are_measurements(desk):
    cells = [999 if k == 20 else 900 + 10 * (k % 12) for k in range(200)]
    assert desk.made(daily(cells)).data_set.columns.y == "temp"


@pytest.mark.parametrize(
    ("odd", "rule"),
    [("NA", "a missing value is an empty cell"), ("1,234", "no thousands separators"),
     ("12 %", "correct the cell")],
)  # fmt: skip
def test_cells_that_are_no_numbers_are_told_as_the_chain_tells_it_and_counted(desk, odd, rule):
    cells = [odd if k % 10 == 3 else v for k, v in enumerate(wave(200))]
    told = desk.refused(daily(cells))
    assert told.startswith(f'sales.csv line 5, column temp: "{odd}" is not a number (')
    assert rule in told
    assert told.endswith('(19 more cells of "temp" are no numbers)')
    assert ("or say that it means so with --missing NA (19 more" in told) == (odd == "NA")


def test_what_stands_for_missing_is_said_once_counted_and_declared(desk):
    cells = ["n/a" if k % 10 == 3 else "" if k == 50 else v for k, v in enumerate(wave(200))]
    found = desk.made(daily(cells), missing=("n/a",))
    assert found.data_set.columns.missing == ["n/a"]
    assert '    missing: ["n/a"]\n' in desk.page()
    assert int(np.isnan(found.observations.series["sales"].y).sum()) == 21
    (line,) = [line for line in summary_of(found) if line.startswith("  target")]
    assert line == "  target     temp, 1 of its 200 cells empty, 20 with n/a"


def test_what_stands_for_missing_names_a_series_all_the_same(desk):
    rows = [
        (country, day, "NA" if k == 9 else v)
        for country in ("NA", "ZA")
        for k, (day, v) in enumerate(zip(months("2015-01-01", 96), wave(96), strict=True))
    ]
    found = desk.made(table(["country", "month", "rain"], rows), missing=("NA",))
    assert (found.data_set.columns.unique_id, list(found.observations.series)) == (
        "country",
        ["NA", "ZA"],
    )


def test_a_column_with_bad_cells_is_not_passed_over_for_a_good_one(desk):
    cells = ["NA" if k % 10 == 3 else v for k, v in enumerate(wave(200))]
    told = desk.refused(daily(cells, wave(200), names=("temp", "hum")))
    assert told.startswith("which column is to be forecast? Say it with --y: temp (not all of its")


def test_columns_that_are_called_as_ours_are_taken_for_what_they_are(desk):
    rows = [
        (name, day, v, k)
        for name in ("a", "b")
        for k, (day, v) in enumerate(zip(days("2020-01-01", 200), wave(200), strict=True))
    ]
    text = table(["unique_id", "ds", "y", "line", "", ""], [(*row, "", "") for row in rows])
    columns = desk.made(text, y="y").data_set.columns
    assert (columns.unique_id, columns.ds, columns.y) == ("unique_id", "ds", "y")
    assert "hist_exog" not in desk.page()  # `line` is a name of ours and cannot be declared


def test_constants_and_codes_of_places_are_nobodys_target(desk):
    rows = [(d, 59.9, "Oslo", v) for d, v in zip(months("2015-01-01", 96), wave(96), strict=True)]
    found = desk.made(table(["date", "lat", "city", "rain"], rows))
    assert found.data_set.columns.y == "rain"
    assert found.values.left == {"lat": "never changes", "city": "no numbers"}


def test_without_numbers_there_is_nothing_to_forecast(desk):
    told = desk.refused(daily(["good" if k % 2 else "bad" for k in range(90)]))
    assert told.startswith("no column is left that holds numbers")
