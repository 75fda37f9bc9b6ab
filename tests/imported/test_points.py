"""What a frame lacks is told whole: how many of how many points, and the first ten."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calendar import dates_of
from pipeline.errors import InputError
from pipeline.imported.frame import Frame
from pipeline.imported.points import check_points, check_series

FOLDS = [(name, cutoff) for name in "abc" for cutoff in (400, 401, 405)]
HORIZON = 3
EVERY = [(name, cutoff, cutoff + ahead) for name, cutoff in FOLDS for ahead in (1, 2, 3)]


def frame_of(points) -> Frame:
    rows = pd.DataFrame(sorted(points), columns=["id", "cutoff", "step"])
    columns = (rows[c].to_numpy(dtype=np.int64) for c in ("cutoff", "step"))
    ids = rows["id"].to_numpy(dtype=object)
    return Frame(("f.csv",), ids, *columns, np.arange(len(rows), dtype=np.float64))


@given(there=st.sets(st.sampled_from(EVERY)), more=st.booleans())
def test_exactly_the_points_that_are_not_there_are_told(there, more):
    others = {("a", 380, 381), ("a", 400, 404)} if more else set()
    frame = frame_of(there | others)
    missing = [point for point in EVERY if point not in there]
    if not missing:
        check_points(frame, FOLDS, horizon=HORIZON, freq="MS")
        return
    with pytest.raises(InputError) as told:
        check_points(frame, FOLDS, horizon=HORIZON, freq="MS")
    assert f"f.csv: {len(missing)} of 27 points are not there" in str(told.value)
    named = re.findall(r"(\w), (\d{4}-\d\d)-01 \(cutoff (\d{4}-\d\d)-01\)", str(told.value))
    days = {step: str(dates_of(step, "MS"))[:7] for step in range(380, 410)}
    assert named == [(name, days[step], days[cutoff]) for name, cutoff, step in missing[:10]]


def test_the_cutoffs_that_are_there_are_told_too():
    with pytest.raises(InputError, match=r"1, 2003-05-01; a cutoff is the last time"):
        check_points(frame_of([("a", 400, 401)]), FOLDS, horizon=1, freq="MS")
    with pytest.raises(InputError, match=r"9 of 9 .*cutoffs that are there \(none\)"):
        check_points(frame_of([]), FOLDS, horizon=1, freq="MS")


def test_series_that_the_data_set_has_not_are_told():
    frame = frame_of([(name, 400, 401) for name in "abcdefghijklmn"])
    with pytest.raises(
        InputError, match=r"of 14 series 12 are none .*: c, d, .*, l, \.\.\.; it has a"
    ):
        check_series(frame, {"a", "b"})
    check_series(frame, set("abcdefghijklmnopq"))
