"""The rows that pictures are drawn from: what is sampled, and that it is what is stored."""

import numpy as np
import pandas as pd
import pytest

from pipeline.chain import picture_rows
from pipeline.chain.pictures import _DRAWN
from tests.strategies import month, months


def test_cells_are_those_that_are_missing_or_changed_each_with_its_rule(write):
    small = write(columns={"ds": "date", "y": "value", "hist_exog": ["t"]})
    y = [float(k % 7) for k in range(48)]
    small.write_series("a", y, t=[*range(48)])
    small.write_series("b", [*y[:5], None, *y[6:]], t=[*range(47), None])
    small.correct("a", month(3), " 4.5 ")
    lines = small.lines("a")
    small.write_lines("a", [*lines[:11], *lines[12:]])
    lines = small.lines("b")
    small.write_lines("b", [*lines[:8], f" {month(7)},,7", *lines[9:]])
    small.run(stages=["raw_observations", "clean_observations"])
    cells, spans = picture_rows.cells(small.project.store, small.known)
    found = {(r.unique_id, r.column, r.step - 360, r.rule, r.verdict) for r in cells.itertuples()}
    assert found == {
        ("a", "value", 3, "surrounding spaces are removed", "changed"),
        ("a", "value", 10, "no row for this step of the grid", "missing"),
        ("a", "t", 10, "no row for this step of the grid", "missing"),
        ("b", "value", 5, "empty cell", "missing"),
        ("b", "t", 47, "empty cell", "missing"),
        ("b", "value", 7, "empty cell", "missing"),
        ("b", "t", 7, "surrounding spaces are removed", "changed"),
    }
    assert spans.to_dict("list") == {
        "unique_id": ["a", "b"], "first": [360, 360], "last": [407, 407]
    }  # fmt: skip


def test_stretches_of_a_fold_are_its_rows_by_hand(finished):
    frame, model, chosen = picture_rows.stretches(finished.known)
    assert (model, chosen) == ("rnn", ["a", "b"])
    rows = frame[(frame["unique_id"] == "a") & (frame["cutoff"] == "2003-12-01")]
    found = {r.part: (str(r.start)[:7], str(r.end)[:7]) for r in rows.itertuples()}
    assert found == {
        "trained on": ("2000-01", "2003-11"),  # refit 3: at 2003-10, inclusive
        "seen, not trained on": ("2003-11", "2004-01"),
        "input of the forecast": ("2003-07", "2004-01"),  # input_size 6
        "forecast, not observed yet": ("2004-01", "2004-03"),  # horizon 2
    }
    rows = frame[(frame["unique_id"] == "a") & (frame["cutoff"] == "2003-11-01")]
    found = {r.part: (str(r.start)[:7], str(r.end)[:7]) for r in rows.itertuples()}
    assert found["forecast, scored"] == ("2003-12", "2004-01")
    assert found["forecast, not observed yet"] == ("2004-01", "2004-02")


def test_of_many_cutoffs_those_are_shown_that_have_data(write):
    small = write(networks=None, cutoffs={"first": "2003-01-01"})
    small.now = small.now.replace(year=2009)  # the series ended with 2003
    small.run(stages=["raw_observations", "clean_observations", "windows", "baseline_forecasts"])
    ready = months("2003-01", "2003-12")
    assert len(small.known.cutoffs) > 60
    frame, _, _ = picture_rows.stretches(small.known)
    assert frame["cutoff"].unique().tolist() == ready
    assert set(frame["state"]) == {"ready"}
    found = picture_rows.coefficients(small.project.store, small.known)
    assert found["cutoff"].nunique() == len(ready)
    charts = dict(_DRAWN["leaderboard"](small.project.store, small.known))
    folds = charts["folds"].to_dict()["title"]
    assert "12 of 7" in " ".join(folds["text"])
    assert "only 12 cutoffs can be forecast at all" in " ".join(folds["subtitle"])


def test_of_few_cutoffs_those_without_data_are_shown_with_the_reason(write):
    small = write(networks=None, cutoffs={"first": "2003-07-01", "last": "2004-06-01"})
    small.now = small.now.replace(year=2009)
    small.run(stages=["raw_observations", "clean_observations"])
    frame, _, _ = picture_rows.stretches(small.known)
    assert frame["cutoff"].nunique() == 12
    assert set(frame["state"]) == {"ready", "no_data_yet"}


def test_numbers_of_a_setting_before_are_in_no_picture(finished):
    store = finished.project.store
    assert len(picture_rows.coefficients(store, finished.known))
    finished.set_baseline("ar", lags=3)
    assert picture_rows.coefficients(store, finished.known).empty
    scores = picture_rows.scored(store, finished.known, ["a"])
    assert set(scores["model"]) == {"naive", "seasonal_naive", "climatology", "rnn"}


def test_what_is_drawn_as_scored_is_what_is_stored(finished):
    found = picture_rows.scored(finished.project.store, finished.known, ["b"])
    keys = [cutoff.key for cutoff in finished.known.cutoffs]
    stored = pd.concat([finished.table("scores", "scores", key) for key in keys])
    stored = stored[stored["unique_id"] == "b"].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, stored)
    observed = picture_rows.observed_beside(found, finished.known)
    assert str(observed["ds"].min())[:7] == "2003-01"
    assert str(observed["ds"].max())[:7] == "2003-12"


def test_const_and_seasons_of_several_series_are_in_their_deviations_lags_have_no_unit(finished):
    found = picture_rows.coefficients(finished.project.store, finished.known)
    cutoff = finished.known.cutoffs[-1]
    stored = finished.table("baseline_forecasts", "coefficients", cutoff.key)
    for row in stored.itertuples():
        mine = found[
            (found["unique_id"] == row.unique_id)
            & (found["term"] == row.term)
            & (found["cutoff"] == row.cutoff)
        ]["coefficient"].item()
        unit = np.nanstd(finished.known.series(row.unique_id).y) if row.term == "const" else 1.0
        assert mine == pytest.approx(row.coefficient / unit, rel=1e-12)
