"""Revisions by hand, against a second way to find them, and what must not change them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import board_tables
from pipeline.leaderboard.stability import measure_revisions
from tests.leaderboard.test_rank import MODELS, random_scores, scores_of


def revision(found, model, series=None):
    same = found["unique_id"].isna() if series is None else found["unique_id"] == series
    (row,) = found[same & (found["model"] == model)].to_dict("records")
    return row["n"], row["revision"]


def test_a_case_worked_by_hand():
    found = measure_revisions(
        scores_of(
            [
                ("a", 0, 1, "rnn", 9, 10, 7),
                ("a", 0, 2, "rnn", 9, 20, 7),
                ("a", 1, 1, "rnn", 9, 26, 2),  # day 2 again: 20 became 26
                ("a", 1, 2, "rnn", 9, 30, 2),
                ("a", 3, 1, "rnn", 9, 99, 2),  # day 4: no cutoff before forecast it
                ("b", 0, 2, "rnn", 9, 5, 1),
                ("b", 1, 1, "rnn", 9, 4, 1),
            ]
        )
    )
    assert found.columns.tolist() == board_tables.STABILITY.names
    assert revision(found, "rnn", "a") == (1, 3.0)
    assert revision(found, "rnn", "b") == (1, 1.0)
    assert revision(found, "rnn") == (2, 2.0)


@settings(max_examples=10)
@given(st.integers(0, 99))
def test_it_is_what_a_loop_over_all_pairs_finds(seed):
    scores = random_scores(seed, cutoffs=6, horizon=3)
    scores = scores[np.random.default_rng(seed).random(len(scores)) < 0.8]
    found = measure_revisions(scores)
    numbers = {c: k for k, c in enumerate(sorted(scores["cutoff"].unique()))}
    for series in "ab":
        for model in MODELS:
            rows = scores[(scores["unique_id"] == series) & (scores["model"] == model)]
            changes = [
                abs(late.y_hat - early.y_hat) / late.scale
                for late in rows.itertuples()
                for early in rows.itertuples()
                if late.ds == early.ds and numbers[late.cutoff] == numbers[early.cutoff] + 1
            ]
            n, mean = revision(found, model, series)
            assert n == len(changes)
            assert mean == pytest.approx(np.mean(changes))


def test_a_forecast_that_never_changes_is_the_steadiest():
    scores = random_scores(1, cutoffs=8, horizon=3)
    still = scores["model"] == "climatology"
    scores["y_hat"] = scores["y_hat"].where(~still, 4.0)
    found = measure_revisions(scores)
    assert revision(found, "climatology")[1] == 0
    assert found["model"].iloc[0] == "climatology"
    assert revision(found, "rnn")[1] > 0.1


def test_a_gap_between_cutoffs_is_bridged_for_no_series():
    scores = random_scores(1, cutoffs=5, horizon=3)
    days = sorted(scores["cutoff"].unique())
    gap = (scores["unique_id"] == "a") & (scores["cutoff"] == days[2])
    found = measure_revisions(scores[~gap])
    assert revision(found, "rnn", "a")[0] == 2 * 2
    assert revision(found, "rnn", "b")[0] == 4 * 2


@pytest.mark.parametrize("horizon", [1, 3])
def test_without_a_time_that_is_forecast_twice_there_is_no_row(horizon):
    scores = random_scores(1, cutoffs=1 if horizon == 3 else 6, horizon=horizon)
    found = measure_revisions(scores)
    assert found.empty
    assert measure_revisions(scores.iloc[:0]).empty
    assert found.columns.tolist() == board_tables.STABILITY.names


def test_points_without_a_scale_are_left_out():
    scores = random_scores(1, cutoffs=5)
    scores["scale"] = scores["scale"].where(scores["unique_id"] != "a")
    found = measure_revisions(scores)
    assert set(found["unique_id"].dropna()) == {"b"}
    assert revision(found, "rnn") == revision(found, "rnn", "b")


def test_the_order_of_the_scores_changes_no_byte():
    scores = random_scores(2, cutoffs=6, horizon=4)
    tables = [measure_revisions(s) for s in (scores, scores.sample(frac=1, random_state=4))]
    pd.testing.assert_frame_equal(*tables, check_exact=True)
