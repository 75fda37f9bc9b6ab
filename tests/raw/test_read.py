"""Reading CSV files: what comes out, held against files, Python's csv and float, and faults."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.raw.read import RawFile, RawObservations, read_observations
from pipeline.raw.settings import Columns
from pipeline.tables import RAW, VERDICTS

ROOT = Path(__file__).parents[2]
PLAIN = Columns(ds="date", y="rain")


def read(content: str | bytes, columns: Columns = PLAIN, name: str = "a.csv") -> RawObservations:
    body = content.encode() if isinstance(content, str) else content
    return read_observations([RawFile(name, body)], columns)


def file_at(path: str) -> RawFile:
    return RawFile(path, (ROOT / path).read_bytes())


def test_seattle_reads_as_awk_sums_it():
    columns = Columns(ds="date", ds_format="%Y/%m/%d", y="precipitation", hist_exog=["wind"])
    raw = read_observations([file_at("data/seattle/seattle.csv")], columns)
    assert raw.frame.columns.tolist() == [*RAW.names, "wind"]
    assert raw.frame["ds"].dtype == "datetime64[ns]"
    assert raw.frame[["y", "wind"]].sum().round(1).tolist() == [4426.0, 4735.3]
    assert raw.frame["line"].tolist() == list(range(2, 1463))
    assert set(raw.frame["unique_id"]) == {"seattle"}
    assert raw.ignored == ["temp_max", "temp_min", "weather"]
    assert raw.verdicts.empty
    assert raw.verdicts.columns.tolist() == VERDICTS.names


def test_the_files_of_a_folder_are_its_series_in_their_order():
    files = [file_at(f"data/climate/{name}.csv") for name in ("elnino", "co2")]
    frame = read_observations(files, Columns(ds="date", y="value")).frame
    assert frame.groupby("unique_id", sort=False).size().to_dict() == {"elnino": 732, "co2": 521}
    assert frame["y"].iloc[[0, -1]].tolist() == [23.11, 371.02]


def test_an_id_column_names_the_series_whatever_the_file_is_called():
    columns = Columns(ds="date", y="rain", unique_id="city")
    frame = read("city,date,rain\nParis,2001-01-01,1\nOslo,2001-01-01,2\n", columns).frame
    assert frame["unique_id"].tolist() == ["Paris", "Oslo"]


def test_year_month_and_day_columns_make_a_date():
    columns = Columns(ds=["Year", "Month", "Day"], y="rain")
    frame = read("Year,Month,Day,rain\n2004,2,29,1\n1999,12,01,2\n", columns).frame
    assert frame["ds"].astype(str).tolist() == ["2004-02-29", "1999-12-01"]


def test_a_year_column_alone_is_its_first_day():
    frame = read("Year,rain\n2004,1\n", Columns(ds=["Year"], y="rain")).frame
    assert frame["ds"].tolist() == [pd.Timestamp("2004-01-01")]


def test_a_byte_order_mark_and_other_line_ends_change_nothing():
    plain = read("date,rain\n2001-01-01,1.5\n2001-01-02,\n")
    for other in (
        b"\xef\xbb\xbfdate,rain\r\n2001-01-01,1.5\r\n2001-01-02,\r\n",
        b"date,rain\r2001-01-01,1.5\r2001-01-02,",
        b'"date","rain"\n"2001-01-01","1.5"\n"2001-01-02",""\n\n\n',
    ):
        raw = read(other)
        pd.testing.assert_frame_equal(raw.frame, plain.frame)
        pd.testing.assert_frame_equal(raw.verdicts, plain.verdicts)


def test_lines_are_those_of_the_file_behind_blank_lines_and_quoted_line_ends():
    raw = read('note,date,rain\n"two\nlines",2001-01-01,1\n\n,2001-01-02,\n')
    assert raw.frame["line"].tolist() == [2, 5]
    assert raw.verdicts["line"].tolist() == [5]


def test_lines_are_those_of_the_file_behind_a_blank_line_without_any_quote():
    raw = read("date,rain\n2001-01-01,1\n\n2001-01-02,2\n\n")
    assert raw.frame["line"].tolist() == [2, 4]


def test_an_empty_cell_stays_missing_and_is_listed():
    raw = read("date,rain\n2001-01-01,\n2001-01-02, \n")
    assert raw.frame["y"].isna().all()
    found = raw.verdicts[["file", "line", "column", "unique_id", "value", "rule", "verdict"]]
    assert found.to_numpy().tolist() == [
        ["a.csv", 2, "rain", "a", "", "empty cell", "missing"],
        ["a.csv", 3, "rain", "a", " ", "empty cell", "missing"],
    ]
    assert raw.verdicts["ds"].dt.day.tolist() == [1, 2]


def test_cells_that_are_declared_as_missing_are_missing_and_each_is_listed():
    columns = Columns(ds="date", y="rain", hist_exog=["n/a"], missing=["n/a", "-9999"])
    raw = read(
        "date,rain,n/a\n2001-01-01,n/a,1\n2001-01-02, -9999 ,-9999\n2001-01-03,,2\n", columns
    )
    assert raw.frame["y"].isna().all()
    assert raw.frame["n/a"].isna().tolist() == [False, True, False]
    found = raw.verdicts[["line", "column", "value", "rule", "verdict"]]
    assert sorted(found.to_numpy().tolist()) == [
        [2, "rain", "n/a", "declared as missing", "missing"],
        [3, "n/a", "-9999", "declared as missing", "missing"],
        [3, "rain", " -9999 ", "declared as missing", "missing"],
        [4, "rain", "", "empty cell", "missing"],
    ]


def test_what_is_declared_as_missing_is_the_whole_cell_as_it_is_written():
    columns = Columns(ds="date", y="rain", unique_id="city", missing=["NA", "9"])
    raw = read("city,date,rain\nNA,2001-01-01,9.0\nNA,2001-01-02,99\n", columns)
    assert raw.frame["unique_id"].tolist() == ["NA", "NA"]  # of numbers only
    assert raw.frame["y"].tolist() == [9, 99]
    with pytest.raises(InputError, match='line 2, column rain: "na" is not a number'):
        read("city,date,rain\nOslo,2001-01-01,na\n", columns)


def test_spaces_around_a_cell_are_removed_and_listed():
    columns = Columns(ds="date", y="rain", unique_id="city")
    raw = read("city,date,rain\n Oslo,2001-01-01 ,\t1.5\u00a0\n", columns)
    assert raw.frame[["unique_id", "y"]].to_numpy().tolist() == [["Oslo", 1.5]]
    found = raw.verdicts[["column", "value", "verdict"]].to_numpy().tolist()
    assert found == [
        ["city", " Oslo", "changed"],
        ["date", "2001-01-01 ", "changed"],
        ["rain", "\t1.5\u00a0", "changed"],
    ]


CELLS = st.text(st.sampled_from("abz ,\"'\n\u00e9;-."), max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(rows=st.lists(st.tuples(CELLS, FLOATS, FLOATS | st.none()), min_size=1, max_size=30))
def test_any_written_table_reads_as_csv_and_float_read_it(rows):
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["note", "date", "rain", "wind"])
    for i, (note, rain, wind) in enumerate(rows):
        writer.writerow([note, np.datetime64("2001-01-01") + i, rain, "" if wind is None else wind])
    frame = read(text.getvalue(), Columns(ds="date", y="rain", hist_exog=["wind"])).frame
    theirs = list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    for name, column in (("rain", "y"), ("wind", "wind")):
        numbers = np.array([float(row[name] or "nan") for row in theirs])
        assert frame[column].to_numpy().tobytes() == numbers.tobytes()
    assert frame["ds"].astype(str).tolist() == [row["date"] for row in theirs]


@given(
    rows=st.lists(
        st.tuples(st.dates(), st.decimals(allow_nan=False, allow_infinity=False, places=3)),
        min_size=1,
    )
)
def test_both_readers_give_the_same_rows(rows):
    kept = [(d, v) for d, v in rows if 1678 <= d.year <= 2199 and len(str(v)) < 17]
    body = "date,rain\n" + "".join(f"{d},{v:f}\n" for d, v in [("2001-01-01", 1.0), *kept])
    quoted = body.replace("date,", '"date",')
    pd.testing.assert_frame_equal(read(body).frame, read(quoted).frame)
