"""Bounds and probabilities against actuals: each beside its own, and nothing silent."""

import numpy as np
import pandas as pd
import pytest

from pipeline import tables
from pipeline.errors import InputError
from pipeline.scores.score import score_forecasts
from pipeline.scores.uncertainty import score_events, score_intervals
from tests.scores.test_score import TWO, forecasts_of

FOLDS = [("a", 20), ("a", 38), ("b", 12)]
"""Of the second one step alone is known."""


@pytest.fixture
def scores():
    return score_forecasts(forecasts_of(FOLDS), TWO, season_length=12)


@pytest.fixture
def intervals():
    """Around 10 x model, of width 2 and 4; no bounds of 95 % at the first fold."""
    frame = forecasts_of(FOLDS)
    blocks = []
    for level, half in ((80.0, 1.0), (95.0, 2.0)):
        lo, hi = frame["y_hat"] - half, frame["y_hat"] + half
        early = (level == 95) & (frame["unique_id"] == "a") & (frame["ds"] < "2002-12-01")
        blocks.append(
            frame.assign(level=level, lo=lo.mask(early), hi=hi.mask(early), n_errors=np.int32(9))
        )
    return pd.concat(blocks)[tables.INTERVALS.names]


@pytest.fixture
def events():
    frame = forecasts_of(FOLDS)
    probability = np.linspace(0, 1, len(frame))
    probability[0] = np.nan
    return frame.assign(above=0.5, probability=probability, n_errors=9)[tables.PROBABILITIES.names]


@pytest.mark.parametrize("seed", [0, 1])
def test_every_interval_meets_its_own_actual_forecast_and_scale(scores, intervals, seed):
    got = score_intervals(intervals.sample(frac=1, random_state=seed), scores)
    assert list(got.columns) == tables.SCORED_INTERVALS.names
    assert len(got) == 2 * len(scores)
    by_point = scores.set_index(["unique_id", "cutoff", "step", "model"])
    for row in got.to_dict("records"):
        point = by_point.loc[(row["unique_id"], row["cutoff"], row["step"], row["model"])]
        assert (row["y"], row["y_hat"], row["scale"]) == tuple(point[["y", "y_hat", "scale"]])
        assert np.isnan(row["lo"]) or row["lo"] < row["y_hat"] < row["hi"]


def test_a_step_that_is_not_known_yet_has_no_row_and_one_without_bounds_has(scores, intervals):
    got = score_intervals(intervals, scores)
    second = got[(got["unique_id"] == "a") & (got["cutoff"] > "2002-06-01")]
    assert second["step"].tolist() == [1] * 4
    first = got[(got["unique_id"] == "a") & (got["cutoff"] < "2002-06-01")]
    assert first["lo"].isna().sum() == first["hi"].isna().sum() == 4
    assert first["y"].notna().all()


def test_every_probability_meets_its_own_actual(scores, events):
    got = score_events(events.sample(frac=1, random_state=3), scores)
    assert list(got.columns) == tables.SCORED_EVENTS.names
    point = ["unique_id", "cutoff", "step", "model"]
    wanted = scores.set_index(point)["y"].loc[pd.MultiIndex.from_frame(got[point])]
    assert got["y"].tolist() == wanted.tolist()
    assert len(got) == len(scores)
    assert got["probability"].isna().sum() == 1


def test_no_intervals_are_no_rows(scores, intervals, events):
    assert score_intervals(intervals[:0], scores).empty
    assert score_intervals(intervals, scores[:0]).empty
    assert score_events(events, scores[:0]).empty


@pytest.mark.parametrize(
    ("lo", "hi", "said"),
    [
        (3, 1, "has the bounds 3 and 1 at 80 %; both are numbers and in this order"),
        (np.nan, 1, "has the bounds nan and 1 at 80 %"),
        (1, np.nan, "has the bounds 1 and nan at 80 %"),
        (-np.inf, np.inf, "has the bounds -inf and inf at 80 %"),
    ],
)
def test_bounds_that_are_none_are_an_error(scores, intervals, lo, hi, said):
    intervals = intervals.reset_index(drop=True)
    intervals.loc[2, ["lo", "hi"]] = lo, hi
    with pytest.raises(
        InputError, match=f"series a, cutoff 2001-09-01 00:00:00, step 1: rnn {said}"
    ):
        score_intervals(intervals, scores)


def test_another_level_is_an_error(scores, intervals):
    with pytest.raises(InputError, match=r"intervals of 90 % cannot be scored; .* of 80 and 95 %"):
        score_intervals(intervals.assign(level=90.0), scores)


def test_an_interval_given_twice_is_an_error(scores, intervals, events):
    with pytest.raises(InputError, match="step 1: naive has level 80 more than once"):
        score_intervals(pd.concat([intervals, intervals[:1]]), scores)
    with pytest.raises(InputError, match=r"step 1: naive has above 0\.5 more than once"):
        score_events(pd.concat([events, events[:1]]), scores)


def test_bounds_without_a_forecast_at_a_point_that_was_scored_are_an_error(scores, intervals):
    renamed = intervals.assign(model=intervals["model"].replace("rnn", "gru"))
    with pytest.raises(InputError, match="step 1: gru has level 80 but no forecast among"):
        score_intervals(renamed, scores)


@pytest.mark.parametrize("value", [-0.1, 1.01, np.inf])
def test_a_probability_that_is_none_is_an_error(scores, events, value):
    events.loc[1, "probability"] = value
    with pytest.raises(InputError, match=r"step 2: naive has the probability .*between 0 and 1"):
        score_events(events, scores)
