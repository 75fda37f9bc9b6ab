"""Intervals and probabilities on the leaderboard."""

import numpy as np
import pandas as pd
import pytest

from pipeline import board_tables, tables
from pipeline.errors import InputError
from pipeline.leaderboard.intervals import add_intervals
from pipeline.leaderboard.rank import rank_models
from pipeline.scores.calibration import EVENT_COUNTS, INTERVAL_COUNTS, INTERVAL_METRICS
from pipeline.scores.metrics import event, interval, point, quantile
from pipeline.scores.uncertainty import score_events, score_intervals
from tests.leaderboard.test_rank import MODELS, REFERENCES, at, random_scores

COUNTS = [*INTERVAL_COUNTS, *EVENT_COUNTS]
METRICS = INTERVAL_METRICS | event.METRICS
IN_UNITS = ["winkler_80", "winkler_95", "pinball", "crps"]
PURE = ["coverage_80", "coverage_95", "crps_over_scale", "brier"]


def intervals_of(scores, *, first=1):
    """Scored intervals of half width 1 and 2; those of 95 % from the cutoff number `first` on."""
    blocks = [
        scores.assign(level=level, lo=scores["y_hat"] - half, hi=scores["y_hat"] + half)
        for level, half in ((80.0, 1.0), (95.0, 2.0))
    ]
    early = scores["cutoff"] < sorted(scores["cutoff"].unique())[first]
    blocks[1].loc[early, ["lo", "hi"]] = np.nan
    rows = pd.concat(blocks, ignore_index=True).assign(n_errors=9)
    return score_intervals(rows[tables.INTERVALS.names], scores)


def events_of(scores):
    rows = scores.assign(above=0.0, probability=(scores["y_hat"] > 0) * 0.8 + 0.1, n_errors=9)
    return score_events(rows[tables.PROBABILITIES.names], scores)


def board_of(scores, **asked):
    return rank_models(scores, references=REFERENCES, **asked)


@pytest.fixture(scope="module")
def scores():
    return random_scores(8)


@pytest.fixture(scope="module")
def board(scores):
    return board_of(scores, intervals=intervals_of(scores), events=events_of(scores))


def test_a_row_has_the_numbers_of_its_own_points(scores, board):
    for step in (None, 1, 2):
        for series in "ab":
            row = at(board, "rnn", series=series, step=step)
            own = scores[(scores["unique_id"] == series) & (scores["model"] == "rnn")]
            own = own if step is None else own[own["step"] == step]
            late = own[own["cutoff"] > "2000-01-01"]
            assert (row["n_bounded_80"], row["n_bounded_95"]) == (len(own), len(late))
            assert row["n_probabilities"] == len(own) == row["n_scored"]
            size = own["error"].abs()
            assert row["coverage_80"] == (size <= 1).mean()
            assert row["coverage_95"] == (late["error"].abs() <= 2).mean()
            assert row["winkler_80"] == pytest.approx((2 + 10 * (size - 1).clip(lower=0)).mean())
            said = np.where(own["y_hat"] > 0, 0.9, 0.1)
            assert row["brier"] == pytest.approx(np.mean((said - (own["y"] > 0)) ** 2))


def test_over_several_series_pure_numbers_are_means_and_those_in_a_unit_are_unknown(board):
    for model in MODELS:
        for step in (None, 1, 2):
            mean = at(board, model, step=step)
            rows = [at(board, model, series=s, step=step) for s in "ab"]
            for name in PURE:
                np.testing.assert_allclose(mean[name], np.mean([row[name] for row in rows]))
            for name in COUNTS:
                assert mean[name] == sum(row[name] for row in rows)
            assert mean[IN_UNITS].isna().all()


def test_of_a_single_series_the_mean_is_that_series():
    scores = random_scores(3, series=("a",))
    board = board_of(scores, intervals=intervals_of(scores), events=events_of(scores))
    for step in (None, 1, 2):
        mean, own = at(board, "rnn", step=step), at(board, "rnn", series="a", step=step)
        names = [*COUNTS, *METRICS]
        assert mean[names].tolist() == own[names].tolist()
        assert mean[names].notna().all()


def test_a_series_without_intervals_leaves_the_mean_to_the_others_and_units_unknown(scores):
    intervals = intervals_of(scores)
    board = board_of(scores, intervals=intervals[intervals["unique_id"] == "a"])
    mean, a, b = (at(board, "rnn", series=s) for s in (None, "a", "b"))
    assert mean["coverage_80"] == a["coverage_80"]
    assert mean["n_bounded_80"] == a["n_bounded_80"] < mean["n_scored"]
    assert mean[IN_UNITS].isna().all()
    assert b[list(METRICS)].isna().all()
    assert (b[COUNTS] == 0).all()


def test_without_intervals_nothing_is_known_and_no_other_number_changes(scores, board):
    bare = board_of(scores)
    assert bare[list(METRICS)].isna().all(axis=None)
    assert (bare[COUNTS] == 0).all(axis=None)
    others = [name for name in board_tables.LEADERBOARD.names if name not in {*COUNTS, *METRICS}]
    pd.testing.assert_frame_equal(bare[others], board[others], check_exact=True)
    assert list(bare.columns) == list(board.columns) == board_tables.LEADERBOARD.names
    assert {str(board[name].dtype) for name in COUNTS} == {"int64"}


@pytest.mark.parametrize("seed", [0, 1])
def test_the_order_of_the_intervals_changes_no_byte(scores, board, seed):
    intervals, events = (
        f(scores).sample(frac=1, random_state=seed) for f in (intervals_of, events_of)
    )
    moved = board_of(scores, intervals=intervals, events=events)
    pd.testing.assert_frame_equal(moved, board, check_exact=True)


def test_intervals_of_other_cutoffs_than_the_scores_are_an_error(scores):
    few = scores[scores["cutoff"] < "2000-01-03"]
    with pytest.raises(InputError, match=r"has n_bounded_80 \d+ of \d+ scored points; rank scores"):
        board_of(few, intervals=intervals_of(scores))
    with pytest.raises(InputError, match=r"has n_probabilities \d+ of \d+ scored points"):
        board_of(few, events=events_of(scores))


def test_a_board_without_rows_gets_the_columns_too(scores):
    assert board_of(scores[:0]).empty
    rows = pd.DataFrame({name: [] for name in ("unique_id", "step", "model", "n_scored")})
    assert set(add_intervals(rows, intervals=None, events=None)) >= {*COUNTS, *METRICS}


@pytest.mark.parametrize("metrics", [point, interval, quantile, event], ids=lambda m: m.__name__)
def test_every_metric_is_a_column_with_its_unit_and_meaning(metrics):
    columns = {c.name: c for c in board_tables.LEADERBOARD.columns}
    for name, metric in metrics.METRICS.items():
        assert (columns[name].unit, columns[name].meaning) == (metric.unit, metric.meaning)
