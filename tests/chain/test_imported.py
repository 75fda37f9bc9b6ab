"""Forecasts of another program in the chain: due when they change, scored like ours."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from pipeline.board_tables import LEADERBOARD
from pipeline.chain import pictures
from pipeline.chain.export import export_forecasts
from pipeline.chain.leak import find_leaks
from pipeline.chain.pictures import pictures_of
from pipeline.chain.results import leaderboard_rows
from pipeline.errors import InputError
from tests.strategies import SmallProject, at, due_slots, months, reasons, slots

pytestmark = pytest.mark.slow

FILE = "forecasts/other.csv"
IMPORTED = {"other": {"files": FILE, "column": "Other"}}
ALL = months("2002-12", "2003-12")


def frame_of(small: SmallProject, *, cutoffs=ALL, more: int = 0) -> pd.DataFrame:
    """What another program would write: the mean of the rows up to each cutoff, a little off."""
    rows = []
    for unique_id in "ab":
        lines = [line.split(",") for line in small.lines(unique_id)[1:]]
        y = pd.Series({pd.Timestamp(day): float(value) for day, value in lines})
        for cutoff in map(pd.Timestamp, cutoffs):
            for ahead in range(1, 3 + more):
                ds = cutoff + pd.DateOffset(months=ahead)
                rows.append((unique_id, ds, cutoff, y.get(ds), y[:cutoff].mean() + 0.1 * ahead))
    return pd.DataFrame(rows, columns=["unique_id", "ds", "cutoff", "y", "Other"])


def put(small: SmallProject, frame: pd.DataFrame, name: str = FILE) -> None:
    path = small.root / name
    path.parent.mkdir(exist_ok=True)
    frame.to_csv(path, index=False) if name.endswith(".csv") else frame.to_parquet(path)


@pytest.fixture
def imported(finished: SmallProject) -> SmallProject:
    """The finished chain, with another program's forecasts declared and not yet read."""
    put(finished, frame_of(finished))
    finished.declare(imported=IMPORTED)
    return finished


@pytest.fixture
def done(imported: SmallProject) -> SmallProject:
    imported.run()
    return imported


def test_only_it_and_what_follows_is_due_and_ours_is_not_made_again(imported):
    before = imported.contents()
    due = imported.due()
    assert due["imported_forecasts"] == at(ALL, slots("ab", ["other"]))
    # It may be in the blend; intervals and scores of our models are what they were.
    follows = at(ALL, slots("ab", ["other", "served", "served_without_networks"]))
    assert due["served_forecasts"] == due["scores"] == follows
    assert set(due) == {
        *("imported_forecasts", "served_forecasts", "scores", "leaderboard", "report"),
    }
    ran = imported.run()
    assert ran.trained == 0
    assert set(ran.made) == set(due)
    assert imported.plan() == []
    after = imported.contents()
    for place in before:
        if place[1] in ("baseline_forecasts", "rnn_forecasts", "windows"):
            assert after[place] == before[place]


def test_its_scores_are_what_they_are_by_hand(done):
    frame = frame_of(done)
    for key in ALL[:-1]:
        scores = done.table("scores", "scores", key)
        ours = scores[scores["model"] == "other"].set_index(["unique_id", "ds"])["error"]
        own = frame[(frame["cutoff"] == key) & frame["y"].notna()]
        theirs = (own["Other"] - own["y"]).set_axis(
            pd.MultiIndex.from_frame(own[["unique_id", "ds"]])
        )
        pd.testing.assert_series_equal(
            ours, theirs, check_names=False, rtol=1e-12, check_index_type=False
        )
        assert scores.groupby("model").size().nunique() == 1
    (row,) = [
        r
        for r in leaderboard_rows(done.project, done.data_set)
        if (r["unique_id"], r["model"]) == ("a", "other")
    ]
    own = frame[(frame["unique_id"] == "a") & frame["y"].notna()]
    assert row["mae"] == pytest.approx((own["Other"] - own["y"]).abs().mean(), rel=1e-12)
    assert (row["n_scored"], row["n_failed"]) == (len(own), 0)


def test_a_forecast_that_changes_is_due_with_its_fold_alone_and_the_plan_says_why(done):
    frame = frame_of(done)
    hit = (frame["unique_id"] == "b") & (frame["cutoff"] == "2003-05-01")
    frame.loc[hit, "Other"] += 1
    put(done, frame)
    assert done.due()["imported_forecasts"] == at(["2003-05-01"], slots("b", ["other"]))
    assert reasons(done.plan())["imported_forecasts"] == {"what its frame says of the fold changed"}
    done.run()
    stored = done.table("imported_forecasts", "forecasts", "2003-05-01")
    assert stored["y_hat"].tolist() == frame[frame["cutoff"] == "2003-05-01"]["Other"].tolist()
    assert done.plan() == []


def test_a_frame_that_moves_is_sorted_otherwise_or_is_written_otherwise_brings_no_work(done):
    frame = frame_of(done)
    (done.root / FILE).unlink()
    put(done, frame.sample(frac=1, random_state=0).rename(columns={"Other": "other"}), "f.parquet")
    done.declare(imported={"other": {"files": "f.parquet"}})
    assert done.plan() == []
    assert done.run().made == {}
    (done.root / "f.parquet").unlink()
    early = frame["cutoff"] < "2003-05-01"
    for name, part in {"late": ~early, "early": early}.items():
        put(done, frame[part], f"forecasts/{name}.csv")
    done.declare(imported={"other": {"files": ["forecasts/*.csv"], "column": "Other"}})
    assert done.plan() == []


def test_a_corrected_row_leaves_it_as_its_file_says(done):
    done.correct("a", "2003-05-01", 3.25)
    due = done.due()
    assert "imported_forecasts" not in due
    done.run()
    assert done.plan() == []


def test_rows_of_other_cutoffs_and_later_steps_are_ignored_and_counted(imported):
    put(imported, frame_of(imported, cutoffs=months("2002-10", "2003-12"), more=3))
    ran = imported.run()
    extra = 2 * (2 * 5 + 13 * 3)
    assert ran.counts["rows of other ignored"] == extra
    assert imported.facts("imported_forecasts", ALL[0])["n_ignored"] == {"other": extra}
    assert imported.facts("imported_forecasts", ALL[0])["n_failed"] == 0


def test_what_is_lacking_is_told_by_the_plan_with_the_first_ten_points_and_their_number(imported):
    frame = frame_of(imported)
    put(imported, frame[(frame["unique_id"] == "a") | (frame["cutoff"] < "2003-06-01")])
    with pytest.raises(InputError, match="14 of 52 points are not there: b, 2003-07-01") as told:
        imported.plan()
    assert str(told.value).startswith("toy, imported.other: forecasts/other.csv: ")
    assert len(re.findall(r"b, \d{4}", str(told.value))) == 10
    before = imported.contents()
    with pytest.raises(InputError, match="14 of 52"):
        imported.run(stages=["imported_forecasts"])
    assert imported.contents() == before


def test_cutoffs_that_the_frame_has_run_while_the_newest_is_awaited(done):
    done.append_month("a", "b")
    with pytest.raises(InputError, match=r"4 of 56 points .*a, 2004-02-01 \(cutoff 2004-01-01\)"):
        done.plan()
    put(done, frame_of(done))
    recent = ALL[-3:]
    assert {d.stage for d in done.plan(recent) if d.cutoff is not None} == {"scores"}
    done.run(cutoffs=recent)
    put(done, frame_of(done, cutoffs=[*ALL, "2004-01-01"]))
    new = due_slots(done.plan())["imported_forecasts"]
    assert new == at(["2004-01-01"], slots("ab", ["other"]))
    done.run()
    assert done.plan() == []


def test_a_fold_that_is_not_ready_needs_no_point(write):
    small = write()
    small.write_lines("b", small.lines("b")[:40])  # b ends in 2003-03
    frame = frame_of(small)
    put(small, frame[(frame["unique_id"] == "a") | (frame["cutoff"] <= "2003-03-01")])
    small.declare(imported=IMPORTED)
    small.run()
    assert set(small.table("imported_forecasts", "forecasts", "2003-05-01")["unique_id"]) == {"a"}


def test_a_series_that_is_none_of_ours_is_told(imported):
    put(imported, frame_of(imported).replace({"unique_id": {"b": "B"}}))
    with pytest.raises(
        InputError, match=r"imported\.other: .* of 2 series 1 are none of .*: B; it"
    ):
        imported.plan()


def test_a_file_that_is_not_there_is_told(imported):
    (imported.root / FILE).unlink()
    with pytest.raises(InputError, match=r"imported\.other: there is no file forecasts/other"):
        imported.plan()


def test_no_leak_looks_at_ours_alone(done):
    known = done.known
    found = find_leaks(known, done.project.store, known.named(["2003-05-01"]))
    assert not found.leaks
    assert found.made_again
    assert not any("other" in told for told in found.made_again)
    stored = {place[1] for place in done.contents()}
    assert "imported_forecasts" in stored


def test_pictures_show_it_beside_ours(done):
    store, known = done.project.store, done.known
    looks = pictures._looks(done.data_set)
    charts = dict(pictures._forecasts(store, known, looks))
    charts["errors"] = pictures._errors(store, known, looks)
    for name, chart in charts.items():
        drawn = json.dumps(chart.to_dict())
        assert looks["other"].colour in drawn, name
        assert re.search(r"\bother\b", drawn), name
    assert set(pictures_of("leaderboard", store, known)) > set(charts) - {"errors"}


def test_the_export_has_its_column_beside_ours(done, tmp_path):
    export_forecasts(done.project, done.data_set, tmp_path / "out.parquet")
    found = pd.read_parquet(tmp_path / "out.parquet")
    own = frame_of(done).sort_values(["unique_id", "cutoff", "ds"])
    np.testing.assert_array_equal(found["other"], own["Other"])
    assert [name for name in found.columns[4:] if "-" not in name][-2:] == ["other", "served"]


def test_what_was_exported_can_be_imported_again_and_scores_the_same(done):
    export_forecasts(done.project, done.data_set, done.root / "out.parquet")
    again = {"again": {"files": "out.parquet", "column": "rnn"}}
    done.declare(imported=IMPORTED | again)
    done.run()
    rows = {(r["unique_id"], r["model"]): r for r in leaderboard_rows(done.project, done.data_set)}
    for unique_id in (None, "a", "b"):
        ours, theirs = rows[unique_id, "rnn"], rows[unique_id, "again"]
        numbers = [k for k in LEADERBOARD.names if k not in ("unique_id", "step", "model")]
        assert [theirs[k] for k in numbers] == [ours[k] for k in numbers]
        assert theirs["seasons"] == ours["seasons"]
        assert "refit" not in theirs, "how it was fitted is not known"
    stored = [done.table(s, "forecasts", ALL[0]) for s in ("rnn_forecasts", "imported_forecasts")]
    np.testing.assert_array_equal(
        stored[0]["y_hat"], stored[1].loc[stored[1]["model"] == "again", "y_hat"]
    )


def test_where_it_is_declared_no_more_its_scores_go_and_no_stage_is_left(done):
    done.declare(imported=None)
    assert "imported_forecasts" not in done.due()
    follows = slots("ab", ["other", "served", "served_without_networks"])
    assert done.due()["scores"] == at(ALL, follows)
    done.run()
    assert {r["model"] for r in leaderboard_rows(done.project, done.data_set)} == set(
        done.data_set.scored_models
    )
