"""Tables and tensors as bytes: equal rows, equal bytes, whatever pandas or numpy make of them."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.board_tables import LEADERBOARD
from pipeline.store.files import (
    table_from_bytes,
    table_to_bytes,
    tensors_from_bytes,
    tensors_to_bytes,
)
from pipeline.tables import FORECASTS, OBSERVATIONS

DAYS = st.integers(-50_000, 50_000).map(lambda day: np.datetime64(day, "D"))
ROWS = st.lists(
    st.tuples(st.text(max_size=5), DAYS, st.floats(allow_nan=False) | st.none()), max_size=12
)
UNITS = st.sampled_from(["s", "ms", "us", "ns"])
TEXTS = st.sampled_from([object, "str"])
DTYPES = st.sampled_from(["bool", "int32", "int64", "float32", "float64", "uint8"])
TENSORS = st.dictionaries(
    st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__"),
    st.tuples(DTYPES, arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)).flatmap(
        lambda kind: arrays.arrays(kind[0], kind[1])
    ),
    max_size=4,
)


def frame_of(rows: list, unit: str, text: object) -> pd.DataFrame:
    ids, days, values = (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 3
    return pd.DataFrame(
        {
            "y": np.array([np.nan if v is None else v for v in values], dtype=np.float64),
            "ds": np.array(days, dtype="datetime64[D]").astype(f"datetime64[{unit}]"),
            "unique_id": pd.Series(ids, dtype=text),
        }
    )


@given(rows=ROWS, unit=UNITS, text=TEXTS)
def test_equal_rows_are_equal_bytes_whatever_the_units_and_types_of_pandas(rows, unit, text):
    plain = table_to_bytes(frame_of(rows, "ns", object), OBSERVATIONS)
    frame = frame_of(rows, unit, text)
    frame.index = pd.RangeIndex(len(frame), 0, -1)
    assert table_to_bytes(frame.assign(further=1), OBSERVATIONS) == plain


@given(rows=ROWS, unit=UNITS)
def test_types_are_pinned_in_the_file_and_in_the_frame(rows, unit):
    content = table_to_bytes(frame_of(rows, unit, object), OBSERVATIONS)
    schema = pq.read_schema(pa.BufferReader(content))
    assert schema.names == ["unique_id", "ds", "y"]
    assert schema.types == [pa.string(), pa.timestamp("ns"), pa.float64()]
    assert schema.metadata is None
    assert table_from_bytes(content)["ds"].dtype == "datetime64[ns]"


@given(rows=ROWS)
def test_a_table_comes_back_row_by_row(rows):
    back = table_from_bytes(table_to_bytes(frame_of(rows, "ns", object), OBSERVATIONS))
    assert back["unique_id"].tolist() == [row[0] for row in rows]
    assert back["ds"].to_numpy().astype("M8[D]").tolist() == [row[1].item() for row in rows]
    values = [np.nan if row[2] is None else row[2] for row in rows]
    np.testing.assert_array_equal(back["y"].to_numpy(), np.array(values, dtype=np.float64))


def test_pandas_itself_reads_the_file():
    rows = [("a", np.datetime64("2020-01-01", "D"), 1.5)]
    content = table_to_bytes(frame_of(rows, "ns", object), OBSERVATIONS)
    assert pd.read_parquet(io.BytesIO(content))["y"].tolist() == [1.5]


def test_a_missing_whole_number_stays_missing():
    row = {name: [np.nan] for name in LEADERBOARD.names} | {"model": ["ar"]}
    frame = pd.DataFrame(row | {"unique_id": [None]})
    back = table_from_bytes(table_to_bytes(frame, LEADERBOARD))
    assert back["step"].isna().all()
    assert back["unique_id"].isna().all()


def test_a_table_without_rows_keeps_its_columns():
    content = table_to_bytes(pd.DataFrame({name: [] for name in FORECASTS.names}), FORECASTS)
    assert pq.read_schema(pa.BufferReader(content)) == FORECASTS.schema()
    assert table_from_bytes(content).empty


def test_a_missing_column_or_a_value_of_another_type_is_an_error():
    frame = frame_of([("a", np.datetime64("2020-01-01", "D"), 1.5)], "ns", object)
    with pytest.raises(KeyError, match="ds"):
        table_to_bytes(frame.drop(columns="ds"), OBSERVATIONS)
    with pytest.raises(pa.ArrowInvalid, match="column y"):
        table_to_bytes(frame.assign(y="much"), OBSERVATIONS)


@given(tensors=TENSORS, about=st.dictionaries(st.text(), st.integers() | st.text()))
def test_tensors_come_back_bit_by_bit(tensors, about):
    back, said = tensors_from_bytes(tensors_to_bytes(tensors, about))
    assert said == about
    assert back.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert (back[name].dtype, back[name].shape) == (tensor.dtype, tensor.shape)
        assert back[name].tobytes() == tensor.tobytes()


@given(tensors=TENSORS, about=st.dictionaries(st.text(), st.integers()))
def test_the_same_tensors_are_the_same_bytes_in_any_order_and_layout(tensors, about):
    backwards = {name: np.asfortranarray(t) for name, t in reversed(tensors.items())}
    said = dict(reversed(about.items()))
    assert tensors_to_bytes(backwards, said) == tensors_to_bytes(tensors, about)
