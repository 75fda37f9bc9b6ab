"""What runs leave in Dagster's history is what lies on the disk."""

import base64
import re
import subprocess
import sys

import dagster as dg
import pytest

from pipeline.board_tables import LEADERBOARD
from pipeline.chain.stage import windows
from pipeline.components import metadata
from pipeline.components.home import prepare_home
from pipeline.errors import InputError
from pipeline.folds.keys import hash_of
from pipeline.tables import OBSERVATIONS
from tests.components.conftest import DAGSTER_WARNS, Dagster
from tests.strategies import STAGES, months, values_of

pytestmark = DAGSTER_WARNS

ALL = months("2003-09", "2003-12")
BY_CUTOFF = [stage.name for stage in STAGES if stage.per_cutoff]
WHOLE = [stage.name for stage in STAGES if not stage.per_cutoff]
PICTURED = [name for name in WHOLE if name != "report"]  # which has charts of its own


def contents(dagster: Dagster, stage: str) -> dict[str, str]:
    """What the manifests on disk say that every partition holds."""
    store = dagster.small.project.store
    found = {}
    for key in store.list("toy", stage):
        manifest = store.read("toy", stage, key)
        assert manifest is not None
        found[key] = manifest.content
    return found


def materialization(dagster: Dagster, stage: str, partition: str | None = None):
    with dg.DagsterInstance.get() as instance:
        records = instance.fetch_materializations(
            dg.AssetRecordsFilter(
                asset_key=dagster.key(stage),
                asset_partitions=[partition] if partition else None,
            ),
            limit=1,
        ).records
    assert records[0].asset_materialization is not None
    return records[0].asset_materialization


def runs() -> list[dg.DagsterRun]:
    with dg.DagsterInstance.get() as instance:
        return list(instance.get_runs())


def test_the_event_log_says_of_every_partition_what_lies_on_the_disk(ran):
    assert ran.small.plan() == []
    for stage in BY_CUTOFF:
        on_disk = contents(ran, stage)
        assert list(on_disk) == ALL
        assert ran.versions(stage) == on_disk
        with dg.DagsterInstance.get() as instance:
            assert instance.get_materialized_partitions(ran.key(stage)) == set(ALL)
    for stage in WHOLE:
        manifest = ran.small.project.store.read("toy", stage)
        tags = materialization(ran, stage).tags
        assert tags["dagster/data_version"] == manifest.content


def test_a_partitions_event_says_what_it_was_made_from(ran):
    for key in (ALL[0], ALL[-1]):
        tags = materialization(ran, "scores", key).tags
        inputs = {
            k.removeprefix("dagster/input_data_version/"): v
            for k, v in tags.items()
            if k.startswith("dagster/input_data_version/")
        }
        forecasts = {f"toy/{source}_forecasts" for source in ("baseline", "rnn", "served")}
        assert set(inputs) == {*forecasts, "toy/windows"}
        assert tags["dagster/code_version"] == ran.node("scores").code_version
        assert tags["dagster/data_version_is_user_provided"] == "true"


def test_dagster_calls_nothing_stale_after_a_run(ran):
    from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus

    with dg.DagsterInstance.get() as instance:
        resolver = CachingStaleStatusResolver(instance, ran.asset_graph, _loading(instance))
        for stage in BY_CUTOFF:
            for key in (ALL[0], ALL[-1]):
                assert resolver.get_status(ran.key(stage), key) == StaleStatus.FRESH, (stage, key)
        for stage in ("raw_observations", "clean_observations", "leaderboard", "report"):
            assert resolver.get_status(ran.key(stage)) == StaleStatus.FRESH


def _loading(instance):
    from dagster._core.loader import LoadingContextForTest

    return LoadingContextForTest(instance)


def test_counts_and_tables_are_shown_beside_a_materialization(ran):
    scores = materialization(ran, "scores", "2003-10-01").metadata
    assert scores["n_scored"].value == 4
    assert scores["n_ready"].value == 2
    assert scores["dagster/row_count"].value == 4 * (5 + 2)  # and what is served
    assert scores["skill/climatology"].value == 0
    assert {f"mase/{model}" for model in ran.small.data_set.scored_models} <= set(scores)
    assert not any(name.startswith("mae/") for name in scores)  # of two series
    assert scores["seconds"].value > 0
    assert r"| unique\_id | ds | y |" in scores["predicted_and_expected"].value
    baseline = materialization(ran, "baseline_forecasts", "2003-10-01").metadata
    assert r"y\.L1" in baseline["coefficients"].value
    served = materialization(ran, "served_forecasts", "2003-10-01").metadata
    weights = [served[f"weight/{model}"].value for model in ran.small.data_set.candidates]
    assert sum(weights) == pytest.approx(1, abs=1e-5)
    assert served["unbounded/80"].value == 2 * 2 * 6  # one error is known at most
    model = materialization(ran, "rnn_model", "2003-10-01").metadata
    assert model["dagster/row_count"].value == 4
    assert 0 < model["loss/rnn"].value < 10
    board = materialization(ran, "leaderboard").metadata["board"].value
    assert "mean over series" in board
    assert "columns more" not in board
    assert " | skill | " in board.splitlines()[0]
    assert "climatology" in board
    assert "rnn" in board
    assert " more" not in board, "all columns are shown"


def test_of_one_series_there_is_no_mean_on_the_board(small):
    small.file("b").unlink()
    small.run()
    board = metadata._board(small.project, "toy").value
    assert "mean over series" not in board
    assert [line.split(" | ")[0] for line in board.splitlines()[2:]] == ["| a"] * 7


@pytest.mark.parametrize("stage", WHOLE)
def test_what_a_page_names_to_be_read_is_on_it(ran, stage):
    there = {*materialization(ran, stage).metadata, *OBSERVATIONS.names, *LEADERBOARD.names}
    files = ran.small.project.store.read("toy", stage).files
    _, _, how = ran.node(stage).description.partition("**How to read it.**")
    named = re.findall(r"`([^`]+)`", how)
    assert named
    for name in ", ".join(named).split(", "):
        assert name in there or name in files, name


def test_a_second_run_makes_nothing_and_gives_the_same_versions(ran):
    versions = {stage: ran.versions(stage) for stage in BY_CUTOFF}
    files = ran.small.fold_bytes()
    ran.materialize()
    assert {stage: ran.versions(stage) for stage in BY_CUTOFF} == versions
    assert ran.small.fold_bytes() == files
    assert materialization(ran, "rnn_model", ALL[3]).metadata["made"].value == 0
    assert materialization(ran, "rnn_model", ALL[3]).metadata["reused"].value == 4


def test_one_cutoff_alone_has_one_event_with_its_version(dagster):
    dagster.materialize(*WHOLE[:2])
    dagster.materialize(*BY_CUTOFF, first="2003-10-01", last="2003-10-01")
    for stage in BY_CUTOFF:
        assert dagster.versions(stage) == contents(dagster, stage)
        alone = stage in ("served_forecasts", "scores")  # of forecasts there are earlier ones
        assert list(contents(dagster, stage)) == ALL[1 if alone else 0 : 2]


@pytest.mark.slow
def test_what_is_served_alone_makes_and_tells_first_what_it_is_made_of(dagster):
    forecasts, newest = BY_CUTOFF[: BY_CUTOFF.index("served_forecasts")], ALL[-1]
    dagster.materialize(*WHOLE[:2])
    dagster.materialize(*forecasts, first=newest)
    dagster.materialize("served_forecasts", first=newest)
    assert len(runs()) == 3
    for stage in forecasts:
        assert list(contents(dagster, stage)) == ALL
        assert dagster.versions(stage) == contents(dagster, stage)
    assert list(contents(dagster, "served_forecasts")) == [newest]
    assert dagster.versions("served_forecasts") == contents(dagster, "served_forecasts")
    assert {d.stage for d in dagster.small.plan()} == {
        *("served_forecasts", "scores", "leaderboard", "report")
    }
    dagster.materialize()  # the rest of the chain
    for stage in BY_CUTOFF:
        assert dagster.versions(stage) == contents(dagster, stage)
    assert dagster.small.plan() == []


def test_a_range_of_the_whole_chain_is_one_run_with_one_program_of_networks(ran):
    (run,) = runs()
    assert run.status == dg.DagsterRunStatus.SUCCESS
    assert {key.path[-1] for key in run.asset_selection} == {stage.name for stage in STAGES}
    store = ran.small.project.store
    assert len(store.list("toy", "rnn_model", "packs")) == 1
    made_by = {store.read("toy", stage, key).made["run_id"] for stage in BY_CUTOFF for key in ALL}
    assert made_by == {run.run_id}


@pytest.mark.slow
def test_an_appended_month_leaves_the_windows_of_old_cutoffs_as_they_are(ran):
    before = ran.versions("windows")
    scores = ran.versions("scores")
    ran.small.append_month("a", "b")
    ran.small.declare(cutoffs={"first": "2003-09-01", "last": "2004-01-01"})
    grown = Dagster(ran.small)
    grown.materialize("raw_observations", "clean_observations", "windows", last="2004-01-01")
    after = grown.versions("windows")
    assert set(after) - set(before) == {"2004-01-01"}
    assert {key: after[key] for key in before} == before
    later = [s for s in BY_CUTOFF if s != "windows"]
    grown.materialize(*later, "leaderboard", "report", first="2003-11-01", last="2004-01-01")
    moved = {key for key, version in grown.versions("scores").items() if version != scores.get(key)}
    assert moved == set(months("2003-11", "2004-01"))
    assert grown.small.plan() == []


def test_checks_are_recorded_with_what_they_counted(ran):
    with dg.DagsterInstance.get() as instance:
        found = {
            key.name: instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
            for key in ran.asset_graph.asset_check_keys
        }
    evaluations = {
        name: record.event.dagster_event.asset_check_evaluation_data
        for name, record in found.items()
    }
    assert set(evaluations) == {"no_leak", "some_fold_is_ready", "references_suit", "live_skill"}
    assert all(evaluation.passed for evaluation in evaluations.values())
    assert evaluations["no_leak"].metadata["keys"].value == 4 * 31


def test_a_leak_stops_the_scores(dagster, monkeypatch):
    honest = windows.wants

    def wants(known, cutoff):
        total = hash_of([float(v) for v in known.series("b").y if v == v])
        found = honest(known, cutoff)
        return {s: type(w)(w.parts | {"rows": total}, w.reads) for s, w in found.items()}

    monkeypatch.setattr(windows, "wants", wants)
    with pytest.raises(RuntimeError, match=r"no_leak.*depends on rows after the cutoff"):
        dagster.materialize()
    store = dagster.small.project.store
    assert store.list("toy", "served_forecasts") == ALL
    assert store.list("toy", "scores") == []
    assert store.read("toy", "leaderboard") is None
    assert dagster.versions("scores") == {}


def test_a_cutoff_without_a_ready_fold_fails_its_check_and_stops_nothing(small):
    small.declare(cutoffs={"first": "2000-12-01", "last": "2001-01-01"})
    dagster = Dagster(small)
    dagster.materialize(first="2000-12-01", last="2001-01-01")
    with dg.DagsterInstance.get() as instance:
        (key,) = (k for k in dagster.asset_graph.asset_check_keys if k.name == "some_fold_is_ready")
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    evaluation = record.event.dagster_event.asset_check_evaluation_data
    assert not evaluation.passed
    assert "2000-12-01" in evaluation.description
    assert small.project.store.list("toy", "scores") == months("2000-12", "2001-01")


def test_what_a_person_can_mend_fails_with_its_sentence_and_is_not_retried(dagster):
    dagster.small.correct("a", "2003-05-01", "lots")
    with pytest.raises(InputError, match=r"a.csv line 42, column value"):
        dagster.materialize()
    assert not (dagster.small.root / "storage").exists()
    assert [run.status for run in runs()] == [dg.DagsterRunStatus.FAILURE]


def test_a_failed_model_is_told_in_the_metadata(dagster):
    dagster.small.declare(max_staleness=1)
    for number, stem in enumerate("ab"):
        # Never three observed rows in a row, as an AR of two lags needs them.
        dagster.small.write_series(
            stem, [None if k % 5 in (1, 3) else v for k, v in enumerate(values_of(number))]
        )
    dagster.materialize()
    metadata = materialization(dagster, "baseline_forecasts", ALL[0]).metadata
    assert metadata["n_failed"].value == 2
    assert metadata["failures"].value[0] == ("a, ar: AR(2) has 0 complete rows for 3 coefficients")


def test_plots_are_on_the_data_and_on_the_board_and_nowhere_else(ran):
    for stage in STAGES:
        key = None if stage.name in WHOLE else "2003-10-01"
        shown = materialization(ran, stage.name, key).metadata.get("plots")
        assert (shown is not None) == (stage.name in PICTURED), stage.name
        if shown is None:
            continue
        pictures = re.findall(r"!\[(\w+)\]\(data:image/png;base64,([^)]+)\)", shown.value)
        assert len(pictures) >= (5 if stage.name == "leaderboard" else 1)
        for _, data in pictures:
            content = base64.b64decode(data)
            assert content.startswith(b"\x89PNG")
            assert len(content) < 100_000


def test_a_picture_that_cannot_be_drawn_takes_nothing_with_it(ran, monkeypatch):
    def fail(*args):
        raise ValueError("no ink")

    monkeypatch.setattr(metadata, "pictures_of", fail)
    ran.materialize("leaderboard")
    shown = materialization(ran, "leaderboard").metadata
    assert shown["plots"].value == "could not be drawn: ValueError: no ink"
    assert "rnn" in shown["board"].value


def test_a_run_in_which_nothing_is_due_says_why(ran):
    ran.materialize()
    with dg.DagsterInstance.get() as instance:
        logs = instance.all_logs(instance.get_runs(limit=1)[0].run_id)
    said = [entry.user_message for entry in logs if entry.dagster_event is None]
    (line,) = (text for text in said if text.startswith("toy/rnn_model: "))
    assert line == (
        "toy/rnn_model: nothing is due, 16 networks of cutoffs reused: made from the same rows, "
        "settings and versions as now"
    )


def test_a_backfill_leaves_out_scores_of_cutoffs_that_were_never_forecast(dagster):
    dagster.materialize(*WHOLE[:2])
    dagster.materialize(*BY_CUTOFF[:-1], first="2003-11-01", last="2003-12-01")
    job = dagster.repository.get_implicit_job_def_for_assets([dagster.key("scores")])
    tags = {
        "dagster/asset_partition_range_start": "2003-10-01",
        "dagster/asset_partition_range_end": "2003-11-01",
    }
    with dg.DagsterInstance.get() as instance:
        options = {"instance": instance, "asset_selection": [dagster.key("scores")]}
        widened = job.execute_in_process(**options, tags=tags | {"dagster/backfill": "x"})
        assert widened.success
        versions = dagster.versions("scores")
        assert versions.pop("2003-10-01") == "none"
        assert set(versions) == {"2003-11-01"}
        logs = instance.all_logs(widened.run_id)
        assert any(
            "not scored" in (e.user_message or "") and "2003-10-01" in e.user_message for e in logs
        )
        by_hand = job.execute_in_process(**options, tags=tags, raise_on_error=False)
        assert not by_hand.success


# --- the folder of the history ---


def test_an_edit_of_the_projects_settings_reaches_its_own_history(small, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME")
    settings = small.root / "dagster.yaml"
    prepare_home(small.project)
    settings.write_text(settings.read_text() + "# edited\n")
    prepare_home(small.project)
    copy = small.root / ".dagster_home" / "dagster.yaml"
    assert copy.read_text() == settings.read_text()


def test_a_history_that_the_user_named_keeps_its_settings(small, tmp_path):
    prepare_home(small.project)
    copy = tmp_path / "history" / "dagster.yaml"
    assert copy.read_text() == (small.root / "dagster.yaml").read_text()
    copy.write_text("telemetry: {enabled: false}\n")
    prepare_home(small.project)
    assert copy.read_text() == "telemetry: {enabled: false}\n"


def test_a_history_that_cannot_be_written_is_told(small, tmp_path):
    (tmp_path / "history").write_text("a file where the folder belongs")
    with pytest.raises(InputError, match=r"history cannot be written \(File exists\)"):
        prepare_home(small.project)


@pytest.mark.parametrize("text", ["frob: 1\n", "run_monitoring: [\n"])
def test_settings_that_dagster_refuses_are_told(small, text):
    (small.root / "dagster.yaml").write_text(text)
    with pytest.raises(InputError, match=r"^dagster\.yaml is refused by Dagster; correct it: "):
        prepare_home(small.project)


def test_a_history_that_was_opened_with_these_settings_is_not_opened_again(small):
    prepare_home(small.project)
    script = (
        "import sys; from pathlib import Path; from pipeline.chain.project import Project; "
        "from pipeline.components.home import prepare_home; "
        f"prepare_home(Project(Path({str(small.root)!r}))); print('dagster' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]


def test_settings_that_were_refused_are_refused_until_they_are_mended(small):
    settings = small.root / "dagster.yaml"
    good = settings.read_text()
    prepare_home(small.project)
    copy = small.project.dagster_home / "dagster.yaml"
    copy.write_text("frob: 1\n")
    for _ in range(2):
        with pytest.raises(InputError, match="refused by Dagster"):
            prepare_home(small.project)
    copy.write_text(good)
    prepare_home(small.project)
