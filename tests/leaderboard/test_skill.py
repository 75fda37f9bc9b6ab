"""Skill of each cutoff by itself is what a leaderboard of that cutoff alone says."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.leaderboard.rank import rank_models
from pipeline.leaderboard.skill import skill_by_cutoff
from tests.leaderboard.test_rank import REFERENCES, at, random_scores, scores_of


@settings(max_examples=4)
@given(
    seed=st.integers(0, 10**6),
    without_scale=st.sampled_from([None, "a", "b"]),
    series=st.sampled_from([("a", "b"), ("b",)]),
)
def test_each_cutoff_has_the_numbers_of_its_own_leaderboard(seed, without_scale, series):
    scores = random_scores(seed, series=series)
    scores.loc[scores["unique_id"] == without_scale, "scale"] = np.nan
    found = skill_by_cutoff(scores, references=REFERENCES)
    assert len(found) == scores.groupby(["cutoff", "model"]).ngroups
    boards = {
        cutoff: rank_models(of_cutoff, references=REFERENCES)
        for cutoff, of_cutoff in scores.groupby("cutoff")
    }
    for row in found.itertuples():
        whole = at(boards[row.cutoff], row.model)
        for number in ("mae", "mase", "skill"):
            np.testing.assert_allclose(getattr(row, number), whole[number], rtol=1e-12)


def test_a_reference_without_error_has_no_skill_to_compare_with():
    rows = [("a", 0, 1, "climatology", 1, 1, 1), ("a", 0, 1, "rnn", 1, 3, 1)]
    found = skill_by_cutoff(scores_of(rows), references={"a": "climatology"})
    assert list(found["mae"]) == [0, 2]
    assert found["skill"].isna().all()


def test_nothing_scored_is_no_row():
    found = skill_by_cutoff(random_scores(1).iloc[:0], references=REFERENCES)
    assert isinstance(found, pd.DataFrame)
    assert found.empty


def test_skill_against_climatology_and_seasonal_naive_stands_beside_that_of_the_reference():
    scores = random_scores(2).replace({"model": {"naive": "seasonal_naive"}})
    references = {"a": "climatology", "b": "seasonal_naive"}
    board = rank_models(scores, references=references)
    for step in (None, 1):
        for series in (None, "a", "b"):
            mase = {m: at(board, m, series=series, step=step)["mase"] for m in board["model"]}
            for model, own in mase.items():
                row = at(board, model, series=series, step=step)
                for other in ("climatology", "seasonal_naive"):
                    assert row[f"skill_{other}"] == 1 - own / mase[other]
    alone = board[board["unique_id"] == "a"]
    assert alone["skill"].equals(alone["skill_climatology"])


def test_there_is_no_skill_against_a_model_that_is_absent_or_makes_no_error():
    scores = random_scores(2)
    perfect = scores["model"] == "climatology"
    scores = scores.assign(y_hat=scores["y_hat"].where(~perfect, scores["y"]))
    board = rank_models(scores, references=REFERENCES)
    assert board[["skill_climatology", "skill_seasonal_naive"]].isna().all(axis=None)
