"""The report as a stage: made from what is stored, and due exactly when that is another."""

import pandas as pd
import pytest

from pipeline.chain.report_rows import content_of_report, newest_cutoffs
from pipeline.chain.results import NotMadeError, report_file
from pipeline.chain.stage.report import FILE
from pipeline.chain.stages import WHOLE
from pipeline.errors import InputError
from pipeline.report.render import render
from pipeline.served.frames import mean_weights

PAGE = {"report": {None: frozenset({WHOLE})}}


def page(small) -> bytes:
    return small.project.store.load(FILE, "toy", "report")[1]


def content(small):
    return content_of_report(small.project.store, small.known)


def test_a_finished_chain_has_a_page_and_its_first_sentence(finished):
    assert b"<h1>" in page(finished)
    said = finished.facts("report")["verdict"]
    assert said.startswith("The blend is served: its error is ")
    share = finished.facts("leaderboard")["network_share"]
    verb = "gains" if share["gain"] > 0 else "costs"
    told = f"; the network's share {verb} {100 * abs(share['gain']):.1f}\xa0%"
    assert told in said
    assert finished.facts("report")["n_bytes"] == len(page(finished))


def test_the_same_tables_give_the_same_bytes(finished):
    assert render(content(finished)) == page(finished)


def test_the_content_is_what_is_stored(finished):
    found = content(finished)
    board = finished.table("leaderboard", "leaderboard")
    assert found.board.equals(board)
    assert found.shown == ["a", "b"]
    assert set(found.newest["model"]) == {*finished.data_set.models, "served"}
    newest = found.newest.groupby("unique_id")["cutoff"].unique()
    last = [c for c in finished.known.cutoffs if finished.known.ready(c)][-1]
    assert {str(cutoff)[:10] for (cutoff,) in newest} == {str(last.ds)[:10]}
    served = finished.table("served_forecasts", "intervals", last.key)
    pd.testing.assert_frame_equal(found.intervals, served)
    weights = finished.table("served_forecasts", "weights", last.key)
    newest = found.weights[found.weights["cutoff"] == last.ds].set_index("model")["weight"]
    assert dict(newest) == mean_weights(weights, finished.data_set.horizon)
    assert list(found.reasons["unique_id"]) == ["a", "b"]
    assert found.reasons["words"].str.contains("ar|climatology|rnn").all()
    assert len(found.points) == board.loc[board["step"].isna() & board["unique_id"].notna(),
                                          "n_scored"].sum()  # fmt: skip


def test_nothing_is_due_and_nothing_is_made_twice(finished):
    assert finished.plan() == []
    assert not finished.run(stages=["report"]).made


def test_an_absent_or_damaged_page_is_due_alone_and_made_as_it_was(finished):
    before = page(finished)
    (path,) = finished.project.store.folder("toy", "report").glob("report-*.html")
    path.write_text("<p>something else</p>")
    (due,) = finished.plan()
    assert (due.stage, due.reason) == ("report", "its file is missing or damaged")
    with pytest.raises(InputError, match=r"damaged.*`hindcast run toy` makes it again"):
        report_file(finished.project, finished.data_set)
    finished.run(stages=["report"])
    assert page(finished) == before
    assert report_file(finished.project, finished.data_set).read_bytes() == before


def test_another_leaderboard_is_another_page(finished):
    before = page(finished)
    finished.correct("a", "2003-11-01", 99.0)
    due = {d.stage: d.reason for d in finished.plan()}
    assert "leaderboard" in due["report"]
    finished.run()
    assert page(finished) != before
    assert finished.plan() == []


def test_a_page_that_was_never_made_is_told(write):
    small = write()
    with pytest.raises(NotMadeError, match="toy has no report yet; `hindcast run toy` makes"):
        report_file(small.project, small.data_set)


def test_every_series_has_its_newest_cutoff_also_one_that_ended(finished):
    lines = finished.lines("b")
    finished.write_lines("b", lines[:-3])
    finished.run()
    found = newest_cutoffs(finished.known)
    assert sorted(name for names in found.values() for name in names) == ["a", "b"]
    ready = {
        name: max(c.key for c in finished.known.cutoffs
                  if any(f.unique_id == name for f in finished.known.ready(c)))
        for name in "ab"
    }  # fmt: skip
    assert {name: c.key for c, names in found.items() for name in names} == ready
    newest = content(finished).newest.groupby("unique_id")["cutoff"].first()
    assert newest["b"] < newest["a"]


def test_without_networks_and_without_a_score_there_is_a_page(write):
    small = write(networks=None, cutoffs={"first": "2003-12-01", "last": "2003-12-01"})
    small.run()
    assert small.facts("report")["verdict"].startswith("Nothing is scored yet")
    assert b"The newest forecast" in page(small)
