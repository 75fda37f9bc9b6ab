import numpy as np
import pandas as pd

from pipeline.plots.panel import broken, thinned


def line(dates, values, name="a"):
    return pd.DataFrame({"line": name, "ds": pd.to_datetime(dates), "value": values})


def test_a_jump_over_time_breaks_the_line_once_and_months_of_unequal_length_do_not():
    months = pd.date_range("2000-01-01", periods=24, freq="MS")
    assert broken(line(months, range(24)))["value"].notna().all()
    gap = broken(line(months.delete([5, 6, 7]), range(21)))
    assert np.flatnonzero(gap["value"].isna()).tolist() == [5]
    assert gap["ds"].is_monotonic_increasing


def test_one_row_and_two_rows_are_left_alone():
    for rows in (0, 1, 2):
        lines = line(pd.date_range("2000-01-01", periods=rows), range(rows))
        assert broken(lines).equals(lines)


def test_a_value_between_two_gaps_is_alone_and_drawn_as_a_point():
    values = [1.0, 2.0, np.nan, 3.0, np.nan, 4.0]
    found = thinned(line(pd.date_range("2000-01-01", periods=6), values))
    assert found["alone"].tolist() == [False, False, False, True, False, True]


def test_every_line_is_thinned_by_itself():
    days = pd.date_range("2000-01-01", periods=5_000)
    random = np.random.default_rng(0)
    lines = pd.concat([line(days, random.normal(size=5_000), name) for name in "ab"])
    found = thinned(lines, points=100)
    for name, rows in found.groupby("line"):
        whole = lines[lines["line"] == name]["value"]
        assert len(rows) <= 100
        assert (rows["value"].min(), rows["value"].max()) == (whole.min(), whole.max())
