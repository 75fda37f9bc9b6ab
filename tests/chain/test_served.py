"""Served forecasts as a stage: what they depend on, and that what they are made of is there."""

import numpy as np
import pytest

from pipeline.chain.leak import find_leaks
from pipeline.declaration import DataSet
from pipeline.served.settings import SERVED, WITHOUT_NETWORKS
from tests.strategies import SmallProject, at, months, reasons, slots

ALL = months("2002-12", "2003-12")
N = 5
"""Earlier cutoffs whose errors count, here."""

INPUTS = ["raw_observations", "clean_observations"]
FORECASTS = ["windows", "baseline_forecasts", "rnn_model", "rnn_forecasts"]


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> SmallProject:
    """A project with all that it forecasts."""
    made = SmallProject.write(tmp_path_factory.mktemp("served") / "p", served={"n_calibration": N})
    made.run()
    return made


@pytest.fixture
def copy(small, tmp_path) -> SmallProject:
    return small.copy(tmp_path / "p")


def everyone(small: SmallProject) -> list[str]:
    return small.data_set.scored_models


def of_served(small: SmallProject) -> dict:
    return {k: held for k, held in small.contents().items() if k[1] == "served_forecasts"}


def served(small: SmallProject, key: str) -> dict[tuple[str, ...], bytes]:
    """The bytes of the files of a cutoff."""
    return {n: b for n, b in small.fold_bytes().items() if f"served_forecasts/{key}/" in n}


def test_what_is_served_is_scored_with_all_others(small):
    assert everyone(small)[-2:] == [SERVED, WITHOUT_NETWORKS]
    board = small.table("leaderboard", "leaderboard")
    assert set(board["model"]) == set(everyone(small))
    points = board[board["step"].isna()].groupby("unique_id")["n_scored"].nunique()
    assert (points == 1).all()


def test_the_weights_are_of_candidates_and_sum_to_one(small):
    weights = small.table("served_forecasts", "weights", ALL[-1])
    assert set(weights["model"]) <= set(small.data_set.candidates)
    sums = weights.groupby(["unique_id", "steps"])["weight"].sum()
    assert len(sums) == 2 * 2
    np.testing.assert_allclose(sums, 1)


def test_there_are_bounds_as_soon_as_enough_errors_are_known(small):
    rows = small.table("served_forecasts", "intervals", ALL[-1])
    assert set(rows["model"]) == set(small.data_set.models) | {SERVED}
    one = rows[rows["step"] == 1]
    assert (one["n_errors"] == N).all()
    assert (one["lo"].notna() == (one["level"] == 80)).all()  # 4 errors are enough for 80 %
    first = small.table("served_forecasts", "intervals", ALL[0])
    assert (first["n_errors"] == 0).all()
    assert first[["lo", "hi"]].isna().all().all()


def test_a_cutoff_alone_makes_first_what_it_is_made_of(small, tmp_path):
    alone = SmallProject.write(tmp_path / "alone", served={"n_calibration": N})
    alone.run(stages=INPUTS)
    key = ALL[-1]
    alone.run(cutoffs=[key], stages=[*FORECASTS, "served_forecasts", "scores"])
    assert served(alone, key) == served(small, key)
    there = sorted(place[-1] for place in alone.contents() if place[1] == "rnn_forecasts")
    assert there == ALL[-1 - 2 * N :]
    assert [place[-1] for place in alone.contents() if place[1] == "served_forecasts"] == [key]


def test_cutoffs_far_apart_are_made_without_those_between(tmp_path):
    apart = SmallProject.write(tmp_path / "apart", served={"n_calibration": 4})
    apart.run(stages=INPUTS)
    first, last = ALL[0], ALL[-1]
    apart.run(cutoffs=[first, last], stages=[*FORECASTS, "served_forecasts"])
    there = {place[-1] for place in apart.contents() if place[1] == "baseline_forecasts"}
    assert there == {first, *ALL[-9:]}
    together = SmallProject.write(tmp_path / "together", served={"n_calibration": 4})
    together.run()
    assert all(of_served(together)[place] == held for place, held in of_served(apart).items())


def test_the_plan_of_a_cutoff_lists_what_is_made_first(tmp_path):
    alone = SmallProject.write(tmp_path / "alone", served={"n_calibration": N})
    alone.run(stages=INPUTS)
    due = alone.plan(cutoffs=[ALL[-1]])
    at_earlier = {d.stage for d in due if d.cutoff == ALL[-2]}
    assert at_earlier == set(FORECASTS)
    assert {d.cutoff for d in due if d.stage == "served_forecasts"} == {ALL[-1]}
    alone.run(cutoffs=[ALL[-1]])
    assert alone.plan(cutoffs=[ALL[-1]]) == []


def test_an_earlier_forecast_that_is_gone_is_made_again(copy):
    key = ALL[-2]
    (file,) = copy.project.store.folder("toy", "baseline_forecasts", key).glob("forecasts-*")
    before, own = copy.contents(), served(copy, ALL[-1])
    file.unlink()
    copy.run(cutoffs=[ALL[-1]], stages=["served_forecasts"])
    assert not file.exists()  # what is due there is not what was asked for, and nothing is
    copy.correct("a", "2003-12-01", 50)
    copy.run(stages=INPUTS)
    copy.run(cutoffs=[ALL[-1]], stages=[*FORECASTS, "served_forecasts"])
    place = ("toy", "baseline_forecasts", key)
    assert copy.contents()[place] == before[place]
    assert served(copy, ALL[-1]) != own


def test_an_appended_month_leaves_what_was_served(copy):
    copy.declare(cutoffs={"first": ALL[0]})
    copy.run()
    before = of_served(copy)
    copy.append_month("a", "b")
    copy.run(stages=INPUTS)
    assert set(copy.due()["served_forecasts"]) == {"2004-01-01"}
    copy.run()
    assert {place: held for place, held in of_served(copy).items() if place in before} == before


def test_a_corrected_month_of_one_series_moves_intervals_of_it_alone(copy):
    copy.correct("a", "2003-06-01", 99)
    copy.run(stages=INPUTS)
    later = months("2003-06", "2003-12")
    models = copy.data_set.models
    blends = slots("ab", [SERVED, WITHOUT_NETWORKS])  # they know how good a model is on all series
    assert copy.due()["served_forecasts"] == at(later, slots("a", models) | blends)


def test_a_series_that_begins_or_goes_on_later_leaves_what_was_served(tmp_path):
    later = SmallProject.write(tmp_path / "later", served={"n_calibration": N}, networks=None)
    lines = later.lines("b")
    later.write_lines("b", lines[: 1 + 42])
    later.run()
    later.write_lines("b", [*lines[: 1 + 42], lines[-1]])
    later.write_series("c", [7.0], first=47)
    later.run(stages=INPUTS)
    assert set(later.due()["served_forecasts"]) == {ALL[-1]}


def test_a_setting_of_what_is_served_trains_nothing(copy):
    copy.declare(served={"n_calibration": N + 1})
    due = copy.plan()
    assert {d.stage for d in due} == {"served_forecasts", "scores", "leaderboard", "report"}
    told = reasons(due)["served_forecasts"]
    assert all("a setting or the stage's version changed" in reason for reason in told)


def test_a_model_may_be_served_as_it_is(copy):
    copy.declare(served={"n_calibration": N, "serve": "climatology"})
    copy.run()
    frame = copy.table("scores", "scores", ALL[6])
    by_model = {m: g["y_hat"].tolist() for m, g in frame.groupby("model")}
    assert by_model[SERVED] == by_model["climatology"]
    assert WITHOUT_NETWORKS not in by_model


def test_the_shipped_check_finds_what_is_served_from_the_future(copy, monkeypatch):
    known, store = copy.known, copy.project.store
    found = find_leaks(known, store, known.named([ALL[-3]]))
    assert found.leaks == []
    assert any(told.endswith(": served") for told in found.made_again)

    from pipeline.chain import past

    real = past._actuals

    def with_the_future(known, series, steps):
        return real(known, series, steps) + np.nanmean(known.series(series[0]).y)

    monkeypatch.setattr(past, "_actuals", with_the_future)
    copy.run(stages=[])
    found = find_leaks(known, store, known.named([ALL[-3]]))
    assert any("served_forecasts of" in told for told in found.leaks)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"served": {"serve": "best"}}, "served.serve: there is no model best"),
        ({"networks": {"served": {}}}, "networks.served: .* are rows of the leaderboard already"),
        ({"baselines": {"blend": {"model": "naive"}}}, "baselines.blend: .* rename the model"),
        ({"served": {"n_calibration": 49}}, "served.n_calibration"),
    ],
)
def test_what_cannot_be_served_is_refused(small, changes, told):
    attributes = small.attributes | changes
    with pytest.raises(ValueError, match=told):
        DataSet(**attributes)
