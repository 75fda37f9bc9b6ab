"""The leaderboard: a hand-worked case, scikit-learn, and what must not change it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from pipeline import board_tables, tables
from pipeline.errors import InputError
from pipeline.leaderboard.rank import rank_models

MODELS = ["climatology", "naive", "rnn"]
REFERENCES = {"a": "climatology", "b": "naive"}
IN_UNITS = ["mae", "rmse", "mse", "bias", "tweedie"]
PURE = ["mase", "rmsse", "wape", "smape"]
NUMBERS = [*IN_UNITS, *PURE, "skill", "mse_skill"]


def scores_of(rows):
    """Scores from (series, cutoff, step, model, y, y_hat, scale)."""
    names = ["unique_id", "cutoff", "step", "model", "y", "y_hat", "scale"]
    frame = pd.DataFrame(rows, columns=names).astype({"y": float, "y_hat": float, "scale": float})
    frame["cutoff"] = pd.Timestamp("2000-01-01") + pd.to_timedelta(frame["cutoff"], unit="D")
    frame = frame.assign(
        ds=frame["cutoff"] + pd.to_timedelta(frame["step"], unit="D"),
        error=frame["y_hat"] - frame["y"],
        rmsse_scale=frame["scale"] ** 2,
        status="ok",
    )
    return frame[tables.SCORES.names]


def random_scores(seed, *, series=("a", "b"), cutoffs=4, horizon=2):
    random = np.random.default_rng(seed)
    rows = []
    for name in series:
        for cutoff in range(cutoffs):
            scale = random.uniform(0.5, 2)
            for step in range(1, horizon + 1):
                y = random.normal()
                rows += [(name, cutoff, step, m, y, y + random.normal(), scale) for m in MODELS]
    return scores_of(rows)


def at(board, model, *, series=None, step=None):
    """The one row of a model."""
    same_series = board["unique_id"].isna() if series is None else board["unique_id"] == series
    same_step = board["step"].isna() if step is None else (board["step"] == step).fillna(False)
    found = board[same_series & same_step & (board["model"] == model)]
    assert len(found) == 1
    return found.iloc[0]


def test_a_case_worked_by_hand():
    scores = scores_of(
        [
            ("a", 0, 1, "climatology", 10, 12, 2),
            ("a", 0, 1, "rnn", 10, 11, 2),
            ("a", 1, 1, "climatology", 10, 6, 1),
            ("a", 1, 1, "rnn", 10, 13, 1),
            ("b", 0, 1, "climatology", 0, 1, 10),
            ("b", 0, 1, "rnn", 0, 2, 10),
        ]
    )
    scores.loc[3, "status"] = "failed"
    board = rank_models(scores, references={"a": "climatology", "b": "climatology"})
    a = at(board, "rnn", series="a")
    assert (a["n_scored"], a["n_failed"]) == (2, 1)
    assert (a["mae"], a["mse"], a["bias"]) == (2.0, 5.0, 2.0)
    assert a["mase"] == (1 / 2 + 3) / 2
    assert a["rmsse"] == ((1 / 4 + 9) / 2) ** 0.5
    assert a["wape"] == 4 / 20
    assert a["smape"] == pytest.approx((2 / 21 + 6 / 23) / 2)
    assert (a["n_wape"], a["n_floored"]) == (2, 0)
    assert a["skill"] == 1 - 1.75 / 2.5
    assert a["mse_skill"] == 0.5
    b = at(board, "rnn", series="b")
    assert (b["skill"], b["mse_skill"], b["n_failed"]) == (-1.0, -3.0, 0)
    assert np.isnan(b["wape"])
    assert (b["smape"], b["n_wape"]) == (2.0, 0)
    mean = at(board, "rnn")
    assert (mean["n_scored"], mean["n_failed"]) == (3, 1)
    np.testing.assert_allclose(mean["mase"], (1.75 + 0.2) / 2)
    np.testing.assert_allclose(mean["skill"], 1 - (1.75 + 0.2) / (2.5 + 0.1))
    np.testing.assert_allclose(mean["mse_skill"], (0.5 - 3) / 2)
    np.testing.assert_allclose(mean["rmsse"], (a["rmsse"] + 0.2) / 2)
    np.testing.assert_allclose(mean["smape"], (a["smape"] + 2) / 2)
    assert (mean["wape"], mean["n_wape"]) == (a["wape"], 2)
    assert np.isnan(mean[IN_UNITS].astype(float)).all()


def test_the_columns_and_types_are_those_of_the_table():
    board = rank_models(random_scores(0), references=REFERENCES)
    assert list(board.columns) == board_tables.LEADERBOARD.names
    assert len(board) == 3 * (1 + 2) * (1 + 2)
    assert {str(board[c].dtype) for c in NUMBERS} == {"float64"}
    assert str(board["step"].dtype) == "Int32"


def test_the_board_fits_the_schema_it_is_stored_under():
    import pyarrow as pa

    board = rank_models(random_scores(0), references=REFERENCES)
    stored = pa.Table.from_pandas(
        board, schema=board_tables.LEADERBOARD.schema(), preserve_index=False
    )
    assert stored["step"].null_count == stored["unique_id"].null_count == 9


@given(seed=st.integers(0, 999))
@settings(deadline=None, max_examples=5)
def test_the_numbers_of_a_series_are_those_of_scikit_learn(seed):
    scores = random_scores(seed)
    board = rank_models(scores, references=REFERENCES)
    for step in (None, 1, 2):
        part = scores[(scores["unique_id"] == "b") & (scores["model"] == "rnn")]
        part = part if step is None else part[part["step"] == step]
        row = at(board, "rnn", series="b", step=step)
        y, y_hat = part["y"], part["y_hat"]
        np.testing.assert_allclose(row["mae"], sklearn.mean_absolute_error(y, y_hat))
        np.testing.assert_allclose(row["mse"], sklearn.mean_squared_error(y, y_hat))
        np.testing.assert_allclose(row["rmse"], sklearn.root_mean_squared_error(y, y_hat))
        np.testing.assert_allclose(row["bias"], np.mean(y_hat - y), atol=1e-12)
        scaled = sklearn.mean_absolute_error(y, y_hat, sample_weight=1 / part["scale"])
        np.testing.assert_allclose(row["mase"], scaled * np.mean(1 / part["scale"]))


@given(seed=st.integers(0, 999))
@settings(deadline=None, max_examples=5)
def test_the_mean_of_the_board_is_the_mean_of_its_series(seed):
    board = rank_models(random_scores(seed), references=REFERENCES)
    for model in MODELS:
        for step in (None, 1, 2):
            rows = [at(board, model, series=s, step=step) for s in "ab"]
            mean = at(board, model, step=step)
            for number in (*PURE, "mse_skill"):
                np.testing.assert_allclose(mean[number], np.mean([r[number] for r in rows]))
            reference = [at(board, REFERENCES[s], series=s, step=step)["mase"] for s in "ab"]
            np.testing.assert_allclose(mean["skill"], 1 - mean["mase"] / np.mean(reference))
            assert mean["n_scored"] == sum(r["n_scored"] for r in rows)


@given(seed=st.integers(0, 999), shuffle=st.integers(0, 999))
@settings(deadline=None, max_examples=5)
def test_the_order_of_the_scores_changes_no_byte(seed, shuffle):
    scores = random_scores(seed)
    moved = scores.sample(frac=1, random_state=shuffle)
    boards = [rank_models(s, references=REFERENCES) for s in (scores, moved)]
    pd.testing.assert_frame_equal(*boards, check_exact=True)


@given(seed=st.integers(0, 999), unit=st.sampled_from([1e-6, 0.3, 1000.0]))
@settings(deadline=None, max_examples=5)
def test_another_unit_changes_no_skill_and_no_mase(seed, unit):
    scores = random_scores(seed)
    columns = ["y", "y_hat", "error", "scale"]
    in_unit = scores.assign(**{c: scores[c] * unit for c in columns})
    in_unit["rmsse_scale"] *= unit**2
    ours, theirs = (rank_models(s, references=REFERENCES) for s in (scores, in_unit))
    assert ours["model"].tolist() == theirs["model"].tolist()
    for number in (*PURE, "skill", "mse_skill"):
        np.testing.assert_allclose(ours[number], theirs[number], rtol=1e-9, atol=1e-12)


@given(seed=st.integers(0, 999), unit=st.sampled_from([1e-6, 0.3, 1000.0]))
@settings(deadline=None, max_examples=5)
def test_the_unit_of_one_series_changes_no_number_over_all_of_them(seed, unit):
    scores = random_scores(seed)
    ours = scores["unique_id"] == "a"
    moved = scores.copy()
    moved.loc[ours, ["y", "y_hat", "error", "scale"]] *= unit
    moved.loc[ours, "rmsse_scale"] *= unit**2
    boards = [rank_models(s, references=REFERENCES) for s in (scores, moved)]
    whole, other = (b[b["unique_id"].isna()].reset_index(drop=True) for b in boards)
    assert whole["model"].tolist() == other["model"].tolist()
    np.testing.assert_allclose(whole[NUMBERS], other[NUMBERS], rtol=1e-9, atol=1e-12)
    assert whole[[*PURE, "skill", "mse_skill"]].notna().all(axis=None)


def test_of_a_single_series_the_mean_is_that_series():
    scores = random_scores(3, series=("a",))
    scores = scores.assign(y=scores["y"] + 9, y_hat=scores["y_hat"] + 9)  # tweedie has no negatives
    board = rank_models(scores, references=REFERENCES)
    whole, one = (board[board["unique_id"].isna()], board[board["unique_id"] == "a"])
    drop = {"columns": "unique_id"}
    pd.testing.assert_frame_equal(
        whole.drop(**drop).reset_index(drop=True), one.drop(**drop).reset_index(drop=True)
    )
    assert whole[IN_UNITS].notna().all(axis=None)


@given(seed=st.integers(0, 999))
@settings(deadline=None, max_examples=5)
def test_a_model_that_is_its_reference_has_no_skill(seed):
    scores = random_scores(seed)
    twin = scores[scores["model"] == "climatology"].assign(model="rnn")
    scores = pd.concat([scores[scores["model"] != "rnn"], twin])
    board = rank_models(scores, references={"a": "climatology", "b": "climatology"})
    for model in ("climatology", "rnn"):
        assert (board.loc[board["model"] == model, ["skill", "mse_skill"]] == 0).all(axis=None)


def test_the_best_skill_stands_first_the_mean_over_series_before_them_and_ties_go_by_name():
    scores = random_scores(5, series=("b", "a"))
    twin = scores[scores["model"] == "rnn"].assign(model="gru")
    board = rank_models(pd.concat([scores, twin]), references=REFERENCES)
    blocks = board.groupby(["unique_id", "step"], dropna=False, sort=False)
    heads = board[["unique_id", "step"]].drop_duplicates().astype(object)
    heads = heads.where(heads.notna(), None).to_numpy().tolist()
    assert heads == [[s, t] for s in (None, "a", "b") for t in (None, 1, 2)]
    for _, block in blocks:
        assert block["skill"].is_monotonic_decreasing
        models = block["model"].tolist()
        assert models.index("rnn") == models.index("gru") + 1


def test_a_series_without_a_scale_has_no_mase_and_leaves_the_mean_to_the_others():
    scores = random_scores(2)
    scores.loc[scores["unique_id"] == "b", ["scale", "rmsse_scale"]] = np.nan
    board = rank_models(scores, references=REFERENCES)
    assert np.isnan(at(board, "rnn", series="b")[["mase", "rmsse", "skill"]].astype(float)).all()
    assert np.isfinite(at(board, "rnn", series="b")["mse_skill"])
    assert at(board, "rnn")["skill"] == at(board, "rnn", series="a")["skill"]
    assert at(board, "rnn")["n_scored"] == 16


def test_a_reference_without_error_leaves_the_skill_unknown_and_last():
    scores = random_scores(2, series=("a",))
    perfect = scores["model"] == "climatology"
    scores.loc[perfect, "y_hat"] = scores.loc[perfect, "y"]
    board = rank_models(scores, references=REFERENCES)
    assert board[["skill", "mse_skill"]].isna().all(axis=None)
    assert board["model"].iloc[0] == "climatology"


def test_scores_of_no_point_are_an_empty_board():
    board = rank_models(random_scores(0)[:0], references=REFERENCES)
    assert board.empty
    assert list(board.columns) == board_tables.LEADERBOARD.names


def test_different_points_are_an_error():
    scores = random_scores(0)
    with pytest.raises(InputError, match=r"series a, cutoff 2000-01-01.*climatology lacks step 1"):
        rank_models(scores[1:], references=REFERENCES)


def test_a_series_without_a_reference_is_an_error():
    with pytest.raises(InputError, match="series b has no declared reference"):
        rank_models(random_scores(0), references={"a": "naive"})


def test_a_reference_that_was_not_scored_is_an_error():
    with pytest.raises(InputError, match="series b: its reference ar has no scores"):
        rank_models(random_scores(0), references={"a": "naive", "b": "ar"})


def test_a_score_without_a_forecast_is_an_error():
    scores = random_scores(0)
    scores.loc[2, "y_hat"] = np.nan
    with pytest.raises(InputError, match="no finite actual or forecast"):
        rank_models(scores, references=REFERENCES)
