"""Errors by season: by hand, and the leaderboard of one season alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import board_tables
from pipeline.leaderboard.rank import rank_models
from pipeline.leaderboard.seasons import MONTHS, QUARTERS, rank_by_season
from tests.leaderboard.test_rank import MODELS, REFERENCES, at, random_scores, scores_of


def monthly(seed, *, cutoffs=30, horizon=2):
    """Scores whose times are months from 2000-01 on."""
    scores = random_scores(seed, cutoffs=cutoffs, horizon=horizon)
    days = (scores["cutoff"] - pd.Timestamp("2000-01-01")).dt.days
    months = np.datetime64("2000-01") + days.to_numpy()
    times = (months + scores["step"].to_numpy()).astype("datetime64[ns]")
    return scores.assign(cutoff=months.astype("datetime64[ns]"), ds=times)


def test_a_case_worked_by_hand():
    rows = [("a", 0, 1, "naive", 0, 4, 2), ("a", 0, 1, "rnn", 0, -3, 2)]
    rows += [("a", 60, 1, "naive", 0, 1, 1), ("a", 60, 1, "rnn", 0, 2, 1)]
    rows += [("b", 60, 1, "naive", 0, 8, 4), ("b", 60, 1, "rnn", 0, 0, 4)]
    found = rank_by_season(scores_of(rows), references=dict.fromkeys("ab", "naive"), freq="D")
    assert found.columns.tolist() == board_tables.BY_SEASON.names
    cells = {
        (None if pd.isna(r.unique_id) else r.unique_id, r.season, r.model): r
        for r in found.itertuples()
    }
    assert len(cells) == len(found) == 10
    january = cells["a", "January", "rnn"]
    assert (january.n_scored, january.mae, january.mase, january.skill) == (1, 3.0, 1.5, 0.25)
    assert cells["a", "March", "rnn"].skill == -1
    mean = cells[None, "March", "rnn"]
    assert (mean.n_scored, mean.mase, mean.skill) == (2, 1.0, 1 - 1.0 / 1.5)
    assert np.isnan(mean.mae), "several series have no common unit"
    assert ("b", "January", "rnn") not in cells


@pytest.mark.slow
@settings(max_examples=6)
@given(st.integers(0, 99))
def test_a_season_is_the_leaderboard_of_that_season_alone(seed):
    scores = monthly(seed)
    found = rank_by_season(scores, references=REFERENCES, freq="MS")
    for place in (0, 6):
        board = rank_models(scores[scores["ds"].dt.month == place + 1], references=REFERENCES)
        own = found[found["season"] == MONTHS[place]]
        for row in own.itertuples():
            whole = at(board, row.model, series=None if pd.isna(row.unique_id) else row.unique_id)
            assert row.n_scored == whole["n_scored"]
            for number in ("mae", "mase", "skill"):
                np.testing.assert_allclose(getattr(row, number), whole[number], rtol=1e-12)


def test_seasons_come_in_the_order_of_the_year_and_hold_every_point():
    scores = monthly(1)
    for freq, labels in (("MS", MONTHS), ("W", MONTHS), ("QS", QUARTERS)):
        found = rank_by_season(scores, references=REFERENCES, freq=freq)
        heads = found[["unique_id", "season"]].drop_duplicates()
        assert heads["season"].tolist() == list(labels) * 3
        assert heads["unique_id"].fillna("").tolist() == [s for s in ("", "a", "b") for _ in labels]
        each = found[found["unique_id"].notna()]
        assert each["n_scored"].sum() == len(scores)
        first = found.head(len(MODELS))
        assert first["skill"].is_monotonic_decreasing


def test_the_order_of_the_scores_changes_no_byte():
    scores = monthly(2)
    moved = scores.sample(frac=1, random_state=4)
    tables = [rank_by_season(s, references=REFERENCES, freq="MS") for s in (scores, moved)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


@pytest.mark.parametrize("part", [slice(0), slice(None)])
def test_it_fits_the_schema_it_is_stored_under(part):
    import pyarrow as pa

    found = rank_by_season(monthly(3)[part], references=REFERENCES, freq="MS")
    schema = board_tables.BY_SEASON.schema()
    stored = pa.Table.from_pandas(found, schema=schema, preserve_index=False)
    assert stored.num_rows == (0 if part.stop == 0 else 3 * 12 * len(MODELS))
