"""What is due after each event, slot for slot: asked of the plan, then held against the run."""

import os

import pytest

from pipeline.baselines.settings import VERSIONS
from pipeline.chain.stages import stages_of
from pipeline.store.files import table_to_bytes
from pipeline.store.manifest import Entry, Slot
from pipeline.tables import FORECASTS
from tests.strategies import SmallProject, at, months, reasons, slots

ALL = months("2002-12", "2003-12")
BASELINES = ["naive", "seasonal_naive", "climatology", "ar"]
MODELS = [*BASELINES, "rnn"]
BLENDS = ["served", "served_without_networks"]
SCORED = [*MODELS, *BLENDS]
SEEDS = ["rnn/0", "rnn/1"]
WHOLE = frozenset({Slot("", "")})
REPORT = {"report": {None: WHOLE}}
FILES = {"raw_observations": {None: WHOLE}, "clean_observations": {None: WHOLE}, **REPORT}
BOARD = {"leaderboard": {None: WHOLE}, **REPORT}
CHANGED = "rows at or before the cutoff changed"
SETTING = "a setting or the stage's version changed"


def windows(series: str) -> frozenset[Slot]:
    return slots(series, ["6:y"])


def served_of(series: str, models: list[str], *, of: str = "ab") -> frozenset[Slot]:
    """What was made of these models' forecasts: their intervals, and the blends of all series."""
    return slots(series, models) | slots(of, BLENDS)


def both(one: dict, other: dict) -> dict:
    """At each cutoff the slots of either."""
    return {key: one.get(key, frozenset()) | other.get(key, frozenset()) for key in one | other}


def run_as_planned(small: SmallProject, expected: dict, *, trained: int = 0) -> None:
    """The plan, then the run, are exactly what is expected; after it nothing is due."""
    assert small.due() == expected
    ran = small.run()
    assert ran.made == expected
    assert ran.trained == trained
    assert small.plan() == []


# --- nothing, and the clock ---


@pytest.mark.slow
def test_an_empty_store_makes_everything(write):
    small = write()
    expected = {
        **FILES,
        "windows": at(ALL, windows("ab") | WHOLE),
        "baseline_forecasts": at(ALL, slots("ab", BASELINES)),
        "rnn_model": at(ALL, slots("ab", SEEDS)),
        "rnn_forecasts": at(ALL, slots("ab", ["rnn"])),
        "served_forecasts": at(ALL, slots("ab", SCORED)),
        "scores": at(ALL, slots("ab", SCORED)),
        **BOARD,
    }
    # 5 refit cutoffs (2002-10 lies before the first cutoff) x 2 series x 2 seeds
    run_as_planned(small, expected, trained=20)


def test_nothing_changed_is_nothing_due(finished):
    before = finished.fold_bytes()
    run_as_planned(finished, {})
    assert finished.fold_bytes() == before


def test_a_month_that_ends_without_a_row_is_nothing_due(finished):
    finished.now = finished.now.replace(month=4)
    assert finished.plan() == []


def test_a_plan_writes_nothing(write):
    small = write()
    small.plan()
    assert not (small.root / "storage").exists()


# --- rows ---


def test_an_appended_month_makes_its_cutoff_and_scores_what_reaches_it(finished):
    finished.append_month("a", "b")  # 2004-01: a refit is due
    new = ["2004-01-01"]
    expected = {
        **FILES,
        "windows": at(new, windows("ab") | WHOLE),
        "baseline_forecasts": at(new, slots("ab", BASELINES)),
        "rnn_model": at(new, slots("ab", SEEDS)),
        "rnn_forecasts": at(new, slots("ab", ["rnn"])),
        "served_forecasts": at(new, slots("ab", SCORED)),
        "scores": at(months("2003-11", "2004-01"), slots("ab", SCORED)),
        **BOARD,
    }
    before = finished.fold_bytes()
    run_as_planned(finished, expected, trained=4)
    after = finished.fold_bytes()
    old = [name for name in before if "/windows/" in name or "_forecasts/" in name]
    # windows, forecasts of three kinds, coefficients, members, intervals, weights
    assert len(old) == 8 * len(ALL)
    assert {name: after[name] for name in old} == {name: before[name] for name in old}


def test_between_two_refits_an_appended_month_trains_nothing(finished):
    finished.append_month("a", "b")
    finished.run()
    finished.append_month("a", "b")  # 2004-02: fitted at 2004-01
    due = finished.due()
    assert due["rnn_model"] == at(["2004-02-01"], slots("ab", SEEDS))
    ran = finished.run()
    assert ran.made == due
    assert ran.trained == 0
    assert finished.table("baseline_forecasts", "coefficients", "2004-02-01")["coefficient"].equals(
        finished.table("baseline_forecasts", "coefficients", "2004-01-01")["coefficient"]
    )


def test_a_corrected_cell_redoes_its_series_from_then_on_and_no_other(finished):
    finished.correct("a", "2003-05-01", 31.5)
    then = months("2003-05", "2003-12")
    served = at(then, served_of("a", MODELS))  # how good a model is, the blend asks all series
    expected = {
        **FILES,
        "windows": at(then, windows("a")),
        "baseline_forecasts": at(then, slots("a", BASELINES)),
        "rnn_model": at(months("2003-07", "2003-12"), slots("a", SEEDS)),
        "rnn_forecasts": at(then, slots("a", ["rnn"])),
        "served_forecasts": served,
        "scores": both(at(months("2003-03", "2003-12"), slots("a", SCORED)), served),
        **BOARD,
    }
    plan = reasons(finished.plan())
    assert plan["windows"] == {CHANGED}
    assert plan["rnn_model"] == {"rows at or before the refit cutoff changed"}
    run_as_planned(finished, expected, trained=4)  # 2 refits (2003-07, 2003-10) x 2 seeds


def test_a_cell_corrected_in_the_last_row_scores_the_cutoffs_that_reach_it(finished):
    finished.correct("b", "2003-12-01", 12.25)
    last = ["2003-12-01"]
    served = at(last, served_of("b", MODELS))
    expected = {
        **FILES,
        "windows": at(last, windows("b")),
        "baseline_forecasts": at(last, slots("b", BASELINES)),
        "rnn_forecasts": at(last, slots("b", ["rnn"])),
        "served_forecasts": served,
        "scores": both(at(months("2003-10", "2003-12"), slots("b", SCORED)), served),
        **BOARD,
    }
    run_as_planned(finished, expected)


@pytest.mark.slow
def test_a_row_put_before_a_series_redoes_all_its_folds(finished):
    lines = finished.lines("a")
    finished.write_lines("a", [lines[0], "1999-12-01,20.5", *lines[1:]])
    expected = {
        **FILES,
        "windows": at(ALL, windows("a")),
        "baseline_forecasts": at(ALL, slots("a", BASELINES)),
        "rnn_model": at(ALL, slots("a", SEEDS)),
        "rnn_forecasts": at(ALL, slots("a", ["rnn"])),
        "served_forecasts": at(ALL, served_of("a", MODELS)),
        "scores": at(ALL, served_of("a", MODELS)),
        **BOARD,
    }
    run_as_planned(finished, expected, trained=10)


@pytest.mark.slow
def test_a_column_that_a_network_does_not_read_trains_nothing(write):
    wind = [float(k % 7) for k in range(48)]
    small = write(columns={"ds": "date", "y": "value", "hist_exog": ["wind"]})
    for stem in "ab":
        y = [float(line.split(",")[1]) for line in small.lines(stem)[1:]]
        small.write_series(stem, y, wind=wind)
    small.set_network(hist_exog=[])
    small.set_network("windy", **(small.attributes["networks"]["rnn"] | {"hist_exog": ["wind"]}))
    small.run()
    lines = small.lines("a")
    small.write_lines("a", [*lines[:42], lines[42].rsplit(",", 1)[0] + ",99", *lines[43:]])
    assert lines[42].startswith("2003-06")
    due = small.due()
    then = months("2003-06", "2003-12")
    assert due["windows"] == at(then, slots("a", ["6:y+wind"]))
    assert "baseline_forecasts" not in due
    assert due["rnn_model"] == at(months("2003-07", "2003-12"), slots("a", ["windy/0", "windy/1"]))
    assert due["rnn_forecasts"] == at(then, slots("a", ["windy"]))
    assert due["served_forecasts"] == due["scores"] == at(then, served_of("a", ["windy"]))
    ran = small.run()
    assert ran.made == due
    assert ran.trained == 4


# --- files ---


def test_a_touched_file_is_nothing_due(finished):
    os.utime(finished.file("a"), (0, 0))
    run_as_planned(finished, {})


def test_reordered_rows_make_no_fold(finished):
    header, *rows = finished.lines("a")
    finished.write_lines("a", [header, *reversed(rows)])
    run_as_planned(finished, FILES)


def test_a_renamed_file_is_a_new_series_and_the_old_one_is_gone(finished):
    finished.file("b").rename(finished.file("c"))
    due = finished.due()
    assert due == {
        **FILES,
        "windows": at(ALL, windows("bc") | WHOLE),
        "baseline_forecasts": at(ALL, slots("bc", BASELINES)),
        "rnn_model": at(ALL, slots("bc", SEEDS)),
        "rnn_forecasts": at(ALL, slots("bc", ["rnn"])),
        "served_forecasts": at(ALL, served_of("bc", MODELS, of="abc")),
        "scores": at(ALL, served_of("bc", MODELS, of="abc")),
        **BOARD,
    }
    ran = finished.run()
    assert ran.trained == 10
    assert ran.made["scores"] == at(ALL, served_of("c", MODELS, of="ac"))
    assert ran.made["rnn_model"] == at(ALL, slots("c", SEEDS))
    assert finished.plan() == []
    ids = finished.table("leaderboard", "leaderboard")["unique_id"].dropna()
    assert set(ids) == {"a", "c"}
    for stage in (s.name for s in stages_of(finished.data_set) if s.per_cutoff):
        assert {s.unique_id for s in finished.contents()["toy", stage, ALL[0]]} - {""} == {"a", "c"}


@pytest.mark.slow
def test_renamed_and_split_files_with_an_id_column_make_no_fold(write):
    columns = {"ds": "date", "y": "value", "unique_id": "name"}
    small = write(columns=columns)
    rows = [f"{line},{stem}" for stem in "ab" for line in small.lines(stem)[1:]]
    for stem in "ab":
        small.file(stem).unlink()
    small.write_lines("all", ["date,value,name", *rows])
    small.run()
    before = small.fold_bytes()
    small.file("all").rename(small.file("everything"))
    run_as_planned(small, FILES)
    small.file("everything").unlink()
    small.write_lines("1", ["date,value,name", *rows[60:]])
    small.write_lines("2", ["date,value,name", *rows[:60]])
    run_as_planned(small, FILES)
    assert small.fold_bytes() == before


@pytest.mark.slow
def test_a_removed_series_leaves_nothing_behind_where_no_other_goes_on(write):
    small = write()
    small.write_lines("b", small.lines("b")[:43])  # b ends in 2003-06
    small.run()
    small.file("a").unlink()
    small.run()
    assert small.plan() == []
    board = small.table("leaderboard", "leaderboard")
    assert set(board["unique_id"].dropna()) == {"b"}
    assert small.facts("leaderboard")["n_cutoffs"] == len(months("2002-12", "2003-05"))


# --- declarations ---


@pytest.mark.slow
def test_a_changed_baseline_redoes_that_baseline_alone(finished):
    finished.set_baseline("ar", lags=3)
    assert reasons(finished.plan())["baseline_forecasts"] == {f"ar: {SETTING}"}
    expected = {
        "baseline_forecasts": at(ALL, slots("ab", ["ar"])),
        "served_forecasts": at(ALL, served_of("ab", ["ar"])),
        "scores": at(ALL, served_of("ab", ["ar"])),
        **BOARD,
    }
    run_as_planned(finished, expected)


@pytest.mark.slow
def test_a_changed_network_redoes_that_network_alone(write):
    small = write()
    small.set_network("other", **(small.attributes["networks"]["rnn"] | {"steps": 2}))
    small.run()
    small.set_network("other", steps=4)
    expected = {
        "rnn_model": at(ALL, slots("ab", ["other/0", "other/1"])),
        "rnn_forecasts": at(ALL, slots("ab", ["other"])),
        "served_forecasts": at(ALL, served_of("ab", ["other"])),
        "scores": at(ALL, served_of("ab", ["other"])),
        **BOARD,
    }
    run_as_planned(small, expected, trained=20)


def test_another_refit_trains_only_at_refit_cutoffs_that_are_new(finished):
    finished.set_network(refit=6)  # 2002-07, 2003-01, 2003-07: the last two are trained already
    moved = [*months("2002-12", "2002-12"), *months("2003-04", "2003-06"), *ALL[-3:]]
    expected = {
        "rnn_model": at(moved, slots("ab", SEEDS)),
        "rnn_forecasts": at(moved, slots("ab", ["rnn"])),
        # The errors at the first of these are asked at every later cutoff.
        "served_forecasts": at(ALL, served_of("ab", ["rnn"])),
        "scores": at(ALL, served_of("ab", ["rnn"])),
        **BOARD,
    }
    run_as_planned(finished, expected, trained=4)


@pytest.mark.slow
def test_a_new_network_is_computed_and_nothing_else(finished):
    finished.set_network("second", **(finished.attributes["networks"]["rnn"] | {"steps": 2}))
    assert reasons(finished.plan())["rnn_model"] == {"second: never computed"}
    expected = {
        "rnn_model": at(ALL, slots("ab", ["second/0", "second/1"])),
        "rnn_forecasts": at(ALL, slots("ab", ["second"])),
        "served_forecasts": at(ALL, served_of("ab", ["second"])),
        "scores": at(ALL, served_of("ab", ["second"])),
        **BOARD,
    }
    run_as_planned(finished, expected, trained=20)


def test_a_new_baseline_is_computed_and_nothing_else(finished):
    finished.set_baseline("window_average")
    expected = {
        "baseline_forecasts": at(ALL, slots("ab", ["window_average"])),
        "served_forecasts": at(ALL, served_of("ab", ["window_average"])),
        "scores": at(ALL, served_of("ab", ["window_average"])),
        **BOARD,
    }
    run_as_planned(finished, expected)


def test_a_removed_model_is_gone_and_nothing_but_the_blend_is_computed(finished):
    finished.declare(
        baselines={k: v for k, v in finished.attributes["baselines"].items() if k != "naive"}
    )
    due = finished.due()
    gone = at(ALL, slots("ab", ["naive"]))
    served = at(ALL, served_of("ab", ["naive"]))
    assert due == {
        "baseline_forecasts": gone,
        "served_forecasts": served,
        "scores": served,
        **BOARD,
    }
    blends = at(ALL, slots("ab", BLENDS))
    assert finished.run().made == {"served_forecasts": blends, "scores": blends, **BOARD}
    assert finished.plan() == []
    assert "naive" not in set(finished.table("leaderboard", "leaderboard")["model"])


@pytest.mark.slow
def test_a_third_seed_trains_only_the_third(finished):
    finished.set_network(seeds=3)
    before = finished.contents()
    expected = {
        "rnn_model": at(ALL, slots("ab", ["rnn/2"])),
        "rnn_forecasts": at(ALL, slots("ab", ["rnn"])),
        "served_forecasts": at(ALL, served_of("ab", ["rnn"])),
        "scores": at(ALL, served_of("ab", ["rnn"])),
        **BOARD,
    }
    assert reasons(finished.plan())["rnn_forecasts"] == {"it uses another fit of its network"}
    run_as_planned(finished, expected, trained=10)
    after = finished.contents()["toy", "rnn_model", ALL[3]]
    assert before["toy", "rnn_model", ALL[3]].items() <= after.items()
    finished.set_network(seeds=2)
    assert finished.run().trained == 0
    assert finished.contents() == before
    assert finished.plan() == []


@pytest.mark.slow
def test_an_earlier_first_cutoff_retrains_nothing_that_exists(finished):
    finished.declare(cutoffs={"first": "2002-10-01"})
    new = months("2002-10", "2002-11")
    expected = {
        "windows": at(new, windows("ab") | WHOLE),
        "baseline_forecasts": at(new, slots("ab", BASELINES)),
        "rnn_model": at(new, slots("ab", SEEDS)),
        "rnn_forecasts": at(new, slots("ab", ["rnn"])),
        # Errors at the new cutoffs are asked at all later ones.
        "served_forecasts": at([*new, *ALL], slots("ab", SCORED)),
        "scores": at([*new, *ALL], slots("ab", SCORED)),
        **BOARD,
    }
    run_as_planned(finished, expected)  # both use the fit at 2002-10, which is there
    finished.declare(cutoffs={"first": "2002-09-01"})
    assert finished.run().trained == 4  # 2002-07


@pytest.mark.slow
def test_only_a_fit_made_once_depends_on_the_first_cutoff(write):
    small = write()
    small.set_network("once", **(small.attributes["networks"]["rnn"] | {"refit": 0}))
    assert small.run().trained == 24
    small.declare(cutoffs={"first": "2002-11-01"})
    due = small.due()
    assert due["rnn_model"]["2003-12-01"] == slots("ab", ["once/0", "once/1"])
    assert small.run().trained == 4


def test_what_is_declared_at_its_default_changes_nothing(finished):
    finished.set_network(
        preset="default",
        cell="rnn",
        corrects="climatology",
        num_layers=1,
        learning_rate=0.003,
        schedule="cosine",
        clip=1.0,
        dtype="float32",
        mask_channel=True,
        hist_exog=[],
        reproduction=False,
    )
    finished.set_baseline("naive", model="naive")
    finished.set_baseline("climatology", reproduction=False)
    finished.declare(
        season_length=12,
        max_staleness=0,
        reference="climatology",
        min_train_rows=13,
        cutoffs={"first": "2002-12-01", "last": "2003-12-01", "every": "MS"},
        columns={"ds": "date", "y": "value", "ds_format": "%Y-%m-%d", "hist_exog": []},
        served={"serve": "blend", "n_calibration": 48},
    )
    assert finished.plan() == []


def test_where_a_network_runs_changes_nothing(finished):
    finished.set_network(device="auto")
    assert finished.plan() == []


def test_a_network_that_becomes_a_reproduction_is_left_out_of_the_blend_alone(finished):
    finished.set_network(reproduction=True)
    blends = at(ALL, slots("ab", BLENDS))
    assert finished.due() == {"served_forecasts": blends, "scores": blends, **BOARD}
    left = at(ALL, slots("ab", ["served"]))  # without networks it is the same
    assert finished.run().made == {"served_forecasts": left, "scores": left, **BOARD}
    assert finished.plan() == []


def test_another_reference_ranks_and_blends_anew_and_no_network_is_trained(finished):
    before = finished.contents()
    finished.declare(reference="seasonal_naive")
    due = finished.due()
    assert "rnn_model" not in due
    assert due["leaderboard"] == {None: WHOLE}
    # Another reference stands in for a fit that fails: forecasts have other keys.
    for key, served in due["served_forecasts"].items():
        made_of = due["baseline_forecasts"][key] | due["rnn_forecasts"][key]
        assert served == made_of | slots("ab", BLENDS)
    assert finished.run().trained == 0
    after = finished.contents()
    changed = {
        (place[1], slot.name)
        for place, held in before.items()
        for slot in held
        if held[slot] != after[place][slot]
    }
    # Until there are enough errors the reference is served, and a failed forecast takes its values.
    blended = {(stage, name) for stage in ("served_forecasts", "scores") for name in BLENDS}
    assert changed == {("leaderboard", ""), ("report", ""), *blended}


# --- files of the store ---

STORED = {
    "raw copy": ("raw_observations", None, "a-*.csv"),
    "clean rows": ("clean_observations", None, "observations-*.parquet"),
    "tensor pack": ("clean_observations", None, "pack-*.safetensors"),
    "windows": ("windows", "2003-04-01", "windows-*.safetensors"),
    "baseline forecasts": ("baseline_forecasts", "2003-04-01", "forecasts-*.parquet"),
    "coefficients": ("baseline_forecasts", "2003-04-01", "coefficients-*.parquet"),
    "network forecasts": ("rnn_forecasts", "2003-04-01", "forecasts-*.parquet"),
    "served forecasts": ("served_forecasts", "2003-04-01", "forecasts-*.parquet"),
    "intervals": ("served_forecasts", "2003-04-01", "intervals-*.parquet"),
    "weights of the blend": ("served_forecasts", "2003-04-01", "weights-*.parquet"),
    "scores": ("scores", "2003-04-01", "scores-*.parquet"),
    "leaderboard": ("leaderboard", None, "leaderboard-*.parquet"),
    "report": ("report", None, "report-*.html"),
    "manifest": ("baseline_forecasts", "2003-04-01", "manifest.json"),
    "weights by cutoff": ("rnn_model", "2003-04-01", "manifest.json"),
}


@pytest.mark.parametrize(
    "how", ["deleted", "damaged", pytest.param("emptied", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("which", STORED)
def test_a_lost_file_is_made_again_with_the_same_bytes(finished, which, how):
    stage, cutoff, pattern = STORED[which]
    place = ("toy", stage) if cutoff is None else ("toy", stage, cutoff)
    (path,) = finished.project.store.folder(*place).glob(pattern)
    before, networks = finished.fold_bytes(), finished.networks()
    if how == "deleted":
        path.unlink()
    else:
        path.write_bytes(b"" if how == "emptied" else path.read_bytes()[:-1] + b"?")
    why = "never computed" if pattern == "manifest.json" else "its file is missing or damaged"
    first = finished.plan()[0]
    assert (first.stage, first.cutoff, first.reason) == (stage, cutoff, why)
    later = {d.reason for d in finished.plan() if d.stage != stage}
    assert all("will be made anew" in reason for reason in later)
    ran = finished.run()
    assert {s: set(made) for s, made in ran.made.items()} == {stage: {cutoff}}
    assert ran.trained == 0
    assert finished.plan() == []
    assert finished.fold_bytes() == before
    assert finished.networks() == networks


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", "damaged"])
def test_networks_of_a_damaged_pack_are_trained_again_to_the_same_weights(write, monkeypatch, how):
    monkeypatch.setattr("pipeline.chain.stage.rnn_model.CHUNK", 8)
    small = write()
    small.run()
    networks, contents = small.networks(), small.contents()
    packs = small.project.store.folder("toy", "rnn_model", "packs")
    paths = sorted(packs.glob("*/networks-*.safetensors"))
    assert len(paths) == 3
    pack = paths[0]
    users = [
        key
        for key in ALL
        if any(
            entry.at.split(":")[0] == pack.parent.name
            for entry in small.project.store.read("toy", "rnn_model", key).entries.values()
        )
    ]
    if how == "deleted":
        pack.unlink()
    else:
        pack.write_bytes(pack.read_bytes()[:-1] + b"?")
    due = small.due()
    after = {"rnn_forecasts", "served_forecasts", "scores", "leaderboard", "report"}
    assert set(due) == {"rnn_model", *after}
    assert due["rnn_model"] == at(users, slots("ab", SEEDS))
    ran = small.run()
    lost = small.project.store.read("toy", "rnn_model", "packs", pack.parent.name)
    assert ran.trained == len(lost.entries)
    assert set(ran.made) == {"rnn_model"}
    assert small.networks() == networks
    assert small.contents() == contents
    assert small.plan() == []


def test_other_bytes_under_the_same_key_upstream_are_followed(finished):
    store, place = finished.project.store, ("toy", "baseline_forecasts", "2003-04-01")
    manifest = store.read(*place)
    frame = finished.table("baseline_forecasts", "forecasts", "2003-04-01")
    frame.loc[(frame["unique_id"] == "a") & (frame["model"] == "naive"), "y_hat"] += 1.0
    slot = Slot("a", "naive")
    entries = manifest.entries | {slot: Entry(manifest.entries[slot].parts, "another content")}
    coefficients = store.file(manifest, "coefficients.parquet", *place)
    files = {
        "forecasts.parquet": table_to_bytes(frame, FORECASTS),
        "coefficients.parquet": coefficients,
    }
    store.commit(*place, files=files, entries=entries)
    later = at(months("2003-04", "2003-12"), served_of("a", ["naive"]))
    expected = {"served_forecasts": later, "scores": later, **BOARD}
    plan = finished.plan()
    assert (plan[0].stage, plan[0].cutoff) == ("served_forecasts", "2003-04-01")
    assert all("upstream re-made" in reason for reason in reasons(plan)["served_forecasts"])
    assert reasons(plan)["leaderboard"] == {"scores will be made anew"}
    assert reasons(plan)["report"] == {"leaderboard will be made anew"}
    assert finished.due() == expected
    made = finished.run().made
    assert made["served_forecasts"] == later
    assert slot in made["scores"]["2003-04-01"]
    assert all(own <= later[key] for key, own in made["scores"].items())  # some are what they were
    assert finished.plan() == []


def test_a_raised_version_redoes_its_stage_and_says_so(finished, monkeypatch):
    monkeypatch.setitem(VERSIONS, "naive", "2")
    due = finished.plan()
    stages = {"baseline_forecasts", "served_forecasts", "scores", "leaderboard", "report"}
    assert {d.stage for d in due} == stages
    assert {s for d in due if d.stage == "baseline_forecasts" for s in d.slots} == slots(
        "ab", ["naive"]
    )
    assert {d.reason for d in due if d.stage == "baseline_forecasts"} == {f"naive: {SETTING}"}
