"""Backfills and single cutoffs through the real `dagster dev`: what runs, and what it leaves."""

import datetime as dt
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.strategies import ATTRIBUTES, STAGES, SmallProject, months, values_of
from tests.system.conftest import command
from tests.system.dagster_dev import DagsterDev, Run, dagster_dev

pytestmark = pytest.mark.slow

ALL = months("2003-03", "2003-12")
"""Cutoffs with data."""

CUTOFFS = {"first": ALL[0], "last": "2004-06-01"}
"""Those of the next half year exist and wait for their data, as when the clock has moved on."""

NOW = dt.datetime(2004, 7, 15, tzinfo=dt.UTC)
"""All of them are over, as they are for Dagster, which reads the real clock."""

CHAIN = [stage.name for stage in STAGES]
BY_CUTOFF = [stage.name for stage in STAGES if stage.per_cutoff]


@dataclass(frozen=True)
class Server:
    """A project with a data set for each test, and its `dagster dev`."""

    root: Path
    dev: DagsterDev

    def data_set(self, name: str) -> SmallProject:
        """The project with the eyes on one data set."""
        return small_at(self.root, name)


def small_at(root: Path, name: str) -> SmallProject:
    attributes = deepcopy(ATTRIBUTES) | {"files": f"data/{name}/*.csv", "cutoffs": CUTOFFS}
    return SmallProject(root, NOW, attributes, name)


def declare(root: Path, *names: str) -> None:
    """Data sets with the same two series and the same settings as `toy`."""
    for name in names:
        small = small_at(root, name)
        small.declare()
        for number, unique_id in enumerate("ab"):
            small.write_series(unique_id, values_of(number))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`toy`, `corrected` and `appended` were made by `hindcast run`; the others wait."""
    root = tmp_path_factory.mktemp("backfills") / "project"
    small = SmallProject.write(root, cutoffs=CUTOFFS)
    declare(root, "corrected", "appended")
    done = command(small, "hindcast", "run")
    assert done.returncode == 0, done.stderr
    declare(root, "filled", "retried", "middle")
    with dagster_dev(small) as dev:
        yield Server(root, dev)


# --- what lies on the disk ---


def fold_bytes(small: SmallProject) -> dict[str, bytes]:
    """Those of one data set, by the path inside its folder."""
    head = f"{small.name}/"
    return {
        path.removeprefix(head): content
        for path, content in small.fold_bytes().items()
        if path.startswith(head)
    }


def made_at(small: SmallProject, runs: list[Run]) -> dict[str, list[str]]:
    """By stage, the cutoffs whose artifact was replaced by one of these runs."""
    run_ids = {run.run_id for run in runs}
    store = small.project.store
    found: dict[str, list[str]] = {}
    for stage in BY_CUTOFF:
        for key in store.list(small.name, stage):
            manifest = store.read(small.name, stage, key)
            if manifest is not None and manifest.made.get("run_id") in run_ids:
                found.setdefault(stage, []).append(key)
    return found


def due_at(small: SmallProject) -> dict[str, list[str]]:
    """By stage, the cutoffs that the plan calls due."""
    found: dict[str, list[str]] = {}
    for due in small.plan():
        if due.cutoff is not None:
            found.setdefault(due.stage, []).append(due.cutoff)
    return found


def marked_at(server: Server, name: str, cutoffs: list[str]) -> dict[str, list[str]]:
    """By stage, the cutoffs that the UI marks as stale or missing."""
    found = {}
    for stage in BY_CUTOFF:
        marks = server.dev.marks(name, stage, cutoffs)
        keys = [key for key, mark in marks.items() if mark != "FRESH"]
        if keys:
            found[stage] = keys
    return found


def partitioned(runs: list[Run]) -> list[Run]:
    assert [run.status for run in runs] == ["SUCCESS"] * len(runs)
    return [run for run in runs if run.cutoffs]


# --- backfills ---


@pytest.fixture(scope="module")
def filled(server: Server) -> list[Run]:
    """The runs of a first backfill over the whole chain."""
    return server.dev.backfill("filled", CHAIN, ALL)


def test_a_contiguous_backfill_is_one_run_and_trains_all_networks_as_one_program(server, filled):
    (run,) = partitioned(filled)
    assert run.cutoffs == (ALL[0], ALL[-1])
    assert run.stages == set(BY_CUTOFF)
    # Two series, two seeds, refits at 2003-01, -04, -07 and -10: one program commits one pack.
    assert any("16 trained" in line for line in server.dev.log(run.run_id))
    store = server.data_set("filled").project.store
    assert len(store.list("filled", "rnn_model", "packs")) == 1


def test_a_backfill_in_the_ui_makes_the_bytes_that_the_command_line_makes(server, filled):
    ours, theirs = server.data_set("filled"), server.data_set("toy")
    assert made_at(ours, filled) == dict.fromkeys(BY_CUTOFF, ALL)
    assert fold_bytes(ours) == fold_bytes(theirs)
    assert ours.networks() == theirs.networks()
    assert ours.plan() == []


def test_a_repeated_backfill_makes_nothing_and_says_so(server, filled):
    small = server.data_set("filled")
    before = fold_bytes(small)
    again = server.dev.backfill("filled", BY_CUTOFF, ALL)
    (run,) = partitioned(again)
    log = server.dev.log(run.run_id)
    for stage in BY_CUTOFF:
        (said,) = [line for line in log if line.startswith(f"filled/{stage}: ")]
        assert "nothing is due" in said
        assert "same rows, settings and versions" in said
        assert "trained" not in said
    assert made_at(small, again) == {}
    assert fold_bytes(small) == before


_NEWEST_BACKFILL = """{
  partitionBackfillsOrError(limit: 1) {
    ... on PartitionBackfills { results {
      status assetBackfillData { assetBackfillStatuses {
        ... on AssetPartitionsStatusCounts {
          numPartitionsTargeted numPartitionsMaterialized
        }
        ... on UnpartitionedAssetStatus { materialized }
      } }
    } }
  }
}"""


def newest_backfill(dev: DagsterDev) -> tuple[str, int]:
    """The status on its page, and how many assets and partitions it asked for and did not get."""
    (found,) = dev.ask(_NEWEST_BACKFILL)["partitionBackfillsOrError"]["results"]
    unmade = 0
    for asset in found["assetBackfillData"]["assetBackfillStatuses"]:
        asked = asset.get("numPartitionsTargeted", 1)
        unmade += asked - asset.get("numPartitionsMaterialized", asset.get("materialized"))
    return found["status"], unmade


def test_a_backfill_in_the_middle_makes_that_stretch_and_nothing_of_it_fails(server):
    asked = ALL[4:7]
    small = server.data_set("middle")
    runs = server.dev.backfill("middle", CHAIN, asked)
    assert [run.status for run in runs] == ["SUCCESS"] * len(runs)
    assert newest_backfill(server.dev) == ("COMPLETED_SUCCESS", 0)
    until = ALL[: ALL.index(asked[-1]) + 1]  # what is served is made of earlier forecasts
    forecasts = dict.fromkeys(BY_CUTOFF[: BY_CUTOFF.index("served_forecasts")], until)
    assert made_at(small, runs) == forecasts | {"served_forecasts": asked, "scores": asked}
    assert small.facts("leaderboard")["n_cutoffs"] == len(asked)
    left_out = ALL[2:4]  # Dagster asked for their scores: their horizons of two months reach here
    marks = server.dev.marks("middle", "scores", [*left_out, *asked])
    assert marks == dict.fromkeys(left_out, "STALE") | dict.fromkeys(asked, "FRESH")
    assert set(left_out) <= set(due_at(small)["scores"])
    theirs = fold_bytes(server.data_set("toy"))
    ours = {path: content for path, content in fold_bytes(small).items() if "leader" not in path}
    assert {path: theirs[path] for path in ours} == ours


def test_one_failed_cutoff_is_retried_alone_and_the_others_stay_as_they_are(server):
    dev, small, bad = server.dev, server.data_set("retried"), "2003-08-01"
    obstacle = small.project.store.folder("retried", "baseline_forecasts", bad)
    obstacle.parent.mkdir(parents=True)
    obstacle.write_text("a file where the folder of this cutoff belongs")
    runs = dev.backfill("retried", CHAIN, ALL)
    (run,) = [run for run in runs if run.cutoffs]
    assert run.status == "FAILURE"
    (said,) = dev.failures(run.run_id)
    assert bad in said
    obstacle.unlink()
    made = fold_bytes(small)
    retried = dev.materialize("retried", BY_CUTOFF, bad)
    assert retried.status == "SUCCESS"
    # Networks do not wait for baselines: the failed run had made them already.
    last = ("baseline_forecasts", "served_forecasts", "scores")
    assert made_at(small, [retried]) == {stage: [bad] for stage in last}
    assert {dev.marks("retried", stage, [bad])[bad] for stage in BY_CUTOFF} == {"FRESH"}
    after = fold_bytes(small)
    assert {path: after[path] for path in made} == made
    assert all(bad in path for path in set(after) - set(made))
    dev.backfill("retried", [*BY_CUTOFF, "leaderboard", "report"], ALL)
    assert fold_bytes(small) == fold_bytes(server.data_set("toy"))


# --- what the UI calls stale, what the plan calls due, what a backfill makes ---


def record_the_rows(server: Server, name: str, newest: str) -> None:
    """What changes first when files have changed: raw, clean and the newest windows."""
    for stages, key in ((CHAIN[:2], None), (["windows"], newest)):
        run = server.dev.materialize(name, stages, key)
        assert run.status == "SUCCESS", server.dev.failures(run.run_id)


def agree(server: Server, name: str, cutoffs: list[str]) -> dict[str, list[str]]:
    """Marks, plan and what a backfill makes are the same; which these are.

    Dagster looks one edge far. So the windows are backfilled first, and then all that follows.
    """
    small, made = server.data_set(name), {}
    for stages in (["windows"], [*BY_CUTOFF[1:], "leaderboard", "report"]):
        due = {stage: keys for stage, keys in due_at(small).items() if stage in stages}
        marked = marked_at(server, name, cutoffs)
        assert {stage: keys for stage, keys in marked.items() if stage in stages} == due
        if due:
            runs = server.dev.backfill(name, stages, sorted(set().union(*due.values())))
            assert len(partitioned(runs)) == 1
            assert made_at(small, runs) == due
        made |= due
    assert small.plan() == []
    assert marked_at(server, name, cutoffs) == {}
    return made


def test_after_a_correction_the_marks_are_the_plan_and_what_a_backfill_makes(server):
    month = "2003-04-01"
    server.data_set("corrected").correct("a", month, 31)
    record_the_rows(server, "corrected", ALL[-1])
    made = agree(server, "corrected", ALL)
    since = ALL[ALL.index(month) :]
    assert made == {
        "windows": since[:-1],
        "baseline_forecasts": since,
        "rnn_model": since,
        "rnn_forecasts": since,
        "served_forecasts": since,
        "scores": ALL,  # a horizon of two months reaches into it from the cutoff before
    }


def test_after_an_append_the_marks_are_the_plan_and_what_a_backfill_makes(server):
    newest = "2004-01-01"
    server.data_set("appended").append_month("a", "b")
    record_the_rows(server, "appended", newest)
    made = agree(server, "appended", [*ALL, newest])
    stages = ("baseline_forecasts", "rnn_model", "rnn_forecasts", "served_forecasts")
    assert made == {stage: [newest] for stage in stages} | {"scores": [*ALL[-2:], newest]}
