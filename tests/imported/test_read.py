"""Files of other programs as frames: every type that they write, and what is refused with why."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calendar import dates_of, steps_of
from pipeline.errors import InputError
from pipeline.imported.read import read_frame
from pipeline.raw.dialect import RawFile

FREQS = st.sampled_from(["MS", "QS", "W", "D"])
POINTS = st.lists(
    st.tuples(st.sampled_from(["a", "b c", "Ä"]), st.integers(100, 104), st.integers(1, 4)),
    unique=True,
    min_size=1,
    max_size=30,
)
NUMBERS = st.floats(-1e300, 1e300).map(lambda v: v + 0.0)


def rows_of(points, values, freq) -> pd.DataFrame:
    ids, cutoffs, ahead = zip(*points, strict=True)
    return pd.DataFrame(
        {
            "unique_id": ids,
            "ds": dates_of(np.add(cutoffs, ahead), freq),
            "cutoff": dates_of(np.array(cutoffs), freq),
            "y": 0.0,
            "Other": 1.0,
            "Net": values,
        }
    )


def parquet(frame: pd.DataFrame | pa.Table, name: str = "f.parquet") -> RawFile:
    sink = io.BytesIO()
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame)
    pq.write_table(table, sink)
    return RawFile(name, sink.getvalue())


def csv(frame: pd.DataFrame, name: str = "f.csv") -> RawFile:
    return RawFile(name, frame.to_csv(index=False).encode())


@given(points=POINTS, freq=FREQS, data=st.data())
def test_whatever_the_order_the_format_and_the_number_of_files_each_point_is_found(
    points, freq, data
):
    values = data.draw(st.lists(NUMBERS, min_size=len(points), max_size=len(points)))
    rows = rows_of(points, values, freq)
    border = data.draw(st.integers(0, len(rows)))
    parts = [part for part in (rows.iloc[:border], rows.iloc[border:]) if len(part)]
    write = data.draw(st.sampled_from([csv, parquet]))
    frame = read_frame([write(part) for part in parts], "Net", freq=freq)
    assert len(frame) == len(points)
    said = dict(zip(points, values, strict=True))
    for unique_id, cutoff in {point[:2] for point in points}:
        ours = frame.forecast(unique_id, cutoff, horizon=3)
        theirs = [said.get((unique_id, cutoff, ahead), np.nan) for ahead in (1, 2, 3)]
        np.testing.assert_array_equal(ours, theirs)
    assert np.isnan(frame.forecast("a", 99, horizon=3)).all()
    assert frame.count_unused([], horizon=3) == len(points)
    used = [point for point in points if point[0] == "a" and point[2] <= 3]
    folds = {point[:2] for point in points if point[0] == "a"}
    assert frame.count_unused(folds, horizon=3) == len(points) - len(used)


ROWS = rows_of([("a", 400, 1), ("a", 400, 2), ("b", 400, 1)], [1.0, 2.0, 3.0], "MS")


def with_types(**types: pa.DataType) -> pa.Table:
    table = pa.Table.from_pandas(ROWS, preserve_index=False)
    for name, kind in types.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table.column(name).cast(kind))
    return table


@pytest.mark.parametrize(
    "types",
    [
        {"ds": pa.date32(), "cutoff": pa.date32()},
        {"ds": pa.timestamp("s"), "cutoff": pa.timestamp("us")},
        {"Net": pa.float32()},
        {"Net": pa.int64()},
        {"unique_id": pa.large_string()},
        {"unique_id": pa.dictionary(pa.int32(), pa.string())},
    ],
    ids=str,
)
def test_types_that_programs_write_are_the_same_frame(types):
    frame = read_frame([parquet(with_types(**types))], "Net", freq="MS")
    assert frame.series == ["a", "b"]
    np.testing.assert_array_equal(frame.forecast("a", 400, horizon=2), [1.0, 2.0])


def test_whole_numbers_name_series_and_days_may_be_text_of_either_make():
    rows = ROWS.assign(unique_id=[7, 7, 8], ds=ROWS["ds"].dt.strftime("%Y-%m-%dT00:00:00.000000"))
    rows["cutoff"] = rows["cutoff"].dt.strftime("%Y-%m-%d")
    for file in (csv(rows), parquet(rows)):
        frame = read_frame([file], "Net", freq="MS")
        assert frame.series == ["7", "8"]
        np.testing.assert_array_equal(frame.forecast("7", 400, horizon=2), [1.0, 2.0])


def test_a_series_may_be_the_index_as_old_programs_write_it():
    frame = read_frame([parquet(ROWS.set_index("unique_id"))], "Net", freq="MS")
    assert frame.series == ["a", "b"]


def test_a_file_without_rows_has_no_point():
    frame = read_frame([parquet(with_types().slice(0, 0))], "Net", freq="MS")
    assert (len(frame), frame.series) == (0, [])


def test_steps_are_those_of_the_calendar():
    frame = read_frame([csv(ROWS)], "Net", freq="MS")
    assert steps_of(np.array(["2003-05-01"], "M8[D]"), "MS")[0] == 400
    assert frame.cutoff.tolist() == [400, 400, 400]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Net": [1.0, np.nan, 3.0]}, 'f.csv line 3, column Net: "" is no finite number'),
        ({"Net": ["1", "-inf", "NaN"]}, 'line 3, column Net: "-inf" is no finite .*1 more such'),
        ({"Net": ["1", "1,5", "2"]}, 'line 3, column Net: "1,5" is not a number'),
        ({"ds": ["2003-06-01", "2003-07-31", "2003-06-01"]}, "line 3, column ds: .* off the grid"),
        ({"ds": ["2003-06-01", "2003-02-30", "2003-06-01"]}, "2003-02-30.* no day of the calendar"),
        ({"ds": ["2003-06-01", "1.7.2003", "2003-06-01"]}, "not a day written as 2014-01-31"),
        ({"ds": ["2003-06-01", "2003-05-01", "2003-06-01"]}, "2003-05-01 does not lie after its"),
        ({"ds": ["2003-06-01"] * 3}, "f.csv: a, 2003-06-01 at cutoff 2003-05-01 stands .* 1 rows"),
        ({"unique_id": ["a", "", "b"]}, "line 3, column unique_id: .* names no series"),
    ],
)
def test_a_doubtful_cell_refuses_the_frame_with_its_line(change, said):
    with pytest.raises(InputError, match=said):
        read_frame([csv(ROWS.assign(**change))], "Net", freq="MS")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Net": [1.0, None, 3.0]}, "f.parquet row 2, column Net: .* is no finite number"),
        ({"Net": ["1", "2", "3"]}, "f.parquet: column Net is of type .*string; write numbers"),
        ({"ds": [1, 2, 3]}, "f.parquet: column ds is of type int64; write days"),
        ({"ds": ROWS["ds"].dt.tz_localize("UTC")}, "UTC.*; write days, without a time zone"),
        ({"ds": [None, *ROWS["ds"][1:]]}, "row 1, column ds: .* is no time"),
        ({"unique_id": ["a", None, "b"]}, "row 2, column unique_id: .* names no series"),
        ({"unique_id": [0.5, 1.5, 2.5]}, "column unique_id is of type double; write names"),
    ],
)
def test_so_does_one_of_parquet_with_its_row(change, said):
    with pytest.raises(InputError, match=said):
        read_frame([parquet(ROWS.assign(**change))], "Net", freq="MS")


def test_a_column_that_is_not_there_is_told_with_those_that_are():
    for write in (csv, parquet):
        with pytest.raises(InputError, match='no column "Nett"; the header has unique_id, ds'):
            read_frame([write(ROWS)], "Nett", freq="MS")
        with pytest.raises(InputError, match='no column "cutoff"'):
            read_frame([write(ROWS.drop(columns="cutoff"))], "Net", freq="MS")


def test_a_file_that_is_no_frame_is_told_as_such():
    with pytest.raises(InputError, match=r"f.xlsx: neither a \.csv nor Parquet"):
        read_frame([RawFile("f.xlsx", b"PK\x03\x04 something")], "Net", freq="MS")


def test_dates_with_an_hour_lie_off_a_grid_of_days():
    rows = ROWS.assign(ds=np.datetime64("2003-05-02T06"))
    with pytest.raises(InputError, match="off the grid: a time of freq D is a day"):
        read_frame([parquet(rows)], "Net", freq="D")
