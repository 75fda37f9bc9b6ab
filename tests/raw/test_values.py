"""Cells to numbers: the grammar, and the words for everything outside it."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.raw.read import RawFile, read_observations
from pipeline.raw.settings import Columns


def read_cell(cell: str) -> float:
    quoted = '"' + cell.replace('"', '""') + '"'
    file = RawFile("a.csv", f"date,rain\n2001-01-01,{quoted}\n".encode())
    return float(read_observations([file], Columns(ds="date", y="rain")).frame["y"].iloc[0])


REFUSED = {
    "1,234": '(decimal mark is ".", no thousands separators); write it so',
    "1.234,5": '(decimal mark is ".", no thousands separators); write it so',
    "1 234": "(no thousands separators); write it without them",
    "1_234": "(no thousands separators); write it without them",
    "NA": '(a missing value is an empty cell); empty the cell, or declare columns.missing: ["NA"]',
    "NaN": "(a missing value is an empty cell); empty the cell, or declare columns.missing: "
    '["NaN"]',
    "-": '(a missing value is an empty cell); empty the cell, or declare columns.missing: ["-"]',
    "null": "(a missing value is an empty cell); empty the cell, or declare columns.missing: "
    '["null"]',
    "inf": "(it must be finite); correct or empty the cell",
    "-Infinity": "(it must be finite); correct or empty the cell",
    "1e309": "(too large for float64); correct the cell",
    "1e-400": "(too small for float64); correct the cell",
    "0.123456789012345678": "(more than the 17 digits that float64 keeps); round it",
    "123456789012345678": "(more than the 17 digits that float64 keeps); round it",
    "0x1A": '(sign, digits, "." as decimal mark, exponent); correct the cell',
    "1e": '(sign, digits, "." as decimal mark, exponent); correct the cell',
    "++1": '(sign, digits, "." as decimal mark, exponent); correct the cell',
    "trace": '(sign, digits, "." as decimal mark, exponent); correct the cell',
    "\u0661": '(sign, digits, "." as decimal mark, exponent); correct the cell',
}


@pytest.mark.parametrize(("cell", "reason"), REFUSED.items())
def test_what_is_no_number_is_refused_in_these_words(cell, reason):
    with pytest.raises(InputError) as caught:
        read_cell(cell)
    assert str(caught.value) == f'a.csv line 2, column rain: "{cell}" is not a number {reason}'


ACCEPTED = {
    "+1.5": 1.5,
    "-0": -0.0,
    ".5": 0.5,
    "5.": 5.0,
    "1E+3": 1000.0,
    "007": 7.0,
    "0.30000000000000004": 0.30000000000000004,
    "100000000000000000000": 1e20,
    "0.00000000000000000001": 1e-20,
    "0e999": 0.0,
    "4.9e-324": 5e-324,
}


@pytest.mark.parametrize(("cell", "number"), ACCEPTED.items())
def test_every_way_to_write_a_number_is_read(cell, number):
    assert np.float64(read_cell(cell)).tobytes() == np.float64(number).tobytes()


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_comes_back_to_the_bit(number):
    assert np.float64(read_cell(repr(number))).tobytes() == np.float64(number).tobytes()


@given(cell=st.text(st.sampled_from("0123456789.+-eE"), min_size=1, max_size=25))
@example("1234567890123456.75")
def test_a_cell_is_read_as_float_reads_it_or_refused(cell):
    try:
        ours = read_cell(cell)
    except InputError:
        return
    assert ours == float(cell)
    assert math.isfinite(ours)
