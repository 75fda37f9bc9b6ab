"""The value of fitting more often: by hand, and where age is known to cost."""

import numpy as np
import pandas as pd
import pytest

from pipeline import board_tables
from pipeline.leaderboard.rank import rank_models
from pipeline.leaderboard.refit import measure_refits
from tests.leaderboard.test_rank import REFERENCES, at, random_scores, scores_of


def ages_of(scores, refit):
    """The age of every model's fit where it is fitted at every so many cutoffs; 0: at the first."""
    folds = scores[["unique_id", "cutoff", "model"]].drop_duplicates()
    number = folds["cutoff"].rank(method="dense").astype(int) - 1
    return folds.assign(age=number % refit if refit else number)


def test_a_case_worked_by_hand():
    rows = []
    for c, (error, reference) in enumerate([(1, 2), (3, 2), (6, 3), (2, 4)]):
        rows += [("a", c, 1, "rnn", 0, error, 1), ("a", c, 1, "naive", 0, -reference, 1)]
    scores = scores_of(rows)
    found = measure_refits(scores, ages_of(scores, 2), references={"a": "naive"}, refits={"rnn": 2})
    assert found.columns.tolist() == board_tables.REFIT_VALUE.names
    assert found.to_dict("records") == [
        {"model": "rnn", "refit": 1, "n": 2, "mase": 3.5, "skill": 1 - 7 / 5},
        {"model": "rnn", "refit": 2, "n": 4, "mase": 3.0, "skill": 1 - 12 / 11},
    ]


@pytest.mark.parametrize(
    ("refit", "compared"), [(1, [1]), (4, [1, 3, 4]), (12, [1, 3, 6, 12]), (0, [1, 3, 6, 12, 0])]
)
def test_nothing_is_told_of_fitting_more_rarely_than_declared(refit, compared):
    scores = random_scores(1, cutoffs=30)
    found = measure_refits(
        scores, ages_of(scores, refit), references=REFERENCES, refits={"rnn": refit}
    )
    assert found["refit"].tolist() == compared
    assert found["n"].is_monotonic_increasing
    declared = found.iloc[-1]
    assert declared["n"] == 2 * 30 * 2, "all points"


def test_as_declared_it_is_the_leaderboard():
    scores = random_scores(2, cutoffs=24)
    refits = {"rnn": 6, "naive": 1}
    ages = pd.concat([ages_of(scores[scores["model"] == m], k) for m, k in refits.items()])
    found = measure_refits(scores, ages, references=REFERENCES, refits=refits)
    board = rank_models(scores, references=REFERENCES)
    for model, refit in refits.items():
        own = found[(found["model"] == model) & (found["refit"] == refit)].iloc[0]
        whole = at(board, model)
        for number in ("mase", "skill"):
            np.testing.assert_allclose(own[number], whole[number], rtol=1e-12)


def test_where_age_costs_the_curve_falls_also_through_hard_times():
    scores = random_scores(3, cutoffs=240, horizon=1)
    ages = ages_of(scores, 12)
    age = scores.merge(ages, on=["unique_id", "cutoff", "model"])["age"]
    hard = 1 + (scores["cutoff"].dt.month % 3)  # for all models alike
    error = np.where(scores["model"] == "rnn", 0.5 + 0.1 * age, 1.0) * hard
    found = measure_refits(
        scores.assign(error=error), ages, references=REFERENCES, refits={"rnn": 12}
    )
    assert found["skill"].is_monotonic_decreasing
    assert found["skill"].tolist() == pytest.approx([0.5, 0.4, 0.25, -0.05], abs=0.06)


def test_without_points_or_scales_there_is_nothing_or_no_number():
    scores = random_scores(1)
    ages = ages_of(scores, 4)
    nothing = measure_refits(scores, ages.iloc[:0], references=REFERENCES, refits={})
    assert nothing.empty
    assert nothing.columns.tolist() == board_tables.REFIT_VALUE.names
    flat = measure_refits(
        scores.assign(scale=np.nan), ages, references=REFERENCES, refits={"rnn": 4}
    )
    assert flat["n"].tolist() == [0, 0, 0]
    assert flat[["mase", "skill"]].isna().all(axis=None)
