"""Ranks by hand and by scipy, how often their bounds hold the truth, and what moves no bit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline import board_tables
from pipeline.leaderboard.rank import rank_models
from pipeline.leaderboard.ranks import RANKS, rank_of_each
from tests.leaderboard.test_luck import skilled
from tests.leaderboard.test_rank import MODELS, REFERENCES, at, random_scores, scores_of


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0, 2.5, 3.0]), min_size=4, max_size=4)))
def test_a_rank_is_that_of_scipy(rows):
    errors = np.array(rows).reshape(-1, 4)
    assert (rank_of_each(errors) == stats.rankdata(errors, method="min", axis=-1)).all()


def test_ranks_go_by_mase_and_stand_only_on_all_steps_together():
    board = rank_models(random_scores(1, cutoffs=20, horizon=3), references=REFERENCES)
    whole = board[board["step"].isna()]
    for _, block in whole.groupby("unique_id", dropna=False):
        assert block.sort_values("mase")["rank"].tolist() == [1, 2, 3]
        assert (block["rank_lower"] <= block["rank_upper"]).all()
        assert block["rank_lower"].min() == 1
        assert block["rank_upper"].max() == 3
    assert board.loc[board["step"].notna(), RANKS].isna().all(axis=None)
    assert {str(board[name].dtype) for name in RANKS} == {"Int32"}


def test_a_plain_difference_leaves_no_doubt_of_the_best_and_none_leaves_all():
    board = rank_models(skilled(2, cutoffs=80, better=0.7), references=REFERENCES)
    for series in (None, "a", "b"):
        assert at(board, "rnn", series=series)[RANKS].tolist() == [1, 1, 1]
        assert at(board, "naive", series=series)[RANKS[1:]].tolist() == [2, 3]


def test_a_twin_has_the_same_rank_in_every_draw():
    scores = random_scores(3, cutoffs=40)
    twin = scores[scores["model"] == "rnn"].assign(model="gru")
    board = rank_models(pd.concat([scores, twin]), references=REFERENCES)
    for series in (None, "a", "b"):
        ours, theirs = (at(board, m, series=series)[RANKS] for m in ("rnn", "gru"))
        assert ours.tolist() == theirs.tolist()


def test_few_cutoffs_and_no_scale_have_no_bounds():
    scores = random_scores(2, cutoffs=7, horizon=2)
    scores["scale"] = scores["scale"].where(scores["unique_id"] != "b")
    board = rank_models(scores, references=REFERENCES)
    assert at(board, "rnn", series="b")[RANKS].isna().all()
    assert at(board, "rnn", series="a")["rank"] in (1, 2, 3)
    assert at(board, "rnn", series="a")[RANKS[1:]].isna().all()
    nothing = rank_models(scores.assign(scale=np.nan), references=REFERENCES)
    assert nothing[RANKS].isna().all(axis=None)


@settings(max_examples=5)
@given(st.integers(0, 99))
def test_neither_the_order_nor_the_company_of_series_changes_the_bounds(seed):
    scores = random_scores(seed, cutoffs=30)
    board = rank_models(scores.sample(frac=1, random_state=seed), references=REFERENCES)
    alone = rank_models(scores[scores["unique_id"] == "b"], references=REFERENCES)
    for model in MODELS:
        ours, theirs = (at(b, model, series="b")[RANKS] for b in (board, alone))
        assert ours.tolist() == theirs.tolist()


def test_the_bounds_are_stored_as_they_are():
    import pyarrow as pa

    board = rank_models(random_scores(4, cutoffs=12), references=REFERENCES)
    stored = pa.Table.from_pandas(
        board, schema=board_tables.LEADERBOARD.schema(), preserve_index=False
    )
    single_steps = 3 * 2 * 3
    assert [stored[name].null_count for name in RANKS] == [single_steps] * 3


def close_models(seed, *, n, horizon):
    """Scores of many series; errors of models 5, 10, 30 and 60 % larger, half in common."""
    random = np.random.default_rng(seed)
    sizes, rows = (1.0, 1.05, 1.1, 1.3, 1.6), []
    series = [f"{k:03}" for k in range(120)]

    def moving(*shape):
        noise = random.normal(size=(*shape, n + horizon - 1))
        sums = np.cumsum(np.concatenate([np.zeros((*shape, 1)), noise], axis=-1), axis=-1)
        return sums[..., horizon:] - sums[..., :-horizon]

    errors = np.abs(moving(len(series), 1) + moving(len(series), 5)) * np.array(sizes)[:, None]
    for s, name in enumerate(series):
        for model in range(5):
            rows += [(name, c, horizon, f"m{model}", 0, errors[s, model, c], 1) for c in range(n)]
    return scores_of(rows), series


@pytest.mark.parametrize(("n", "horizon"), [(60, 1), (60, 3), (96, 12)])
def test_the_bounds_hold_the_true_rank_about_as_often_as_they_say(n, horizon):
    scores, series = close_models(n, n=n, horizon=horizon)
    board = rank_models(scores, references=dict.fromkeys(series, "m2"))
    own = board[board["step"].isna() & board["unique_id"].notna()]
    true = own["model"].str[1:].astype(int) + 1
    inside = (own["rank_lower"] <= true) & (true <= own["rank_upper"])
    assert inside.mean() > 0.92
    assert inside.groupby(own["model"]).mean().min() > 0.85
    assert (own["rank_upper"] - own["rank_lower"]).mean() < 3.3, "or they would say nothing"
