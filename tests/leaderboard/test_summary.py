"""The summary is what fev itself says of the same errors; seeds and failures by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import board_tables
from pipeline.leaderboard.blocks import DRAWS, draw_counts
from pipeline.leaderboard.summary import seed_errors, summarise_models
from tests.leaderboard.test_rank import MODELS, REFERENCES, random_scores, scores_of

FEV = json.loads(Path(__file__).with_name("fev_golden.json").read_text())
FIGURES = [f"{n}{b}" for n in ("skill_score", "win_rate") for b in ("", "_lower", "_upper")]


def scores_of_tasks(errors, *, as_cutoffs):
    """A point for each task and model: each task a series, or a cutoff of the only one."""
    names = FEV["models"]
    return scores_of(
        [
            ("a" if as_cutoffs else f"task {t:03}", t if as_cutoffs else 0, 1, model, 0, error, 1)
            for t, row in enumerate(errors)
            for model, error in zip(names, row, strict=True)
        ]
    )


@pytest.mark.parametrize("as_cutoffs", [False, True])
@pytest.mark.parametrize("case", FEV["boards"], ids=lambda case: str(len(case["errors"])))
def test_skill_and_win_rate_are_those_of_fev(case, as_cutoffs):
    scores = scores_of_tasks(case["errors"], as_cutoffs=as_cutoffs)
    references = dict.fromkeys(scores["unique_id"], "climatology")
    found = summarise_models(scores, references=references).set_index("model")
    assert set(found.index) == set(case["board"])
    for model, theirs in case["board"].items():
        assert found.loc[model, FIGURES].to_dict() == pytest.approx(
            {name: theirs[name] for name in FIGURES}, rel=1e-9, abs=1e-12
        )
    assert (found["n_tasks"] == len(case["errors"])).all()


def test_the_columns_are_those_of_the_table_and_the_best_stands_first():
    found = summarise_models(random_scores(1), references=REFERENCES)
    assert found.columns.tolist() == board_tables.SUMMARY.names
    assert sorted(found["model"]) == MODELS
    assert found["skill_score"].is_monotonic_decreasing
    assert (found["n_scored"] == 16).all()
    assert found[["seed_mean", "seed_sd"]].isna().all(axis=None)


def test_two_series_have_no_bounds_and_eight_have():
    for n, bounded in ((2, False), (7, False), (8, True)):
        names = tuple("abcdefgh"[:n])
        scores = random_scores(1, series=names)
        found = summarise_models(scores, references=dict.fromkeys(names, "naive"))
        bounds = found[["win_rate_lower", "win_rate_upper"]]
        assert bounds.notna().all(axis=None) == bounded
        assert found["win_rate"].notna().all()


def test_cutoffs_of_one_series_are_drawn_in_blocks_as_long_as_a_horizon():
    """The same errors at every third cutoff, repeated: as tasks by themselves they look certain."""
    rows = [
        ("a", c, step, model, 0, error * (1 + (c // 3) % 5), 1)
        for c in range(30)
        for step in (1, 2, 3)
        for model, error in (("naive", 1 + (c // 3) % 3), ("rnn", 1.5))
    ]
    wide = summarise_models(scores_of(rows), references={"a": "naive"})
    alone = scores_of([r for r in rows if r[2] == 1])
    tight = summarise_models(alone, references={"a": "naive"})
    width = [f.set_index("model").loc["rnn"] for f in (wide, tight)]
    width = [w["skill_score_upper"] - w["skill_score_lower"] for w in width]
    assert width[0] > 1.3 * width[1]


def test_references_of_their_own_and_a_series_without_a_scale():
    scores = random_scores(2)
    own = summarise_models(scores, references=REFERENCES).set_index("model")
    size = scores.assign(size=scores["error"].abs() / scores["scale"])
    mase = size.pivot_table(index="unique_id", columns="model", values="size", aggfunc="mean")
    ratio = [mase.loc[s, "rnn"] / mase.loc[s, REFERENCES[s]] for s in "ab"]
    assert own.loc["rnn", "skill_score"] == pytest.approx(1 - np.sqrt(ratio[0] * ratio[1]))
    scores["scale"] = scores["scale"].where(scores["unique_id"] != "a")
    left = summarise_models(scores, references=REFERENCES).set_index("model")
    assert (left["n_tasks"] == 4).all(), "the cutoffs of b"
    empty = summarise_models(scores.iloc[:0], references={})
    assert (len(empty), empty.columns.tolist()) == (0, board_tables.SUMMARY.names)
    nothing = summarise_models(scores.assign(scale=np.nan), references=REFERENCES)
    assert nothing[FIGURES].isna().all(axis=None)
    assert (nothing["n_tasks"] == 0).all()


def test_failures_are_counted_by_task():
    scores = random_scores(2)
    failed = (scores["model"] == "rnn") & (scores["unique_id"] == "b") & (scores["step"] == 1)
    scores["status"] = scores["status"].where(~failed, "failed")
    found = summarise_models(scores, references=REFERENCES).set_index("model")
    assert found["num_failures"].to_dict() == {"climatology": 0, "naive": 0, "rnn": 1}
    alone = scores[scores["unique_id"] == "b"]
    found = summarise_models(alone, references=REFERENCES).set_index("model")
    assert found.loc["rnn", "num_failures"] == 4


def test_one_model_has_no_other_to_beat():
    scores = random_scores(2)
    alone = scores[scores["model"] == "climatology"]
    found = summarise_models(alone, references=dict.fromkeys("ab", "climatology"))
    assert found["win_rate"].isna().all()
    assert found["skill_score"].tolist() == [0.0]


def members_of(rows):
    """Members from (series, cutoff, step, seed, quantile, y_hat)."""
    frame = pd.DataFrame(rows, columns=["unique_id", "cutoff", "step", "seed", "quantile", "y_hat"])
    frame["cutoff"] = pd.Timestamp("2000-01-01") + pd.to_timedelta(frame["cutoff"], unit="D")
    return frame.assign(model="rnn", ds=frame["cutoff"])


def test_the_spread_over_seeds_by_hand():
    scores = scores_of(
        [("a", c, 1, m, 0, 1, 2) for c in (0, 1, 2) for m in MODELS]
        + [("b", c, 1, m, 0, 1, 1) for c in (0, 1, 2) for m in MODELS]
    )
    members = members_of(
        [
            ("a", 0, 1, 0, 0.5, 2),
            ("a", 0, 1, 1, 0.5, 4),
            ("a", 0, 1, 1, 0.9, 99),
            ("b", 0, 1, 0, 0.5, -1),
            ("b", 0, 1, 1, 0.5, 3),
            ("a", 1, 1, 0, 0.5, 700),  # seed 1 failed there: the fold counts for neither
            ("b", 9, 1, 0, 0.5, 700),  # not scored
            ("b", 9, 1, 1, 0.5, 700),
        ]
    )
    seeds = seed_errors(members, scores)
    found = summarise_models(scores, references=REFERENCES, seeds=seeds).set_index("model")
    each = [(2 / 2 + 1) / 2, (4 / 2 + 3) / 2]
    assert found.loc["rnn", "seed_mean"] == np.mean(each)
    assert found.loc["rnn", "seed_sd"] == pytest.approx(np.std(each, ddof=1))
    assert found["seed_mean"].notna().sum() == 1


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(1, 12))
def test_a_draw_is_of_blocks_that_close_to_a_circle(n, length):
    counts = draw_counts(n, length=length)
    assert counts.shape == (DRAWS, n)
    assert (counts.sum(axis=1) == n).all()
    assert counts.mean() == 1
    assert np.abs(counts.mean(axis=0) - 1).max() < 6 * np.sqrt(max(length, 1) / DRAWS)
    assert draw_counts(n, length=length).tobytes() == counts.tobytes()


def test_a_block_as_long_as_all_is_all():
    assert (draw_counts(7, length=7) == 1).all()
