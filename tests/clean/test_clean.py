"""Rows on the grid: data sets against numbers from elsewhere, laws of order, and faults."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.clean import Clean, clean_observations, observations_frame
from pipeline.errors import InputError
from pipeline.raw.read import RawFile, read_observations
from pipeline.raw.settings import Columns

ROOT = Path(__file__).parents[2]
CITIES = Columns(ds="date", y="rain", unique_id="city", hist_exog=["wind"])


def clean(files: list[RawFile], columns: Columns, freq: str = "D") -> Clean:
    return clean_observations(read_observations(files, columns), freq=freq, columns=columns)


def clean_rows(*rows: str, freq: str = "D") -> Clean:
    body = "\n".join(["city,date,rain,wind", *rows])
    return clean([RawFile("a.csv", body.encode())], CITIES, freq)


def test_co2_is_the_monthly_mean_of_the_weeks_in_statsmodels():
    from statsmodels.datasets import co2

    columns = Columns(ds="date", y="value")
    file = RawFile("co2.csv", (ROOT / "data/climate/co2.csv").read_bytes())
    ours = clean([file], columns, "MS")
    theirs = co2.load_pandas().data["co2"].resample("MS").mean()
    series = ours.observations.series["co2"]
    np.testing.assert_allclose(series.y, theirs.to_numpy(), atol=5.1e-5, rtol=0)
    assert (series.ds == theirs.index.to_numpy()).all()
    absent = ["1958-06", "1958-10", "1964-02", "1964-03", "1964-04"]
    assert ours.verdicts["ds"].dt.strftime("%Y-%m").tolist() == absent
    assert set(ours.verdicts["rule"]) == {"no row for this step of the grid"}
    assert ours.verdicts["line"].isna().all()


def test_elnino_is_the_table_in_statsmodels_row_by_row():
    from statsmodels.datasets import elnino

    file = RawFile("elnino.csv", (ROOT / "data/climate/elnino.csv").read_bytes())
    ours = clean([file], Columns(ds="date", y="value"), "MS")
    theirs = elnino.load_pandas().data.to_numpy()[:, 1:].ravel()
    assert ours.observations.series["elnino"].y.tolist() == theirs.tolist()
    assert ours.verdicts.empty


def mumbai() -> RawFile:
    for path in ("data/mumbai/Rainfall_data.csv", "../shared/data/Rainfall_data.csv"):
        if (ROOT / path).exists():
            return RawFile(path, (ROOT / path).read_bytes())
    pytest.skip("data/mumbai/Rainfall_data.csv is not shipped; see data/README.md")


def test_mumbai_gives_the_error_of_the_regression_fitted_to_the_same_rows_elsewhere():
    from statsmodels.tsa.ar_model import AutoReg

    columns = Columns(ds=["Year", "Month", "Day"], y="Precipitation")
    y = clean([mumbai()], columns, "MS").observations.series["Rainfall_data"].y
    assert len(y) == 252
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        constant, *lags = AutoReg(y[:202], 12, trend="c").fit().params
    forecasts = [constant + np.dot(lags, y[t - 12 : t][::-1]) for t in range(202, 252)]
    assert np.mean((y[202:] - forecasts) ** 2) == pytest.approx(29012.419173, abs=1e-5)


def test_absent_rows_and_empty_cells_stay_missing_and_both_are_listed():
    ours = clean_rows("Oslo,2001-01-01,1,5", "Oslo,2001-01-02,,6", "Oslo,2001-01-04,4,")
    values = ours.observations.series["Oslo"].values
    np.testing.assert_array_equal(values, [[1, 5], [np.nan, 6], [np.nan, np.nan], [4, np.nan]])
    found = ours.verdicts[["file", "line", "column", "rule"]].astype(object)
    assert found.where(found.notna(), None).to_numpy().tolist() == [
        ["a.csv", 3, "rain", "empty cell"],
        ["", None, "", "no row for this step of the grid"],
        ["a.csv", 4, "wind", "empty cell"],
    ]


def test_weeks_and_quarters_lie_on_their_own_grid():
    weeks = clean_rows("Oslo,2023-12-31,1,1", "Oslo,2024-01-14,3,1", freq="W")
    assert len(weeks.observations.series["Oslo"].y) == 3
    quarters = clean_rows("Oslo,2023-10-01,1,1", "Oslo,2024-07-01,3,1", freq="QS")
    assert len(quarters.observations.series["Oslo"].y) == 4


NUMBERS = st.floats(-1e6, 1e6).map(lambda x: f"{x:.3f}") | st.just("")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Oslo", "\u00c5lesund", "a", "B"]), st.integers(0, 40), NUMBERS, NUMBERS
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda row: row[:2],
)


def written(rows) -> list[str]:
    """As lines; each series gets one observed target, so that none is refused."""
    extra = [(name, 99, "1", "2") for name in {row[0] for row in rows}]
    start = np.datetime64("2001-01-01")
    return [f"{name},{start + day},{y},{x}" for name, day, y, x in [*rows, *extra]]


def as_bytes(ours: Clean) -> list:
    return [
        (name, s.first_step, s.values.tobytes()) for name, s in ours.observations.series.items()
    ]


@given(rows=ROWS, data=st.data())
def test_the_order_of_rows_and_files_changes_no_byte(rows, data):
    lines = written(rows)
    halves = [lines[::2], lines[1::2] or lines[:0]]
    files = [
        RawFile(f"{i}.csv", "\n".join(["city,date,rain,wind", *half]).encode())
        for i, half in enumerate(halves)
        if half
    ]
    ours = clean(files, CITIES)
    again = clean(files[::-1], CITIES)
    assert as_bytes(ours) == as_bytes(again)
    pd.testing.assert_frame_equal(ours.verdicts, again.verdicts)
    shuffled = clean_rows(*data.draw(st.permutations(lines)))
    assert as_bytes(ours) == as_bytes(shuffled)
    unplaced = ["unique_id", "ds", "column", "value", "rule", "verdict"]
    pd.testing.assert_frame_equal(ours.verdicts[unplaced], shuffled.verdicts[unplaced])


@given(rows=ROWS)
def test_the_grid_is_what_pandas_reindexes_to(rows):
    lines = written(rows)
    ours = clean_rows(*lines)
    table = pd.DataFrame([line.split(",") for line in lines], columns=["id", "ds", "y", "wind"])
    table["ds"] = pd.to_datetime(table["ds"]).astype("datetime64[ns]")
    numbers = table[["y", "wind"]].replace("", "nan").astype("float64")
    table = pd.concat([table[["id", "ds"]], numbers], axis=1).set_index("ds")
    assert list(ours.observations.series) == sorted(set(table["id"]))
    for name, series in ours.observations.series.items():
        theirs = table[table["id"] == name].drop(columns="id").sort_index().asfreq("D")
        np.testing.assert_array_equal(series.values, theirs.to_numpy())
        assert (series.ds == theirs.index.to_numpy()).all()


@given(rows=ROWS)
def test_every_missing_cell_has_its_verdict(rows):
    ours = clean_rows(*written(rows))
    by_rule = ours.verdicts["rule"].value_counts().to_dict()
    missing = sum(int(np.isnan(s.values).sum()) for s in ours.observations.series.values())
    absent = by_rule.get("no row for this step of the grid", 0)
    assert missing == by_rule.get("empty cell", 0) + 2 * absent


def test_the_long_frame_holds_every_step_of_every_series():
    ours = clean_rows("Oslo,2001-01-01,1,5", "Oslo,2001-01-03,3,6", "Bern,2001-01-01,7,8")
    frame = observations_frame(ours.observations)
    assert frame.columns.tolist() == ["unique_id", "ds", "y", "wind"]
    assert frame["ds"].dtype == "datetime64[ns]"
    assert frame["unique_id"].tolist() == ["Bern", "Oslo", "Oslo", "Oslo"]
    np.testing.assert_array_equal(frame["y"], [7, 1, np.nan, 3])


FAULTS = {
    "off the monthly grid": (
        "MS",
        ["Oslo,2001-01-01,1,1", "Oslo,2001-01-31,1,1"],
        "a.csv line 3, column date: 2001-01-31 is off the grid (freq MS needs the first day of a "
        "month, without a time of day); correct the cell or declare another freq",
    ),
    "off the quarterly grid": (
        "QS",
        ["Oslo,2001-02-01,1,1"],
        "a.csv line 2, column date: 2001-02-01 is off the grid (freq QS needs the first day of a "
        "quarter (January, April, July, October), without a time of day); correct the cell or "
        "declare another freq",
    ),
    "no Sunday": (
        "W",
        ["Oslo,2024-01-01,1,1"],
        "a.csv line 2, column date: 2024-01-01 is off the grid (freq W needs a Sunday, without a "
        "time of day); correct the cell or declare another freq",
    ),
    "a day twice": (
        "D",
        ["Oslo,2001-01-02,1,1", "Oslo,2001-01-01,1,1", "Bern,2001-01-02,1,1", "Oslo,2001-1-2,1,1"],
        'a.csv line 2 and a.csv line 5: two rows of the series "Oslo" for 2001-01-02 (one row a '
        "step, even where the values agree); remove one, or declare columns.unique_id if the file "
        "holds several series",
    ),
    "never observed": (
        "D",
        ["Oslo,2001-01-01,1,1", "Bern,2001-01-01,,1", "Bern,2001-01-02,,1"],
        'series "Bern": the column rain is empty in all of its 2 rows; fill it, or remove the '
        "series",
    ),
}


@pytest.mark.parametrize(("freq", "rows", "message"), FAULTS.values(), ids=FAULTS)
def test_rows_that_fit_no_grid_are_told_in_exactly_these_words(freq, rows, message):
    with pytest.raises(InputError) as caught:
        clean_rows(*rows, freq=freq)
    assert str(caught.value) == message


def test_a_time_of_day_is_off_the_daily_grid():
    columns = Columns(ds="date", y="rain", ds_format="%Y-%m-%d %H:%M")
    with pytest.raises(InputError, match=r"column date: 2001-01-01 06:00:00 is off the grid"):
        clean([RawFile("a.csv", b"date,rain\n2001-01-01 06:00,1\n")], columns)


def test_a_row_that_stands_in_two_files_names_both():
    body = b"city,date,rain,wind\nOslo,2001-01-01,1,1\n"
    for names in (("a.csv", "b.csv"), ("b.csv", "a.csv")):
        with pytest.raises(InputError, match=r"^a\.csv line 2 and b\.csv line 2: two rows"):
            clean([RawFile(name, body) for name in names], CITIES)
