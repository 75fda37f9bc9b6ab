"""Running: alone or together, folds that are not ready, models that fail, and being killed."""

import math
from dataclasses import replace

import numpy as np
import pytest

from pipeline.chain.run import Work, run_stage
from pipeline.chain.stages import BY_NAME, stages_of
from pipeline.errors import InputError
from pipeline.rnn import train as training
from pipeline.store.manifest import Slot
from tests.strategies import ROWS, SmallProject, months, slots, values_of

ALL = months("2002-12", "2003-12")
INPUTS = ["raw_observations", "clean_observations"]
FORECASTS = ["windows", "baseline_forecasts", "rnn_model", "rnn_forecasts"]
SCORED = ["served_forecasts", "scores"]
BY_CUTOFF = [*FORECASTS, *SCORED]


def folds(small: SmallProject, cutoffs: list[str]) -> dict:
    """Contents of everything at these cutoffs."""
    return {place: held for place, held in small.contents().items() if place[-1] in cutoffs}


# --- alone or together ---


def test_a_cutoff_alone_is_what_it_is_within_a_range(finished, write):
    alone = write("alone")
    alone.run(cutoffs=["2003-05-01"], stages=[*INPUTS, *BY_CUTOFF])
    assert folds(alone, ["2003-05-01"]) == folds(finished, ["2003-05-01"])
    # What is served is made of forecasts of earlier cutoffs, and they are what they are in a range.
    earlier = folds(alone, ALL[: ALL.index("2003-05-01")])
    assert {place[1] for place in earlier} == set(FORECASTS)
    assert earlier.items() <= finished.contents().items()
    assert folds(alone, ALL[ALL.index("2003-06-01") :]) == {}
    ours, theirs = alone.fold_bytes(), finished.fold_bytes()
    names = [name for name in ours if "/2003-05-01/" in name]
    assert len(names) == 10
    assert {n: ours[n] for n in names} == {n: theirs[n] for n in names}


@pytest.mark.slow
def test_the_order_of_cutoffs_does_not_matter(finished, write):
    other = write("other")
    other.run(stages=INPUTS)
    for stages in (FORECASTS, SCORED):
        for key in [*reversed(ALL[7:]), *ALL[:7]]:
            other.run(cutoffs=[key], stages=stages)
    other.run(stages=["leaderboard", "report"])
    assert other.contents() == finished.contents()
    assert other.fold_bytes() == finished.fold_bytes()
    assert other.networks() == finished.networks()
    assert other.plan() == []


def test_one_series_alone_is_what_it_is_among_others_but_for_the_blend(finished, write):
    """How good a model is, the blend asks all series: what it serves is of all of them."""
    blends = set(finished.data_set.served_models)
    alone = write("alone")
    alone.file("b").unlink()
    alone.run()
    for place, held in alone.contents().items():
        if place[1] in BY_CUTOFF:
            theirs = finished.contents()[place]
            ours = {s: c for s, c in held.items() if s.unique_id == "a" and s.name not in blends}
            assert len(ours) > 0
            assert ours.items() <= theirs.items()
            assert {s for s in theirs if s.unique_id == "a"} == {s for s in held if s.unique_id}


def test_a_second_project_has_the_same_bytes(finished, write):
    other = write("other")
    other.run()
    assert other.fold_bytes() == finished.fold_bytes()


def test_the_store_may_lie_elsewhere(finished, write, tmp_path, monkeypatch):
    other = write("other")
    monkeypatch.setenv("HINDCAST_STORE", str(tmp_path / "elsewhere"))
    other.run()
    elsewhere = other.fold_bytes()
    monkeypatch.delenv("HINDCAST_STORE")
    assert not (other.root / "storage").exists()
    assert elsewhere == finished.fold_bytes()


# --- stages whose inputs are not there ---


@pytest.mark.parametrize(
    ("stage", "before"),
    [
        ("clean_observations", []),
        ("windows", ["raw_observations"]),
        ("rnn_forecasts", INPUTS),
        ("scores", [*INPUTS, "windows"]),
    ],
)
def test_a_stage_before_its_inputs_is_an_error_that_names_them(write, stage, before):
    small = write()
    small.run(stages=before)
    with pytest.raises(InputError, match=r"`hindcast run toy` makes all that is missing"):
        small.run(stages=[stage], cutoffs=["2003-05-01"] if BY_NAME[stage].per_cutoff else None)


# --- folds that are not ready ---


def test_states_are_recorded_and_a_cutoff_without_a_ready_fold_holds_nothing(write):
    small = write(cutoffs={"first": "2000-10-01"})
    small.write_lines("b", small.lines("b")[:40])  # b ends in 2003-03
    small.run()
    early = small.facts("windows", "2000-10-01")
    assert early["n_ready"] == 0
    assert early["states"] == {"a": "too_short", "b": "too_short"}
    assert early["n_too_short"] == 2
    late = small.facts("windows", "2003-12-01")
    assert late["states"] == {"a": "ready", "b": "ended"}
    for stage in BY_CUTOFF[1:]:
        assert small.facts(stage, "2000-10-01")["n_ready"] == 0
        assert small.facts(stage, "2003-12-01")["n_ready"] == 1
    for stage in ("baseline_forecasts", "rnn_forecasts", "served_forecasts"):
        assert small.table(stage, "forecasts", "2000-10-01").empty
    assert small.table("scores", "scores", "2000-10-01").empty
    assert small.plan() == []


def test_cutoffs_after_the_last_row_are_recorded_within_a_range(finished):
    finished.now = finished.now.replace(year=2006)
    finished.run()
    later = months("2004-01", "2005-12")
    for key in later:
        facts = finished.facts("windows", key)
        assert facts["n_ready"] == 0
        assert facts["states"] == {"a": "no_data_yet", "b": "no_data_yet"}
    assert finished.plan() == []
    finished.run()
    assert finished.facts("leaderboard")["n_cutoffs"] == 12  # the 13th has no actual yet


def test_only_cutoffs_without_a_ready_fold_may_be_asked_for_as_a_range(finished):
    finished.now = finished.now.replace(year=2006)
    ran = finished.run(cutoffs=months("2004-05", "2004-06"), stages=BY_CUTOFF)
    assert ran.trained == 0
    assert finished.facts("scores", "2004-05-01")["n_ready"] == 0


@pytest.mark.parametrize("stage", BY_CUTOFF)
def test_a_single_cutoff_without_a_ready_fold_is_refused_with_the_last_date(finished, stage):
    finished.now = finished.now.replace(year=2006)
    with pytest.raises(InputError) as told:
        finished.run(cutoffs=["2004-05-01"], stages=[stage])
    assert str(told.value) == (
        "toy, cutoff 2004-05-01: no series is ready (no_data_yet); "
        "the last observation is of 2003-12-01"
    )


@pytest.mark.slow
def test_a_series_that_lags_behind_is_forecast_where_that_is_declared(write):
    lagging = write("lagging", max_staleness=1)
    lagging.write_lines("b", lagging.lines("b")[:-1])
    lagging.run()
    frame = lagging.table("baseline_forecasts", "forecasts", "2003-12-01")
    assert set(frame["unique_id"]) == {"a", "b"}
    assert set(frame["ds"].astype(str)) == {"2004-01-01", "2004-02-01"}
    naive = frame[(frame["unique_id"] == "b") & (frame["model"] == "naive")]
    assert list(naive["y_hat"]) == [values_of(1)[ROWS - 2]] * 2
    assert (frame["status"] == "ok").all()
    assert len(lagging.table("rnn_forecasts", "forecasts", "2003-12-01")) == 4
    assert lagging.plan() == []
    lagging.declare(max_staleness=0)
    lagging.run()
    assert set(lagging.table("baseline_forecasts", "forecasts", "2003-12-01")["unique_id"]) == {"a"}
    assert lagging.plan() == []


@pytest.mark.slow
def test_the_row_that_a_lagging_series_lacked_redoes_its_fold(write):
    small = write(max_staleness=1)
    lines = small.lines("b")
    small.write_lines("b", lines[:-1])
    small.run()
    small.write_lines("b", lines)
    due = small.due()
    assert due["baseline_forecasts"] == {
        "2003-12-01": slots("b", ["naive", "seasonal_naive", "climatology", "ar"])
    }
    assert set(due["scores"]) == set(months("2003-10", "2003-12"))
    small.run()
    assert small.plan() == []


# --- missing cells ---


def test_a_missing_target_has_no_fold_and_no_point(write):
    small = write()
    small.correct("a", "2003-05-01", "")
    small.run()
    assert small.facts("windows", "2003-05-01")["states"] == {"a": "ended", "b": "ready"}
    ids = small.table("scores", "scores", "2003-04-01")
    points = ids.groupby("unique_id")["ds"].unique().map(lambda ds: [str(d)[:7] for d in ds])
    assert points["a"] == ["2003-06"]
    assert points["b"] == ["2003-05", "2003-06"]
    assert small.facts("scores", "2003-04-01")["complete"] is False
    assert small.facts("scores", "2003-04-01")["n_scored"] == 3
    assert small.facts("scores", "2003-03-01")["n_scored"] == 3
    assert small.facts("scores", "2003-02-01")["n_scored"] == 4
    forecasts = small.table("rnn_forecasts", "forecasts", "2003-06-01")
    assert np.isfinite(forecasts["y_hat"]).all()
    assert (forecasts["status"] == "ok").all()
    assert small.plan() == []


@pytest.mark.slow
def test_an_absent_row_is_an_empty_cell(write):
    empty, absent = write("empty"), write("absent")
    empty.correct("a", "2003-05-01", "")
    absent.write_lines("a", [row for row in absent.lines("a") if not row.startswith("2003-05")])
    empty.run()
    absent.run()
    ours, theirs = empty.fold_bytes(), absent.fold_bytes()
    differ = {name for name in ours if ours[name] != theirs.get(name)}
    assert all("/verdicts-" in name for name in differ)


def test_missing_exogenous_cells_leave_every_fold_ready(write):
    small = write(columns={"ds": "date", "y": "value", "hist_exog": ["wind", "sun"]})
    wind = [None if k in (20, 36, 37, 47) else k % 7 for k in range(ROWS)]
    sun = [None if k < 3 else k % 5 for k in range(ROWS)]
    for number, stem in enumerate("ab"):
        small.write_series(stem, values_of(number), wind=wind, sun=sun)
    small.run()
    for key in ALL:
        assert small.facts("windows", key)["n_ready"] == 2
        frame = small.table("rnn_forecasts", "forecasts", key)
        assert (frame["status"] == "ok").all()
        assert np.isfinite(frame["y_hat"]).all()


# --- models that fail ---


def stood_in(small: SmallProject, stage: str, model: str, reference: str) -> None:
    """Every forecast of the model is failed and is the reference's, and all of it is counted."""
    for key in ALL:
        frame = small.table(stage, "forecasts", key)
        own = frame[frame["model"] == model]
        assert (own["status"] == "failed").all()
        assert (own["reason"] != "").all()
        baselines = small.table("baseline_forecasts", "forecasts", key)
        theirs = baselines[baselines["model"] == reference]
        assert list(own["y_hat"]) == list(theirs["y_hat"])
        assert small.facts(stage, key)["n_failed"] == 2
        assert len(small.facts(stage, key)["failures"]) == 2
    board = small.table("leaderboard", "leaderboard")
    rows = board[board["step"].isna() & (board["model"] == model)]
    assert list(rows["n_failed"]) == list(rows["n_scored"])
    others = board[board["model"] != model]
    assert (others["n_failed"] == 0).all()


def test_a_failed_baseline_stands_with_the_reference_and_is_counted(write):
    small = write(max_staleness=1)
    for number, stem in enumerate("ab"):
        # Never three observed rows in a row, as an AR of two lags needs them.
        small.write_series(
            stem, [None if k % 5 in (1, 3) else v for k, v in enumerate(values_of(number))]
        )
    small.run()
    stood_in(small, "baseline_forecasts", "ar", "climatology")
    assert small.facts("baseline_forecasts", ALL[0])["failures"][0] == (
        "a, ar: AR(2) has 0 complete rows for 3 coefficients"
    )
    small.declare(reference="seasonal_naive")
    small.run()
    stood_in(small, "baseline_forecasts", "ar", "seasonal_naive")
    assert small.plan() == []


def test_an_ill_conditioned_regression_has_a_note_and_is_no_failure(write):
    small = write(networks=None)
    small.write_series("a", [7.5] * ROWS)
    small.run()
    note = "ill-conditioned: its terms are nearly collinear, solved by statsmodels"
    for key in ALL:
        frame = small.table("baseline_forecasts", "forecasts", key).set_index(
            ["unique_id", "model"]
        )
        assert set(frame.loc[("a", "ar"), "reason"]) == {note}
        assert set(frame.loc[("b", "ar"), "reason"]) == {""}
        assert set(frame["status"]) == {"ok"}
        np.testing.assert_allclose(frame.loc[("a", "ar"), "y_hat"], 7.5, rtol=1e-12)
        facts = small.facts("baseline_forecasts", key)
        assert (facts["n_failed"], facts["n_notes"]) == (0, 1)
        assert facts["notes"] == [f"a, ar: {note}"]
    small.append_month("a", "b")
    small.declare(baselines=small.attributes["baselines"] | {"window_average": {}})
    small.run()
    assert small.facts("baseline_forecasts", ALL[0])["notes"] == [f"a, ar: {note}"]


@pytest.mark.slow
def test_a_diverged_network_stands_with_the_reference_and_is_counted(write):
    small = write()
    small.set_network(learning_rate=1e38, clip="none")
    small.run()
    stood_in(small, "rnn_forecasts", "rnn", "climatology")
    assert small.facts("rnn_model", ALL[0])["n_failed"] == 4
    small.declare(reference="seasonal_naive")
    assert small.run().trained == 0
    stood_in(small, "rnn_forecasts", "rnn", "seasonal_naive")


@pytest.mark.slow
def test_one_failed_seed_is_left_out_of_the_mean(write, monkeypatch):
    honest = training.train_networks

    def one_fails(fits, settings, **options):
        found = honest(fits, settings, **options)
        return [
            replace(network, status="failed", reason="it diverged") if fit.seed == 1 else network
            for fit, network in zip(fits, found, strict=True)
        ]

    one, two = write("one"), write("two")
    one.set_network(seeds=1)
    one.run()
    monkeypatch.setattr(training, "train_networks", one_fails)
    two.run()
    for key in ALL:
        ours, alone = (p.table("rnn_forecasts", "forecasts", key) for p in (two, one))
        assert ours["failed_seeds"].eq(1).all()
        assert ours.drop(columns="failed_seeds").equals(alone.drop(columns="failed_seeds"))
        assert two.facts("rnn_model", key)["n_failed"] == 2
        assert two.facts("rnn_forecasts", key)["n_failed_seeds"] == 2
        assert two.facts("rnn_forecasts", key)["n_failed"] == 0


# --- killed, and carried on ---


class Killed(BaseException):
    """Like a signal: nothing catches it."""


def test_a_killed_run_trains_only_the_rest(finished, write, monkeypatch):
    monkeypatch.setattr("pipeline.chain.stage.rnn_model.CHUNK", 8)
    small, honest, committed = write("killed"), training.train_networks, []

    def train(fits, settings, **options):
        if committed:
            raise Killed
        committed.append(len(fits))
        return honest(fits, settings, **options)

    small.run(stages=[*INPUTS, "windows", "baseline_forecasts"])
    with monkeypatch.context() as patch:
        patch.setattr(training, "train_networks", train)
        with pytest.raises(Killed):
            small.run(stages=["rnn_model"])
    assert committed == [8]
    assert len(small.networks()) == 8
    assert set(small.due()["rnn_model"]) == set(ALL)
    assert small.run().trained == 12
    assert small.networks() == finished.networks()
    assert small.fold_bytes() == finished.fold_bytes()
    assert small.plan() == []


@pytest.mark.parametrize("stage", [stage for stage in BY_CUTOFF if stage != "rnn_model"])
def test_a_run_killed_between_two_commits_keeps_the_first_ones(finished, write, monkeypatch, stage):
    small, commits = write("killed"), []
    order = [*INPUTS, *BY_CUTOFF]
    small.run(stages=order[: order.index(stage)])
    honest = type(small.project.store).commit

    def commit(store, *place, **options):
        if len(commits) == 4:
            raise Killed
        commits.append(place)
        return honest(store, *place, **options)

    with monkeypatch.context() as patch:
        patch.setattr(type(small.project.store), "commit", commit)
        with pytest.raises(Killed):
            small.run(stages=[stage])
    assert set(small.due()[stage]) == set(ALL[4:])
    small.run()
    assert small.fold_bytes() == finished.fold_bytes()
    assert small.plan() == []


def test_a_file_that_turns_bad_changes_nothing(finished):
    finished.correct("a", "2003-05-01", "n/a")
    before = finished.fold_bytes()
    with pytest.raises(InputError, match=r"a.csv line 42"):
        finished.plan()
    with pytest.raises(InputError, match=r"a.csv line 42"):
        finished.run()
    assert finished.fold_bytes() == before


# --- parts of a data set ---


def test_a_new_model_waits_on_the_board_for_the_cutoffs_it_lacks(finished):
    finished.set_baseline("window_average")
    recent = months("2003-06", "2003-12")
    finished.run(cutoffs=recent, stages=["baseline_forecasts", *SCORED])
    finished.run(stages=["leaderboard"])
    board = finished.table("leaderboard", "leaderboard")
    overall = board[board["step"].isna() & board["unique_id"].isna()]
    assert set(overall["n_scored"]) == {2 * (2 * 6 - 1)}  # 2003-12 has no actual, -11 has one
    assert len(overall) == 6 + 2  # with what is served, and that without networks
    assert finished.facts("leaderboard")["n_folds_left_out"] == 2 * 6
    due = finished.due()
    assert "baseline_forecasts" not in due  # what is served is made of earlier forecasts too
    assert set(due["served_forecasts"]) == set(due["scores"]) == set(months("2002-12", "2003-05"))
    finished.run()
    assert finished.facts("leaderboard")["n_folds_left_out"] == 0


def test_a_plan_for_some_cutoffs_looks_at_no_other_but_for_what_is_served_of(write):
    small = write()
    due = small.plan(cutoffs=["2003-05-01"])
    made_first = {d.stage for d in due if d.cutoff not in (None, "2003-05-01")}
    assert made_first == set(FORECASTS)
    assert {d.cutoff for d in due} == {None, *months("2002-12", "2003-05")}
    with pytest.raises(InputError, match=r"no cutoff '2003-05-02'"):
        small.plan(cutoffs=["2003-05-02"])


def test_what_was_made_is_told_apart_from_what_was_reused(finished):
    finished.set_baseline("window_average")
    known = finished.known
    work = Work(known, finished.project.store)
    (done,) = run_stage(BY_NAME["baseline_forecasts"], work, known.named(["2003-05-01"]))
    assert done.made == slots("ab", ["window_average"])
    assert done.reused == 8
    assert Slot("a", "naive") in done.manifest.entries


def test_a_reference_for_a_series_that_does_not_exist_is_an_error(finished):
    finished.declare(reference={"c": "naive"})
    with pytest.raises(InputError, match=r"reference: there is no series .c.; there are: a, b"):
        finished.plan()


# --- nothing to score, nothing to forecast ---


def test_a_single_live_cutoff_has_forecasts_and_an_empty_board(write):
    small = write(cutoffs={"first": "2003-12-01"})
    small.run()
    assert small.facts("scores", "2003-12-01")["n_scored"] == 0
    assert len(small.table("baseline_forecasts", "forecasts", "2003-12-01")) == 2 * 4 * 2
    assert small.table("leaderboard", "leaderboard").empty
    assert small.plan() == []


def test_a_data_set_that_is_too_short_everywhere_runs_and_holds_nothing(write):
    small = write(min_train_rows=100)
    assert set(small.due()) <= {"raw_observations", "clean_observations", "leaderboard"}
    small.run()
    assert small.facts("windows", "2003-12-01")["n_too_short"] == 2
    for table in ("forecasts", "intervals", "weights"):
        assert small.table("served_forecasts", table, "2003-12-01").empty
    assert small.plan() == []


def test_a_correction_for_a_series_that_does_not_exist_is_an_error(finished):
    finished.set_network(corrects={"b": "naive", "co2": "naive"})
    with pytest.raises(InputError) as told:
        finished.plan()
    assert str(told.value) == (
        "toy, networks.rnn.corrects: there is no series 'co2'; there are: a, b"
    )


# --- what is read must be what is wanted ---


@pytest.mark.parametrize("change", [{"learning_rate": 0.5}, {"seeds": 3}, {"hidden_size": 16}])
def test_forecasts_are_not_made_from_networks_of_another_declaration(finished, change):
    before = finished.contents()
    finished.set_network(**change)
    with pytest.raises(InputError, match=r"rnn_model of [ab] .* absent or old; `hindcast run toy`"):
        finished.run(stages=["rnn_forecasts"])
    assert finished.contents() == before


def test_scores_are_not_made_from_forecasts_of_another_declaration(finished):
    finished.set_baseline("ar", lags=3)
    with pytest.raises(InputError, match=r"(baseline|served)_forecasts of [ab] .* absent or old"):
        finished.run(stages=["scores"])


def test_a_board_leaves_out_folds_that_hold_old_numbers(finished):
    finished.set_baseline("ar", lags=3)
    finished.run(cutoffs=["2003-05-01", "2003-06-01"])
    facts = finished.facts("leaderboard")
    assert (facts["n_cutoffs"], facts["n_folds_left_out"]) == (2, 2 * (len(ALL) - 2))
    finished.run()
    assert finished.facts("leaderboard")["n_folds_left_out"] == 0


@pytest.mark.slow
def test_the_board_is_due_until_no_fold_is_left_out_even_if_no_number_moves(finished):
    finished.declare(reference="naive")
    finished.run(cutoffs=["2003-05-01"])
    finished.run(stages=[s.name for s in stages_of(finished.data_set)])
    assert finished.facts("leaderboard")["n_folds_left_out"] == 0
    assert finished.plan() == []


@pytest.mark.parametrize("known_rows", [0, 5])
def test_a_column_that_one_series_lacks_fails_its_network_and_nothing_else(write, known_rows):
    small = write(columns={"ds": "date", "y": "value", "hist_exog": ["x"]})
    x = [round(math.sin(k), 3) for k in range(ROWS)]
    small.write_series("a", values_of(0), x=x)
    small.write_series("b", values_of(1), x=[""] * (ROWS - known_rows) + x[ROWS - known_rows :])
    small.run()
    frame = small.table("rnn_forecasts", "forecasts", "2003-06-01")
    assert dict(zip(frame["unique_id"], frame["status"], strict=True)) == {"a": "ok", "b": "failed"}
    baselines = small.table("baseline_forecasts", "forecasts", "2003-06-01")
    assert baselines["status"].eq("ok").all()
    assert small.plan() == []
