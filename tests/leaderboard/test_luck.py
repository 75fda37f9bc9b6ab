"""Intervals and tests: their size by simulation, a second implementation, and what moves no bit."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.tsa.stattools import diebold_mariano_test

from pipeline.leaderboard.luck import FEWEST_PER_OVERLAP, LUCK
from pipeline.leaderboard.rank import rank_models
from pipeline.leaderboard.scaled_errors import cutoffs_in_a_horizon
from pipeline.mean_test import ewc_test, hln_test, ratio_bounds
from tests.leaderboard.test_rank import MODELS, REFERENCES, at, random_scores


def errors_of(random: np.random.Generator, *, n: int, horizon: int) -> np.ndarray:
    """Absolute errors as horizons that overlap make them: of moving averages of noise."""
    noise = random.normal(size=n + horizon - 1)
    return np.abs(np.convolve(noise, np.ones(horizon), mode="valid"))


def overlapping(random: np.random.Generator, *, n: int, horizon: int) -> np.ndarray:
    """Differences of absolute errors of two models that are equally good."""
    ours, theirs = (errors_of(random, n=n, horizon=horizon) for _ in range(2))
    return ours - theirs


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


def test_how_many_cutoffs_a_horizon_reaches():
    assert cutoffs_in_a_horizon(random_scores(0, cutoffs=6, horizon=1)) == 1
    assert cutoffs_in_a_horizon(random_scores(0, cutoffs=6, horizon=3)) == 3


def skilled(seed: int, *, cutoffs: int, better: float) -> pd.DataFrame:
    """Scores in which rnn has errors so much smaller than the others'."""
    scores = random_scores(seed, cutoffs=cutoffs, horizon=1)
    error = scores["error"].where(scores["model"] != "rnn", (1 - better) * scores["error"])
    return scores.assign(error=error, y_hat=scores["y"] + error)


@pytest.mark.parametrize(("n", "horizon"), [(60, 1), (36, 3), (48, 12), (72, 12)])
def test_the_interval_holds_the_truth_as_often_as_it_says(n, horizon):
    random = np.random.default_rng(n + horizon)
    inside, agree = [], []
    for _ in range(1500):
        ours, theirs = (errors_of(random, n=n, horizon=horizon) for _ in range(2))
        lower, upper = ratio_bounds(0.8 * ours, theirs, overlap=horizon)
        inside.append(lower <= 0.8 <= upper or math.isnan(lower))
        lower, upper = ratio_bounds(ours, theirs, overlap=horizon)
        p_value = ewc_test(ours - theirs, overlap=horizon)
        agree.append(math.isnan(lower) or (lower <= 1 <= upper) == (p_value >= 0.05))
    assert 0.92 < np.mean(inside) < 0.985
    assert all(agree)


def test_bounds_are_where_the_test_begins_to_refuse():
    random = np.random.default_rng(9)
    ours, theirs = (errors_of(random, n=60, horizon=3) for _ in range(2))
    for bound in ratio_bounds(ours, theirs, overlap=3):
        assert ewc_test(ours - bound * theirs, overlap=3) == pytest.approx(0.05, rel=1e-6)


def test_errors_that_bound_nothing_have_no_bounds():
    below = np.array([1e-9, 1e-9, 5.0, 1e-9, 1e-9, 1e-9, 1e-9, 1e-9])
    assert np.isnan(ratio_bounds(np.ones(8), below - 0.6)).all()


def test_a_plain_difference_is_no_luck_and_none_is():
    board = rank_models(skilled(1, cutoffs=80, better=0.7), references=REFERENCES)
    for series in (None, "a", "b"):
        row = at(board, "rnn", series=series)
        assert row["p_value"] < 0.01
        assert row["skill_lower"] > 0
    equal = rank_models(random_scores(1, cutoffs=80, horizon=1), references=REFERENCES)
    row = at(equal, "rnn", series="a")
    assert row["skill_lower"] < 0 < row["skill_upper"]


def test_the_reference_and_few_cutoffs_have_none():
    board = rank_models(random_scores(2, cutoffs=40), references=REFERENCES)
    assert at(board, "climatology", series="a")[LUCK].isna().all()
    for step in (None, 1, 2):
        assert at(board, "rnn", series="a", step=step)[LUCK].notna().all()
    few = rank_models(random_scores(2, cutoffs=7, horizon=2), references=REFERENCES)
    assert few.loc[few["step"].fillna(2) == 2, LUCK].isna().all(axis=None)
    assert at(few, "rnn", series="a", step=1)["p_value"] > 0


def test_a_series_without_a_scale_has_none_and_changes_no_other():
    scores = random_scores(3, cutoffs=30)
    plain = at(rank_models(scores, references=REFERENCES), "rnn", series="b")
    without = scores.assign(scale=scores["scale"].where(scores["unique_id"] != "a"))
    board = rank_models(without, references=REFERENCES)
    assert at(board, "rnn", series="a")[LUCK].isna().all()
    assert at(board, "rnn", series="b")[LUCK].equals(plain[LUCK])
    assert at(board, "rnn")[LUCK].astype(float).tolist() == pytest.approx(plain[LUCK].tolist())


def test_a_series_of_few_cutoffs_has_none_and_counts_in_the_mean():
    scores = random_scores(4, cutoffs=40, horizon=1)
    late = scores["cutoff"] >= sorted(scores["cutoff"].unique())[-3]
    board = rank_models(scores[(scores["unique_id"] != "a") | late], references=REFERENCES)
    assert at(board, "rnn", series="a")[LUCK].isna().all()
    assert at(board, "rnn", series="b")[LUCK].notna().all()
    assert at(board, "rnn")[LUCK].tolist() != at(board, "rnn", series="b")[LUCK].tolist()


def test_the_mean_of_one_series_is_that_series():
    scores = random_scores(6, series=("a",), cutoffs=30)
    scores = scores.iloc[: -len(MODELS)]  # the newest cutoff is not complete yet
    board = rank_models(scores, references={"a": "climatology"})
    for step in (None, 1, 2):
        mean, own = at(board, "rnn", step=step), at(board, "rnn", series="a", step=step)
        assert mean[LUCK].astype(float).tolist() == pytest.approx(own[LUCK].astype(float).tolist())


def test_the_interval_lies_around_skill():
    board = rank_models(random_scores(7, cutoffs=60), references=REFERENCES)
    told = board[board["skill_lower"].notna()]
    assert len(told) > 20
    assert (told["skill_lower"] <= told["skill"]).all()
    assert (told["skill"] <= told["skill_upper"]).all()
    outside = (told["skill_lower"] > 0) | (told["skill_upper"] < 0)
    assert (outside == (told["p_value"] < 0.05)).all()


@pytest.mark.parametrize("overlap", [1, 2, 3, 6, 12])
def test_so_many_cutoffs_are_enough_to_keep_the_size(overlap):
    """Why a test is made from four cutoffs per overlapping one on, and not from eight."""
    random, n = np.random.default_rng(overlap), FEWEST_PER_OVERLAP * overlap
    drawn = np.array([overlapping(random, n=n, horizon=overlap) for _ in range(6000)])
    assert 0.04 < np.mean(ewc_test(drawn, overlap=overlap) < 0.05) < 0.07


@settings(max_examples=30)
@given(st.lists(st.floats(-1e3, 1e3), min_size=14, max_size=60), st.integers(1, 13))
def test_the_usual_test_is_that_of_statsmodels(differences, overlap):
    d, n = np.array(differences), len(differences)
    if np.ptp(d) < 1e-6:
        return
    found = hln_test(np.array([d, 2 * d]), overlap=overlap)
    with np.errstate(divide="ignore", invalid="ignore"):
        theirs = diebold_mariano_test(
            np.zeros(n), d, np.zeros(n), criterion=lambda _, e: e, harvey_adj=True,
            lags=overlap - 1, horizon=overlap,
        )  # fmt: skip
    assert found == pytest.approx(np.full(2, theirs.pvalue), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("overlap", [1, 5])
def test_the_usual_test_says_nothing_of_differences_that_never_change(overlap):
    assert math.isnan(hln_test(np.full(40, 1.0), overlap=overlap))


def test_both_tests_stand_side_by_side():
    scores = random_scores(8, cutoffs=40, horizon=3)
    board = rank_models(scores, references=REFERENCES)
    own = scores[scores["unique_id"] == "a"].assign(size=lambda s: s["error"].abs() / s["scale"])
    wide = own.pivot_table(index="cutoff", columns="model", values="size", aggfunc="sum")
    d = (wide["rnn"] - wide["climatology"]).to_numpy()
    row = at(board, "rnn", series="a")
    assert row["p_value_hln"] == pytest.approx(float(hln_test(d, overlap=3)), rel=1e-9)
    assert row["p_value"] == pytest.approx(float(ewc_test(d, overlap=3)), rel=1e-9)
    assert row["p_value"] != row["p_value_hln"]


def test_why_nothing_is_said_of_luck():
    board = rank_models(random_scores(2, cutoffs=7, horizon=2), references=REFERENCES)
    assert at(board, "rnn", series="a")["luck"] == "not testable: 7 cutoffs, 8 needed"
    assert at(board, "rnn", step=2)["luck"] == "not testable: 7 cutoffs, 8 needed"
    assert at(board, "rnn", series="a", step=1)["luck"] == ""
    assert at(board, "climatology", series="a")["luck"] == "", "it needs no test"
    assert (board["luck"] == "").sum() > 10
    untold = board[board["p_value"].isna() & (board["luck"] == "")]
    assert (untold["model"] == untold["unique_id"].map(REFERENCES)).all()


def test_a_series_without_a_scale_and_a_reference_without_error_say_so():
    scores = random_scores(3, cutoffs=30)
    perfect = (scores["unique_id"] == "b") & (scores["model"] == REFERENCES["b"])
    scores = scores.assign(
        scale=scores["scale"].where(scores["unique_id"] != "a"),
        error=scores["error"].where(~perfect, 0.0),
        y_hat=scores["y_hat"].where(~perfect, scores["y"]),
    )
    board = rank_models(scores, references=REFERENCES)
    assert at(board, "rnn", series="a")["luck"] == "not testable: no scale"
    assert at(board, "rnn", series="b")["luck"] == "not testable: the reference makes no error"
