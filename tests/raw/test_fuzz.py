"""Damaged bytes: rows or an InputError, never another exception, never a number out of nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.raw.read import RawFile, RawObservations, read_observations
from pipeline.raw.settings import Columns

GOOD = b"city,date,rain\n" + b"".join(
    b"Oslo,20%02d-01-%02d,%d.5\n" % (i, i + 1, i) for i in range(12)
)
DECLARED = [
    Columns(ds="date", y="rain"),
    Columns(ds="date", y="rain", unique_id="city"),
    Columns(ds=["date"], y="rain"),
    Columns(ds="date", y="rain", missing=["3.5", "-", "e9"]),
]
PIECES = st.sampled_from(
    [b"", b",", b'"', b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b" ", b"-", b"e9"]
)


@st.composite
def damaged_files(draw):
    body = bytearray(GOOD)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(body)))
        width = draw(st.integers(0, 12))
        body[start : start + width] = draw(PIECES | st.binary(max_size=3))
    return bytes(body)


def read_or_tell(body: bytes, columns: Columns) -> RawObservations | str:
    try:
        return read_observations([RawFile("a.csv", body)], columns)
    except InputError as error:
        return str(error)


def hold_the_promise(body: bytes, columns: Columns) -> None:
    raw = read_or_tell(body, columns)
    if isinstance(raw, str):
        assert raw.startswith("a.csv")
        return
    assert len(raw.frame) > 0
    assert not raw.frame["ds"].isna().any()
    assert not np.isinf(raw.frame["y"]).any()
    assert (raw.frame["line"] <= body.count(b"\n") + body.count(b"\r") + 1).all()
    assert raw.frame["y"].isna().sum() == (raw.verdicts["verdict"] == "missing").sum()


@given(body=damaged_files(), columns=st.sampled_from(DECLARED))
def test_a_damaged_file_is_rows_or_an_input_error(body, columns):
    hold_the_promise(body, columns)


@given(body=st.binary(max_size=200), columns=st.sampled_from(DECLARED))
def test_random_bytes_are_rows_or_an_input_error(body, columns):
    hold_the_promise(body, columns)
    hold_the_promise(b"city,date,rain\n" + body, columns)


@given(rows=st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=5))
def test_random_cells_are_rows_or_an_input_error(rows):
    text = "".join(f"Oslo,{date},{rain}\n" for date, rain in rows)
    body = f"city,date,rain\n{text}".encode(errors="replace")
    hold_the_promise(body, DECLARED[1])
