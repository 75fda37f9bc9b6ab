"""Windows: how many, which rows they hold, and that later rows change none of their bytes."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.clean.clean import clean_observations
from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.raw.read import RawFile, read_observations
from pipeline.raw.settings import Columns
from pipeline.windows.cut import cut_windows, window_tensors

ROOT = Path(__file__).parents[2]
SIZES = {"input_size": 4, "horizon": 2, "season_length": 3}
VALUES = st.floats(-1e6, 1e6) | st.just(np.nan)
TABLES = st.integers(1, 40).flatmap(lambda n: arrays.arrays(np.float64, (n, 2), elements=VALUES))


def series_of(values: np.ndarray) -> Series:
    return Series("a", "MS", 7, ("y", "wind"), values)


def counted(rows: int) -> Series:
    return Series("a", "D", 0, ("y",), np.arange(rows, dtype=np.float64)[:, None])


def bytes_of(parts) -> list[bytes]:
    return [part.tobytes() for part in parts]


def test_202_rows_make_191_windows_and_the_last_one_is_not_dropped():
    index = cut_windows(counted(252), 201, input_size=11, horizon=1, season_length=12)
    assert len(index.starts) == 191
    tensors = window_tensors(counted(252), index, input_size=11, horizon=1, season_length=12)
    assert tensors.targets[[0, -1], 0].tolist() == [11.0, 201.0]
    assert tensors.inputs[-1, :, 0].tolist() == list(range(190, 201))
    assert index.context[:, 0].tolist() == list(range(191, 202))


def test_the_first_test_month_of_mumbai_is_forecast_from_training_rows():
    path = next(
        (
            ROOT / place
            for place in ("data/mumbai/Rainfall_data.csv", "../shared/data/Rainfall_data.csv")
            if (ROOT / place).exists()
        ),
        None,
    )
    if path is None:
        pytest.skip("data/mumbai/Rainfall_data.csv is not shipped; see data/README.md")
    columns = Columns(ds=["Year", "Month", "Day"], y="Precipitation")
    raw = read_observations([RawFile("Rainfall_data.csv", path.read_bytes())], columns)
    observations = clean_observations(raw, freq="MS", columns=columns).observations
    series = observations.series["Rainfall_data"]
    index = cut_windows(series, 201, input_size=11, horizon=1, season_length=12)
    assert len(index.starts) == 191
    assert str(series.ds[201].astype("M8[D]")) == "2016-10-01"
    assert index.context[:, 0].tolist() == series.y[191:202].tolist()


def cut_or_tell(series: Series, row: int) -> list[bytes] | str:
    """Every byte of the windows and of their tensors, or the message where none fits."""
    try:
        index = cut_windows(series, row, **SIZES)
    except InputError as error:
        return str(error)
    return bytes_of(index) + bytes_of(window_tensors(series, index, **SIZES))


@given(values=TABLES, other=TABLES, row=st.integers(0, 39))
def test_rows_after_the_cutoff_change_no_byte(values, other, row):
    row = min(row, len(values) - 1)
    series = series_of(values)
    changed = series_of(np.concatenate([values[: row + 1], other]))
    ours = cut_or_tell(series, row)
    for again in (changed, series.until(row)):
        assert cut_or_tell(again, row) == ours


def starts_by_hand(values: np.ndarray, row: int) -> list[int]:
    """The rule once more, window by window."""
    seen = ~np.isnan(values)
    return [
        start
        for start in range(row + 1)
        if start + 6 <= row + 1
        and seen[: start + 1].any(axis=0).all()
        and seen[start + 4 : start + 6, 0].any()
    ]


@given(values=TABLES, row=st.integers(0, 39))
def test_windows_are_those_of_a_plain_loop(values, row):
    row = min(row, len(values) - 1)
    starts = starts_by_hand(values, row)
    if not starts:
        with pytest.raises(InputError, match="no window fits"):
            cut_windows(series_of(values), row, **SIZES)
        return
    index = cut_windows(series_of(values), row, **SIZES)
    tensors = window_tensors(series_of(values), index, **SIZES)
    assert index.starts.tolist() == starts
    for n, start in enumerate(starts):
        np.testing.assert_array_equal(tensors.targets[n], values[start + 4 : start + 6, 0])
        seen = ~np.isnan(values[start : start + 4])
        np.testing.assert_array_equal(tensors.inputs_observed[n], seen)
        np.testing.assert_array_equal(tensors.inputs[n][seen], values[start : start + 4][seen])
    np.testing.assert_array_equal(index.observed, ~np.isnan(tensors.targets))


@given(values=TABLES, row=st.integers(0, 39))
def test_inputs_and_context_have_no_gap_left(values, row):
    row = min(row, len(values) - 1)
    assume(starts_by_hand(values, row))
    index = cut_windows(series_of(values), row, **SIZES)
    tensors = window_tensors(series_of(values), index, **SIZES)
    assert np.isfinite(tensors.inputs).all()
    assert np.isfinite(index.context).all()
    seen = ~np.isnan(values[row - 3 : row + 1])
    np.testing.assert_array_equal(index.context_observed, seen)
    np.testing.assert_array_equal(index.context[seen], values[row - 3 : row + 1][seen])


@given(values=TABLES, beyond=st.integers(1, 5))
def test_absent_rows_behind_the_last_are_the_same_as_empty_cells(values, beyond):
    assume(starts_by_hand(values, len(values) - 1))
    row = len(values) - 1 + beyond
    emptied = series_of(np.concatenate([values, np.full((beyond, 2), np.nan)]))
    ours, theirs = (cut_windows(s, row, **SIZES) for s in (series_of(values), emptied))
    assert bytes_of(ours) == bytes_of(theirs)
    gathered = (window_tensors(s, ours, **SIZES) for s in (series_of(values), emptied))
    assert bytes_of(next(gathered)) == bytes_of(next(gathered))


FAULTS = {
    "too few rows": (
        np.ones((5, 2)),
        'series "a": no window fits up to 1970-12-01: 5 rows from the first with every column '
        "observed, a window needs 6 and an observed target; take a later cutoff or a smaller "
        "input_size",
    ),
    "a column that begins late": (
        np.array([[1.0, np.nan]] * 8 + [[1.0, 1.0]] * 3),
        'series "a": no window fits up to 1971-06-01: 3 rows from the first with every column '
        "observed, a window needs 6 and an observed target; take a later cutoff or a smaller "
        "input_size",
    ),
    "no observed target": (
        np.array([[1.0, 1.0]] * 4 + [[np.nan, 1.0]] * 2),
        'series "a": no window fits up to 1971-01-01: 6 rows from the first with every column '
        "observed, a window needs 6 and an observed target; take a later cutoff or a smaller "
        "input_size",
    ),
}


@pytest.mark.parametrize(("values", "message"), FAULTS.values(), ids=FAULTS)
def test_a_cutoff_without_a_window_is_told_in_exactly_these_words(values, message):
    with pytest.raises(InputError) as caught:
        cut_windows(series_of(values), len(values) - 1, **SIZES)
    assert str(caught.value) == message
