"""What the command line answers: tables for programs, and one clear sentence for each mistake."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.board_tables import LEADERBOARD
from tests.components.conftest import DAGSTER_WARNS
from tests.strategies import SmallProject, months, values_of
from tests.system.conftest import command

pytestmark = DAGSTER_WARNS

MODELS = ["naive", "seasonal_naive", "climatology", "ar", "rnn"]
SCORED = [*MODELS, "served", "served_without_networks"]


def everything_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


# --- mistakes ---


@dataclass(frozen=True)
class Fault:
    """A mistake: how it is made, what is asked, and the whole answer."""

    make: Callable[[SmallProject], object]
    answer: str
    arguments: tuple[str, ...] = ("run", "toy")


def replace_line(small: SmallProject, number: int, line: str) -> None:
    lines = small.lines("a")
    lines[number - 1] = line
    small.write_lines("a", lines)


def remove_files(small: SmallProject) -> None:
    for stem in "ab":
        small.file(stem).unlink()


def another(small: SmallProject, name: str, **changes: Any) -> SmallProject:
    """A second data set from the same files."""
    found = SmallProject(small.root, attributes=deepcopy(small.attributes), name=name)
    found.declare(**changes)
    return found


FAULTS = {
    "no file": Fault(remove_files, "toy is waiting for its file: data/toy/*.csv."),
    "a column's twin": Fault(
        lambda small: replace_line(small, 1, "date,Value"),
        'data/toy/a.csv line 1: no column "value"; the header has "Value", and names match '
        "exactly: declare it as the file spells it",
    ),
    "no such column": Fault(
        lambda small: replace_line(small, 1, "date,rain"),
        'data/toy/a.csv line 1: no column "value"; the header has date, rain: correct the header '
        "or the declaration",
    ),
    "no date": Fault(lambda small: replace_line(small, 42, "2003-13-01,5"), "a.csv line 42"),
    "off the grid": Fault(lambda small: replace_line(small, 42, "2003-05-02,5"), "a.csv line 42"),
    "no number": Fault(
        lambda small: replace_line(small, 42, "2003-05-01,lots"),
        'data/toy/a.csv line 42, column value: "lots" is not a number',
    ),
    "a date twice": Fault(lambda small: replace_line(small, 42, "2003-04-01,5"), "a.csv line 42"),
    "unknown data set": Fault(
        lambda small: None,
        "there is no data set 'tyo'; declared are: toy",
        ("run", "tyo"),
    ),
    "reference of no series": Fault(
        lambda small: small.declare(reference={"c": "naive"}),
        "toy, reference: there is no series 'c'; there are: a, b",
    ),
    "unknown cutoff": Fault(
        lambda small: None,
        "toy has no cutoff '2003-10-02': they run from 2003-09-01 to 2003-12-01, one per MS; write "
        "2003-09-01..2003-10-01",
        ("run", "toy", "--cutoffs", "2003-09-01..2003-10-02"),
    ),
    "reversed cutoffs": Fault(
        lambda small: None,
        "--cutoffs 2003-12-01..2003-09-01: reversed; write 2003-09-01..2003-12-01",
        ("run", "toy", "--cutoffs", "2003-12-01..2003-09-01"),
    ),
    "no fold is ready": Fault(
        lambda small: small.declare(cutoffs={"first": "2003-09-01", "last": "2004-06-01"}),
        "toy: no series is ready at 2004-02-01..2004-03-01 (no_data_yet 4); the last observation "
        "is of 2003-12-01",
        ("run", "toy", "--cutoffs", "2004-02-01..2004-03-01"),
    ),
    "no fold is ready at any cutoff": Fault(
        lambda small: small.declare(horizon=60),
        "toy: no series is ready at 2003-09-01..2003-12-01 (too_short 8; a fold needs 66 observed "
        "targets); the last observation is of 2003-12-01",
    ),
    "no start of cutoffs": Fault(
        lambda small: None,
        "--cutoffs ..2003-10-01: one side of the dots is empty; write 2003-09-01..2003-10-01",
        ("run", "toy", "--cutoffs", "..2003-10-01"),
    ),
    "no end of cutoffs": Fault(
        lambda small: None,
        "--cutoffs 2003-10-01..: one side of the dots is empty; write 2003-10-01..2003-12-01",
        ("run", "toy", "--cutoffs", "2003-10-01.."),
    ),
    "cutoffs of which data set": Fault(
        lambda small: another(small, "other"),
        "--cutoffs 2003-10-01: cutoffs are those of one data set; name it: other, toy",
        ("run", "--cutoffs", "2003-10-01"),
    ),
    "cutoffs of nothing, of the only data set": Fault(
        lambda small: small.declare(cutoffs={"first": "2003-09-01", "last": "2004-06-01"}),
        "toy: no series is ready at 2004-02-01 (no_data_yet 2); the last observation is of",
        ("run", "--cutoffs", "2004-02-01"),
    ),
    "a mistake in another data set": Fault(
        lambda small: another(small, "wrong", columns={"ds": "date", "y": "rain"}),
        'data/toy/a.csv line 1: no column "rain"',
        ("run",),
    ),
    "a folder that dagster refuses": Fault(
        lambda small: another(small, "my-shop"),
        "pipeline/defs/my-shop/defs.yaml: the folder's name becomes that of assets, in letters, "
        "digits and _; rename my-shop to my_shop",
        ("run",),
    ),
    "no cutoff yet": Fault(
        lambda small: small.declare(cutoffs={"first": "2150-01-01"}),
        "toy has no cutoff yet: its first, 2150-01-01, is not over",
    ),
    "a typo": Fault(
        lambda small: small.declare(horizn=3),
        "horizn is no key of a data set; did you mean horizon?",
    ),
    "an export without ending": Fault(
        lambda small: None,
        "forecasts: the ending says the format; write .parquet or .csv",
        ("export", "toy", "forecasts"),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_mistake_is_one_sentence_and_changes_nothing(finished, hindcast, name):
    fault = FAULTS[name]
    fault.make(finished)
    before = everything_in(finished.root)
    result = hindcast(finished, *fault.arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("hindcast: ")
    assert fault.answer in line
    assert everything_in(finished.root) == before


def test_a_storage_that_cannot_be_written_is_told(small, hindcast):
    (small.root / "storage").write_text("a file where the folder belongs")
    result = hindcast(small, "run", "toy")
    assert result.exit_code == 2
    started, told = result.stderr.splitlines()
    assert started.startswith("toy: ")
    assert told.startswith("hindcast: ")
    assert "storage/toy/raw_observations cannot be written (Not a directory)" in told
    assert (small.root / "storage").read_text() == "a file where the folder belongs"


def test_a_folder_that_is_no_project_is_told(tmp_path, small, hindcast):
    small.root = tmp_path
    result = hindcast(small, "plan")
    assert result.exit_code == 2
    assert result.stderr == (
        f"hindcast: {tmp_path} is no project: neither it nor a folder above it holds "
        "workspace.yaml; go to the project's folder or name it with --project DIR\n"
    )


@pytest.mark.parametrize(
    "arguments", [("leaderboard",), ("export", "toy", "f.csv"), ("report", "toy"), ("report",)]
)
def test_results_that_are_not_there_yet_are_told(small, hindcast, arguments, monkeypatch):
    monkeypatch.chdir(small.root)
    result = hindcast(small, *arguments)
    assert result.exit_code == 2
    assert "`hindcast run toy` makes" in result.stderr
    assert not (small.root / "f.csv").exists()


# --- plan ---


def test_a_plan_for_programs_is_an_object_with_rows(small, hindcast):
    result = hindcast(small, "plan", "--json")
    assert result.exit_code == 0
    plan = json.loads(result.stdout)
    assert set(plan) == {"due"}
    rows = plan["due"]
    assert all(list(row) == ["data_set", "stage", "cutoff", "folds", "reason"] for row in rows)
    assert rows[0] == {
        "data_set": "toy",
        "stage": "raw_observations",
        "cutoff": None,
        "folds": 1,
        "reason": "never computed",
    }
    windows = [row for row in rows if row["stage"] == "windows"]
    assert [row["cutoff"] for row in windows] == months("2003-09", "2003-12")
    assert {row["folds"] for row in windows} == {2}
    assert len(rows) == 4 + 6 * 4


def test_a_plan_for_people_has_a_line_per_stage_and_reason(small, hindcast):
    lines = hindcast(small, "plan").stdout.splitlines()
    assert lines[0] == "toy/raw_observations (never computed)"
    assert lines[2] == (
        "toy/windows at 4 cutoffs, 2003-09-01 to 2003-12-01: 8 folds (never computed)"
    )
    assert len(lines) == 10


def test_nothing_due_is_said(finished, hindcast):
    assert hindcast(finished, "plan").stdout == "nothing is due\n"
    assert json.loads(hindcast(finished, "plan", "--json").stdout) == {"due": []}


def test_a_waiting_data_set_is_named_and_the_others_are_planned(finished, hindcast):
    waiting = SmallProject(finished.root, name="later")
    waiting.declare(files="data/later/*.csv", source="Ask the station.")
    result = hindcast(finished, "plan")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "later waits for its file: hindcast plan later",
        "nothing is due",
    ]
    assert json.loads(hindcast(finished, "plan", "--json").stdout) == {"due": []}
    asked = hindcast(finished, "plan", "later")
    assert asked.exit_code == 2
    assert "later is waiting for its file: data/later/*.csv. Ask the station." in asked.stderr
    assert "later" not in hindcast(finished, "plan", "toy").stdout


# --- results ---


def test_the_leaderboard_for_programs_is_a_list_of_rows(finished, hindcast):
    rows = json.loads(hindcast(finished, "leaderboard", "--json").stdout)
    columns = ["data_set", "unique_id", "model", *LEADERBOARD.names[3:], "shrinkage"]
    beside = {"summary", "seasons", "revision", "refit"}
    for row in rows:
        assert list(row)[: len(columns)] == columns
        assert {"seasons"} <= set(row) - set(columns) <= beside
        assert ("summary" in row) == (row["unique_id"] is None)
    assert {(row["unique_id"], row["model"]) for row in rows} == {
        (unique_id, model) for unique_id in (None, "a", "b") for model in SCORED
    }
    assert len(rows) == 21
    assert all(row["data_set"] == "toy" and row["n_failed"] == 0 for row in rows)
    assert {row["n_scored"] for row in rows if row["unique_id"] is None} == {10}
    assert {row["n_scored"] for row in rows if row["unique_id"]} == {5}
    climatology = [row for row in rows if row["model"] == "climatology"]
    assert [row["skill"] for row in climatology] == [0, 0, 0]


def test_the_leaderboard_for_people_names_every_model(finished, hindcast):
    text = hindcast(finished, "leaderboard").stdout
    assert "mean over series" in text
    assert "toy: a, skill against climatology" in text
    assert all(model in text for model in SCORED)


@pytest.mark.parametrize(("asked", "opened"), [(["toy"], 1), (["toy", "--no-open"], 0), ([], 0)])
def test_a_report_is_opened_where_one_is_asked_for(finished, hindcast, monkeypatch, asked, opened):
    pages = []
    monkeypatch.setattr("webbrowser.open", lambda page: pages.append(page) or True)
    result = hindcast(finished, "report", *asked)
    assert (result.exit_code, result.stderr) == (0, "")
    path = Path(result.stdout.strip())
    assert path.is_absolute()
    assert path.read_text().startswith("<!doctype html>")
    assert pages == [path.as_uri()] * opened


def test_without_a_browser_the_path_is_what_one_has(finished, hindcast, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda page: False)
    result = hindcast(finished, "report", "toy")
    assert result.exit_code == 0
    assert Path(result.stdout.strip()).is_file()
    assert result.stderr == "no browser could be opened: open that file in one\n"


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_export_has_every_forecast_beside_its_actual(finished, hindcast, ending):
    file = finished.root / f"forecasts.{ending}"
    result = hindcast(finished, "export", "toy", str(file))
    assert result.exit_code == 0
    assert result.stdout == f"{file}: 16 rows\n"
    bounds = ("", "-lo-95", "-lo-80", "-hi-80", "-hi-95")
    columns = [f"{model}{bound}" for model in (*MODELS, "served") for bound in bounds]
    if ending == "csv":
        frame = pd.read_csv(file, parse_dates=["ds", "cutoff"])
        assert file.read_text().splitlines()[0] == ",".join(["unique_id,ds,cutoff,y", *columns])
    else:
        frame = pd.read_parquet(file)
        assert str(frame["ds"].dtype) == str(frame["cutoff"].dtype) == "datetime64[ns]"
    assert list(frame.columns) == ["unique_id", "ds", "cutoff", "y", *columns]
    assert len(frame) == 2 * 4 * 2
    assert frame[[*MODELS, "served"]].notna().all().all()
    first = frame.iloc[0]
    assert (first.unique_id, str(first.ds)[:10], str(first.cutoff)[:10]) == (
        "a",
        "2003-10-01",
        "2003-09-01",
    )
    assert first.y == values_of(0)[45]
    assert first.naive == values_of(0)[44]
    unknown = frame[frame["y"].isna()]
    assert {str(ds)[:7] for ds in unknown["ds"]} == {"2004-01", "2004-02"}
    assert len(unknown) == 2 * 3


# --- run ---


def test_a_run_makes_what_is_due_and_a_second_one_launches_nothing(small, hindcast, finished):
    import dagster as dg

    result = hindcast(small, "run")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == (
        "toy: done; raw_observations, clean_observations, windows 8 folds, baseline_forecasts "
        "8 folds, rnn_model 8 folds, rnn_forecasts 8 folds, served_forecasts 8 folds, scores "
        "8 folds, leaderboard, report\n"
    )
    assert small.fold_bytes() == finished.fold_bytes()
    assert small.plan() == []
    with dg.DagsterInstance.get() as instance:
        launched = len(instance.get_runs())
    assert hindcast(small, "run").stdout == "toy: nothing is due\n"
    with dg.DagsterInstance.get() as instance:
        assert len(instance.get_runs()) == launched


@pytest.mark.slow
def test_what_has_nothing_to_forecast_is_told_and_the_others_run(small, hindcast):
    another(small, "future", cutoffs={"first": "2150-01-01"})
    another(small, "long", horizon=60)
    future = "future has no cutoff yet: its first, 2150-01-01, is not over"
    long = (
        "long: no series is ready at 2003-09-01..2003-12-01 (too_short 8; a fold needs 66 observed "
        "targets); the last observation is of 2003-12-01"
    )
    for name, said in {"future": future, "long": long}.items():
        for asked in ("run", "plan"):
            result = hindcast(small, asked, name)
            assert (result.exit_code, result.stderr) == (2, f"hindcast: {said}\n")
    assert not small.project.store.root.exists()
    planned = hindcast(small, "plan")
    assert planned.exit_code == 0
    assert planned.stdout.splitlines()[:2] == [future, long]
    rows = json.loads(hindcast(small, "plan", "--json").stdout)["due"]
    assert {row["data_set"] for row in rows} == {"toy"}
    result = hindcast(small, "run")
    assert result.exit_code == 0, result.stderr
    first, second, third = result.stdout.splitlines()
    assert (first, second) == (future, long)
    assert third.startswith("toy: done; ")
    board = hindcast(small, "leaderboard")
    assert board.exit_code == 0
    assert board.stdout.startswith("future has no leaderboard yet; `hindcast run future` makes")
    assert "toy: mean over series" in board.stdout
    rows = json.loads(hindcast(small, "leaderboard", "--json").stdout)
    assert {row["data_set"] for row in rows} == {"toy"}
    assert hindcast(small, "leaderboard", "long").exit_code == 2


@pytest.mark.slow
def test_a_run_of_some_cutoffs_leaves_the_others_due(small, hindcast):
    result = hindcast(small, "run", "toy", "--cutoffs", "2003-10-01")
    assert result.exit_code == 0, result.stderr
    assert small.project.store.list("toy", "scores") == ["2003-10-01"]
    due = small.due()
    assert set(due["scores"]) == {"2003-09-01", "2003-11-01", "2003-12-01"}


def test_help_needs_no_project(tmp_path):
    result = command(SmallProject(tmp_path), "hindcast", "--help")
    assert result.returncode == 0
    assert "plan" in result.stdout


def test_a_mistake_in_one_declaration_leaves_the_others_their_commands(small, hindcast):
    other = small.root / "pipeline" / "defs" / "broken"
    other.mkdir()
    (other / "defs.yaml").write_text("type: nothing\n")
    assert hindcast(small, "plan", "toy").exit_code == 0
    assert hindcast(small, "plan").exit_code == 2


@pytest.mark.slow
def test_cutoffs_after_the_data_are_not_asked_for(small, hindcast):
    small.declare(cutoffs={"first": "2002-12-01"})  # they grow with the clock, the rows end in 2003
    said = hindcast(small, "run", "toy")
    assert said.exit_code == 0, said.output
    assert "at 2002-12-01..2003-12-01 (13 cutoffs)" in said.output
    assert small.project.store.list("toy", "windows") == [
        "2002-12-01",
        *months("2003-01", "2003-12"),
    ]
    assert hindcast(small, "plan", "toy").output == "nothing is due\n"


def test_of_many_series_the_mean_is_printed_unless_their_data_set_is_named(
    finished, hindcast, monkeypatch
):
    monkeypatch.setattr("pipeline.chain.results._MANY", 2)
    text = hindcast(finished, "leaderboard").stdout
    assert "mean over series" in text
    assert "toy: a, skill" not in text
    assert "each of the 2 series: `hindcast leaderboard toy`" in text
    assert "toy: a, skill" in hindcast(finished, "leaderboard", "toy").stdout
