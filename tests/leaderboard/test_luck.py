"""Intervals and tests: their size by simulation, a second implementation, and what moves no bit."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.tsa.stattools import diebold_mariano_test

from pipeline.leaderboard.luck import (
    LUCK,
    add_luck,
    cutoffs_in_a_horizon,
    draw_blocks,
)
from pipeline.leaderboard.rank import rank_models
from pipeline.mean_test import ewc_test
from tests.leaderboard.test_rank import REFERENCES, at, random_scores


def overlapping(random: np.random.Generator, *, n: int, horizon: int) -> np.ndarray:
    """Differences of absolute errors, each a moving average as horizons that overlap make them."""
    noise = random.normal(size=(2, n + horizon - 1))
    errors = [np.convolve(one, np.ones(horizon), mode="valid") for one in noise]
    return np.abs(errors[0]) - np.abs(errors[1])


@pytest.mark.parametrize(("n", "horizon"), [(50, 1), (50, 12), (120, 12), (72, 12), (300, 3)])
def test_the_size_is_what_it_says(n, horizon):
    random = np.random.default_rng(n * horizon)
    drawn = (overlapping(random, n=n, horizon=horizon) for _ in range(4000))
    p_values = [ewc_test(one, overlap=horizon) for one in drawn]
    assert 0.03 < np.mean(np.array(p_values) < 0.05) < 0.07


def test_the_usual_variance_would_not_keep_it():
    """Why it is not statsmodels' test where horizons overlap."""
    random = np.random.default_rng(3)
    found = []
    for _ in range(1500):
        d = overlapping(random, n=50, horizon=12)
        own = diebold_mariano_test(
            np.zeros(50), d, np.zeros(50), criterion=lambda _, e: e, harvey_adj=True, lags=11,
            horizon=12,
        )  # fmt: skip
        found.append(float(own.pvalue) < 0.05)
    assert np.mean(found) > 0.08, "or take theirs"


def test_the_power_grows():
    random = np.random.default_rng(5)
    rates = [
        np.mean([ewc_test(random.normal(shift, 1, size=60)) < 0.05 for _ in range(800)])
        for shift in (0.0, 0.25, 0.5)
    ]
    assert rates[0] < 0.08 < 0.3 < rates[1] < rates[2]
    assert rates[2] > 0.85


@settings(max_examples=50)
@given(st.lists(st.floats(-1e3, 1e3), min_size=8, max_size=80))
def test_against_the_formula_term_by_term(differences):
    d, n = np.array(differences), len(differences)
    B = math.floor(0.41 * n ** (2 / 3))
    terms = [
        sum(math.sqrt(2 / n) * x * math.cos(math.pi * j * (t + 0.5) / n) for t, x in enumerate(d))
        for j in range(1, B + 1)
    ]
    variance = sum(x * x for x in terms) / B
    found = ewc_test(d)
    if variance <= 1e-20 * np.mean(d**2):
        return
    wanted = 2 * stats.t.sf(abs(math.sqrt(n) * d.mean() / math.sqrt(variance)), B)
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("same", [0.0, 1.0, -3.5])
def test_differences_that_never_change_prove_nothing(same):
    assert math.isnan(ewc_test(np.full(40, same)))


@given(n=st.integers(2, 60), length=st.integers(1, 20))
def test_blocks_are_neighbours_and_as_many_as_there_are(n, length):
    drawn = draw_blocks(n, length=min(length, n), draws=7)
    assert (drawn.sum(axis=1) == n).all()
    assert np.array_equal(drawn, draw_blocks(n, length=min(length, n), draws=7))


def test_every_cutoff_is_as_probable_as_any():
    assert draw_blocks(10, length=5, draws=4000).mean(axis=0) == pytest.approx(1, abs=0.1)


def test_how_many_cutoffs_a_horizon_reaches():
    assert cutoffs_in_a_horizon(random_scores(0, cutoffs=6, horizon=1)) == 1
    assert cutoffs_in_a_horizon(random_scores(0, cutoffs=6, horizon=3)) == 3


def skilled(seed: int, *, cutoffs: int, better: float) -> pd.DataFrame:
    """Scores in which rnn has errors so much smaller than the others'."""
    scores = random_scores(seed, cutoffs=cutoffs, horizon=1)
    error = scores["error"].where(scores["model"] != "rnn", (1 - better) * scores["error"])
    return scores.assign(error=error, y_hat=scores["y"] + error)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    inside = []
    for seed in range(120):
        board = rank_models(skilled(seed, cutoffs=60, better=0.2), references=REFERENCES)
        row = at(board, "rnn")
        assert row["skill_lower"] <= row["skill"] <= row["skill_upper"]
        inside.append(row["skill_lower"] <= 0.2 <= row["skill_upper"])
    assert np.mean(inside) > 0.88


def test_a_plain_difference_is_no_luck_and_none_is():
    board = rank_models(skilled(1, cutoffs=80, better=0.7), references=REFERENCES)
    for series in (None, "a", "b"):
        row = at(board, "rnn", series=series)
        assert row["p_value"] < 0.01
        assert row["skill_lower"] > 0
    equal = rank_models(random_scores(1, cutoffs=80, horizon=1), references=REFERENCES)
    row = at(equal, "rnn", series="a")
    assert row["skill_lower"] < 0 < row["skill_upper"]


def test_the_reference_few_cutoffs_and_single_steps_have_none():
    board = rank_models(random_scores(2, cutoffs=40), references=REFERENCES)
    assert at(board, "climatology", series="a")[LUCK].isna().all()
    assert board.loc[board["step"].notna(), LUCK].isna().all(axis=None)
    assert at(board, "rnn", series="a")[LUCK].notna().all()
    few = rank_models(random_scores(2, cutoffs=7, horizon=2), references=REFERENCES)
    assert few[LUCK].isna().all(axis=None)


def test_a_series_without_a_scale_has_none_and_changes_no_other():
    scores = random_scores(3, cutoffs=30)
    plain = at(rank_models(scores, references=REFERENCES), "rnn", series="b")
    without = scores.assign(scale=scores["scale"].where(scores["unique_id"] != "a"))
    board = rank_models(without, references=REFERENCES)
    assert at(board, "rnn", series="a")[LUCK].isna().all()
    assert at(board, "rnn", series="b")[LUCK].equals(plain[LUCK])
    assert at(board, "rnn")[LUCK].astype(float).tolist() == pytest.approx(plain[LUCK].tolist())


def test_many_series_at_once_are_those_in_parts(monkeypatch):
    scores = random_scores(4, series=("a", "b"), cutoffs=25)
    whole = rank_models(scores, references=REFERENCES)
    monkeypatch.setattr("pipeline.leaderboard.luck._AT_ONCE", 1)
    parts = rank_models(scores, references=REFERENCES)
    pd.testing.assert_frame_equal(whole, parts, rtol=1e-12)


def test_by_hand_on_one_series():
    """Every draw worked out anew by ranking its cutoffs as if they were the only ones."""
    scores = random_scores(5, series=("a",), cutoffs=20, horizon=1)
    references = {"a": "climatology"}
    drawn = draw_blocks(20, length=3)
    sizes = (scores["error"].abs() / scores["scale"]).to_numpy()
    table = scores.assign(size=sizes).pivot_table(index="cutoff", columns="model", values="size")
    means = drawn @ table.to_numpy() / 20
    skill = 1 - means[:, list(table).index("rnn")] / means[:, list(table).index("climatology")]
    row = at(rank_models(scores, references=references), "rnn", series="a")
    wanted = np.percentile(skill, [2.5, 97.5])
    assert [row["skill_lower"], row["skill_upper"]] == pytest.approx(wanted.tolist())
    rows = pd.DataFrame({"unique_id": ["a"], "model": ["rnn"]})
    alone = add_luck(rows, scores, references=references)
    assert alone.loc[0, "p_value"] == row["p_value"]
