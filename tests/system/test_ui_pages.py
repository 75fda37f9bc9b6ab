"""The pages of the real `dagster dev` in a real browser: what a person reads and clicks there."""

import datetime as dt
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.tables import SCORES
from tests.strategies import ATTRIBUTES, NETWORK, STAGES, SmallProject, months, values_of
from tests.system.browser import Browser, browser, screenshots
from tests.system.conftest import command
from tests.system.dagster_dev import DagsterDev, dagster_dev, wait_for

pytestmark = pytest.mark.slow

ALL = months("2003-09", "2003-12")
NOW = dt.datetime(2004, 7, 15, tzinfo=dt.UTC)
"""All cutoffs are over, as they are for Dagster, which reads the real clock."""

CHAIN = [stage.name for stage in STAGES]
BY_CUTOFF = [stage.name for stage in STAGES if stage.per_cutoff]

LONG = {"steps": 20_000, "seeds": 50}
"""A hundred networks that train for a minute or more: a line in the log after five seconds."""

LINEAGE = "/locations/hindcast/asset-groups/{}/lineage"


@dataclass(frozen=True)
class Ui:
    """A `dagster dev`, a browser that looks at it, and where its pictures go."""

    root: Path
    dev: DagsterDev
    browser: Browser
    shots: Path

    def shoot(self, name: str) -> None:
        """Keep a picture of the page."""
        self.browser.shoot(self.shots / f"{name}.png")


def declare(root: Path, name: str, **changes) -> SmallProject:
    """A data set with two series."""
    attributes = deepcopy(ATTRIBUTES) | {
        "files": f"data/{name}/*.csv",
        "cutoffs": {"first": ALL[0], "last": ALL[-1]},
    }
    small = SmallProject(root, attributes=attributes | changes, name=name)
    small.declare()
    for number, unique_id in enumerate("ab"):
        small.write_series(unique_id, values_of(number))
    return small


@pytest.fixture(scope="module")
def _ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    root = folder / "project"
    # The cutoffs of `toy` go on after its data ends.
    cutoffs = {"first": ALL[0], "last": "2004-01-01"}
    small = SmallProject.write(root, cutoffs=cutoffs, owners=["team:weather"])
    done = command(small, "hindcast", "run")
    assert done.returncode == 0, done.stderr
    declare(root, "clicked")
    declare(root, "broken")
    declare(root, "long", networks={"rnn": NETWORK | LONG})
    with dagster_dev(small) as dev, browser(dev.address) as window:
        yield Ui(root, dev, window, screenshots(folder / "screenshots"))


def declared(ui: Ui, name: str) -> SmallProject:
    """The project with the eyes on one data set."""
    attributes = deepcopy(ATTRIBUTES) | {"cutoffs": {"first": ALL[0], "last": ALL[-1]}}
    return SmallProject(ui.root, NOW, attributes, name)


@pytest.fixture
def ui(_ui: Ui) -> Iterator[Ui]:
    """No page that a test looked at complained of anything."""
    _ui.browser.complaints.clear()
    yield _ui
    assert _ui.browser.complaints == []


# --- what is there to be read ---


def test_the_lineage_shows_the_whole_chain_by_name_in_light_and_dark(ui):
    ui.browser.open(LINEAGE.format("toy"), "Materialize all")
    for theme in ("Dark", "Light"):
        ui.browser.set_theme(theme)
        ui.browser.open(LINEAGE.format("toy"), "Asset Group in", *CHAIN)
        ui.shoot(f"lineage_{theme.lower()}")


def test_the_list_says_what_each_asset_is_stored_as_and_how_many_cutoffs_are_there(ui):
    ui.browser.open(LINEAGE.format("toy").replace("lineage", "list"))
    ui.browser.sees(*(f"toy / {stage}" for stage in CHAIN), "5 partitions", "Materialized")
    page = ui.browser.page
    assert page.get_by_text("5 partitions").count() == len(BY_CUTOFF)
    assert page.get_by_text("Materialized").count() == len(CHAIN) - len(BY_CUTOFF)
    kinds = [kind for stage in STAGES for kind in stage.kinds]
    assert page.get_by_text("safetensors").count() == kinds.count("safetensors")
    ui.shoot("list")


def test_an_asset_page_explains_itself(ui):
    ui.browser.open("/assets/toy/scores", "Every forecast held against what was observed")
    ui.browser.sees("weather", "pandas", "Parquet", "scores.py")
    for column in SCORES.columns:
        said = ui.browser.row(column.name).inner_text()
        assert all(part in said for part in (column.dtype, column.meaning, column.unit or ""))
    ui.shoot("asset")
    ui.browser.page.get_by_text("Compute details").click()
    version = ui.dev.asset("toy", "scores", "opVersion")["opVersion"]
    ui.browser.sees(version)


def test_a_cutoffs_page_shows_its_forecasts_beside_what_was_observed(ui):
    ui.browser.open("/assets/toy/scores?view=partitions&partition=2003-10-01", "Materialized")
    ui.browser.sees("predicted_and_expected", "seasonal_naive", "rnn", "2003-11-01")
    ui.shoot("cutoff")


@pytest.mark.parametrize(
    ("stage", "names"),
    [
        ("raw_observations", ["observations"]),
        ("clean_observations", ["gaps_and_verdicts"]),
        ("leaderboard", ["folds", "loss_curves", "test_against_prediction", "error_by_step"]),
    ],
)
def test_the_plots_of_an_asset_are_one_click_away_and_fit_into_the_page(ui, stage, names):
    ui.browser.open(f"/assets/toy/{stage}", "Metadata")
    ui.browser.row("plots").get_by_text("[Show Markdown]").first.click()
    dialog = ui.browser.page.get_by_role("dialog")
    for name in names:
        plot = dialog.get_by_alt_text(name, exact=True)
        plot.scroll_into_view_if_needed()
        assert plot.get_attribute("src").startswith("data:image/png;base64,")
        ui.shoot(f"{stage}_{name}")
        inside, room = plot.bounding_box(), dialog.bounding_box()
        assert inside["x"] + inside["width"] <= room["x"] + room["width"]
    ui.browser.click("Close")


# --- what is clicked ---


def choose(ui: Ui, cutoffs: str) -> None:
    """Fill in the dialog that `Materialize` opens."""
    box = ui.browser.page.get_by_placeholder(re.compile("^ex: "))
    box.fill(cutoffs)
    box.press("Enter")
    ui.browser.sees("Partition selection")


def test_one_cutoff_is_made_by_clicking(ui):
    ui.dev.materialize("clicked", CHAIN[:2])
    ui.browser.open("/assets/clicked/windows", "Materialize")
    ui.browser.click("Materialize")
    choose(ui, ALL[1])
    ui.browser.click("Launch 1 run")
    ui.browser.sees("Launched run")
    small = declared(ui, "clicked")
    wait_for(lambda: small.project.store.list("clicked", "windows") == [ALL[1]], 60)
    ui.browser.open(f"/assets/clicked/windows?view=partitions&partition={ALL[1]}")
    ui.browser.until("text=Materialized (1)")
    ui.shoot("one_cutoff")


def test_the_dialog_of_a_backfill_takes_a_range(ui):
    ui.browser.open(LINEAGE.format("toy"), "Materialize all", *CHAIN)
    ui.browser.click("Materialize all")
    choose(ui, f"[{ALL[0]}...{ALL[2]}]")
    ui.browser.sees("3 partitions", "Launch backfill")
    ui.shoot("dialog")
    ui.browser.click("Cancel")


def test_the_whole_data_set_is_made_by_clicking(ui):
    ui.browser.open(LINEAGE.format("clicked"), "Materialize all", *CHAIN)
    ui.browser.click("Materialize all")
    choose(ui, f"[{ALL[0]}...{ALL[-1]}]")
    ui.browser.click("Launch backfill")
    ui.browser.sees("Created backfill")
    said = ui.browser.page.get_by_text("Created backfill").inner_text()
    runs = ui.dev.backfilled(said.split()[2])
    assert [run.status for run in runs] == ["SUCCESS"] * len(runs)
    assert declared(ui, "clicked").plan() == []
    ui.browser.open("/assets/clicked/leaderboard", "Row count")
    ui.browser.open(LINEAGE.format("clicked"), *CHAIN)
    ui.shoot("lineage_made")


def test_the_page_of_a_run_says_how_far_it_is_and_ends_it(ui):
    run_id = ui.dev.launch("long", CHAIN, ALL[0])
    ui.browser.open(f"/runs/{run_id}")
    ui.browser.sees("long/rnn_model:", seconds=90)
    said = re.compile(r"long/rnn_model: \d+ of \d+ .*\d+%, about \d+ s left")
    wait_for(lambda: any(said.match(line) for line in ui.dev.log(run_id)), 60)
    ui.shoot("run")
    ui.browser.click("Terminate")
    ui.browser.page.get_by_role("dialog").get_by_role("button", name="Terminate").click()
    assert ui.dev.ended(run_id).status == "CANCELED"


def test_a_failed_check_says_which_cutoff_and_why(ui):
    later = "2004-01-01"
    ui.dev.backfill("toy", BY_CUTOFF, [ALL[-1], later])
    ui.browser.open("/assets/toy/windows?view=checks", "At least one series can be forecast")
    ui.browser.sees(f"nothing is forecast at {later}: no fold is ready there")
    ui.shoot("failed_check")


def test_a_run_over_a_broken_file_says_where_the_mistake_is_and_what_to_do(ui):
    small = declared(ui, "broken")
    small.correct("a", "2003-05-01", "lots")
    run = ui.dev.materialize("broken", CHAIN[:2])
    assert run.status == "FAILURE"
    ui.browser.open(f"/runs/{run.run_id}")
    ui.browser.sees('data/broken/a.csv line 42, column value: "lots" is not a number')
    ui.shoot("broken")


def test_schedule_and_sensor_are_off_and_a_click_switches_one_on(ui):
    ui.browser.open("/automation", "toy_when_a_cutoff_ends", "toy_when_files_change")
    page = ui.browser.page
    for name in ("toy_when_a_cutoff_ends", "toy_when_files_change"):
        # The first one chooses the line for the button `Actions`.
        switch = page.locator("[data-index]", has_text=name).locator("label").nth(1)
        box = switch.locator("input")
        assert not box.is_checked()
        switch.click()
        wait_for(box.is_checked, 20)
    ui.shoot("automation")
