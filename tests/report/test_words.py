import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.words import (
    capped,
    count,
    date,
    error,
    listed,
    newest,
    number,
    percent,
    probability,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (0.53831, "0.5383"),
        (1234.56, "1\u00a0235"),
        (-23.456, "\u221223.46"),
        (0.999976, "1.000"),
        (99.9996, "100.0"),
        (1e-9, "1.000e-09"),
        (2.5e12, "2.500e+12"),
        (math.nan, "\u2013"),
        (math.inf, "\u2013"),
        (None, "\u2013"),
        (pd.NA, "\u2013"),
    ],
)
def test_a_number_has_four_digits(value, written):
    assert number(value) == written


@given(st.floats(1e-3, 1e8))
def test_a_number_that_is_read_back_is_near_what_it_was(value):
    for write, digits in ((number, 4), (error, 3)):
        back = float(write(value).replace("\u00a0", ""))
        assert back == pytest.approx(value, rel=0.6 * 10 ** (1 - digits))


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.123, "12"), (0.0123, "1.2"), (0.0996, "10"), (-0.00001, "0"), (-3.5, "\u2212350")],
)
def test_a_share_is_in_percent(value, written):
    assert percent(value) == f"{written}\u00a0%"


def test_a_p_value_is_never_zero_and_never_rounded_over_the_border():
    assert probability(0.0) == "p < 0.001"
    assert probability(0.048) == "p = 0.048"
    assert probability(0.41) == "p = 0.41"
    assert probability(math.nan) == "\u2013"


def test_dates_counts_and_lists():
    assert date(np.datetime64("2001-02-03T04")) == "2001\u201102\u201103"
    assert count(1234567) == "1\u00a0234\u00a0567"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_a_long_table_says_what_it_leaves_out():
    rows = [(str(k), "x") for k in range(60)]
    first, last = capped(("k", "x"), rows), newest(("k", "x"), rows)
    assert (len(first.rows), first.rows[0][0], first.more) == (48, "0", "The first 48 of 60 rows.")
    assert (last.rows[0][0], last.rows[-1][0]) == ("59", "12")
    assert last.more == "The newest 48 of 60 rows."
    assert capped(("k", "x"), rows[:48]).more == ""
