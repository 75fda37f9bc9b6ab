"""docs/accuracy.md says what was measured, and what is measured is what the page says it is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.accuracy import autoets, measures
from bench.accuracy.__main__ import keep
from bench.accuracy.cases import BASELINES, Case, shipped, simulated
from bench.accuracy.compared import Compared
from bench.accuracy.page import PAGE, RESULTS, TUNED, read_results, refreshed, tables_of
from bench.accuracy.picked import REFERENCES, preferred
from bench.networks.quoted import quoted
from pipeline.baselines.picked import pick_references
from pipeline.clean.observations import Observations, Series
from tests.conftest import REPOSITORY

COUNTS = ("n_scored", "n_failed")


def page() -> str:
    return PAGE.read_text()


def test_every_table_and_number_is_that_of_the_results():
    assert len(quoted(page())) > 10
    assert refreshed(page(), read_results()) == page()


def test_what_is_measured_is_shown():
    results, shown = read_results(), set(tables_of(page()))
    wanted = {f"shipped/{name}" for name in results["shipped"]}
    wanted |= {f"grid/{name}" for name in results["tune"]}
    assert (
        wanted
        | {"panels", "panels above", "changes", "cells", "picked", "look back", "one at a time"}
        == shown
    )


def test_no_measured_number_of_the_text_is_without_a_name():
    text = re.sub(r"<!-- table .*?<!-- end -->", "", page(), flags=re.S)
    text = re.sub(r"<!-- [^>]* -->", "<!-- -->", text)
    text = re.sub(r"```.*?```|`[^`]*`|\[[^\]]*\]\([^)]*\)", "", text, flags=re.S)
    assert re.findall(r"\d+\.\d+(?!\d*(?:e-?\d+)?<!-- )", text) == []


def test_models_of_a_part_were_scored_on_the_same_points():
    results = read_results()
    for kind in ("shipped", "panel", "changes", "picked"):
        for part in results[kind].values():
            assert len({row["n_scored"] for row in part["models"].values()}) == 1
            assert part["about"]["command"] == "python -m bench.accuracy"


def monthly(y: np.ndarray, name: str = "a") -> Series:
    return Series(name, "MS", 360, ("y",), y[:, None].astype(np.float64))


@pytest.fixture
def toy(tmp_path: Path) -> Case:
    case, _ = simulated("seasonal_ar", tmp_path, series=2, rows=192, seed=3)
    return case.between("2014-01-01", "2014-04-01")


def test_which_simple_forecast_is_the_better_one_is_not_seen_in_the_test_rows(toy):
    rng = np.random.default_rng(0)
    rising, level = np.arange(192.0), rng.normal(size=192)
    first_test = 170  # 2014-03, the end of the first quarter, counted from 2000-01
    for whole, wanted in ((rising, "seasonal_naive"), (level, "climatology")):
        for after in (whole[first_test + 1 :], 1e6 * rng.normal(size=192 - first_test - 1)):
            y = np.concatenate([whole[: first_test + 1], after])
            found = measures.better_before(toy, Observations("MS", ("y",), {"a": monthly(y)}))
            assert found == {"a": wanted}


def test_ratios_are_squared_errors_over_those_of_the_simple_forecast_of_each_series():
    points = pd.DataFrame(
        {
            "unique_id": ["a", "a", "b", "b"] * 3,
            "model": ["climatology"] * 4 + ["seasonal_naive"] * 4 + ["net"] * 4,
            "error": [1.0, 1, 2, 2, 3, 3, 1, 1, 2, 0, 0.5, 0.5],
        }
    )
    simple = measures.mse_of(points[points["model"] != "net"])
    better = {"a": "climatology", "b": "seasonal_naive"}
    found = measures.ratios(points[points["model"] == "net"], simple, better)["net"]
    np.testing.assert_allclose(found, [2.0, 0.25])
    assert measures.summary(found) == pytest.approx(
        {"ratio": np.sqrt(0.5), "worst": 2.0, "above": 0.5}
    )


def test_a_network_that_does_nothing_has_the_numbers_of_what_it_corrects(toy):
    compared = Compared.of(toy)
    still = {"corrects": "climatology", "steps": 1, "learning_rate": 1e-30, "seeds": 3}
    compared.add("net", toy.network(**still))
    rows = compared.table()
    assert set(rows) == {*BASELINES, "net"}
    for name in (*COUNTS, "mase", "ratio", "worst"):
        assert rows["net"][name] == pytest.approx(rows["climatology"][name], rel=1e-9)
    assert rows["net"]["seeds"]["n"] == 3
    assert rows["net"]["seeds"]["mean"] == pytest.approx(rows["climatology"]["ratio"])
    assert rows["net"]["n_scored"] == 2 * 2 * 12


@pytest.mark.slow
def test_the_mean_of_all_seeds_is_what_is_served(toy):
    compared = Compared.of(toy)
    compared.add_together({"net": toy.network(seeds=2), "longer": toy.network(seeds=2, steps=90)})
    for name in ("net", "longer"):
        assert compared.of_few_seeds(name, 2) == pytest.approx(
            measures.geometric(compared.ratios(compared.frames[name])), rel=1e-9
        )
    served = [compared.frames[name]["y_hat"].to_numpy() for name in ("net", "longer")]
    assert not np.allclose(*served)


def test_what_past_errors_prefer_is_known_at_the_cutoff():
    rng = np.random.default_rng(1)
    waves = 10 * np.cos(np.arange(100) * 2 * np.pi / 12) + rng.normal(size=100)
    y = np.concatenate([waves, 3.0 * np.arange(92)])
    cutoffs = np.array([15, 60, 100, 130, 160, 191])
    sizes = {"horizon": 12, "season": 12, "looked_at": 48}
    found = preferred(monthly(y), cutoffs, REFERENCES, **sizes)
    assert REFERENCES[found[0]] == "seasonal_naive", "no horizon has ended yet"
    assert REFERENCES[found[1]] in ("climatology", "anomaly_persistence", "holt_winters")
    assert REFERENCES[found[-1]] in ("damped_trend", "holt_winters")
    for k, cutoff in enumerate(cutoffs):
        changed = np.where(np.arange(192) > cutoff, 1e3 * rng.normal(size=192), y)
        again = preferred(monthly(changed), cutoffs, REFERENCES, **sizes)
        np.testing.assert_array_equal(again[: k + 1], found[: k + 1])
    every = preferred(monthly(y), cutoffs, REFERENCES, **sizes | {"looked_at": 192})
    of_rule = {"candidates": REFERENCES, "horizon": 12, "season_length": 12}
    np.testing.assert_array_equal(pick_references([monthly(y)], [cutoffs], **of_rule)[0], every)


def test_a_picked_forecast_is_that_of_one_reference_at_each_cutoff(toy):
    compared = Compared.of(toy, ["naive", *REFERENCES])
    compared.pick(REFERENCES)
    columns = ["unique_id", "cutoff", "step"]
    aligned = {k: v.sort_values(columns)["y_hat"].to_numpy() for k, v in compared.frames.items()}
    folds = {k: v.reshape(-1, 12) for k, v in aligned.items()}
    for place, path in enumerate(folds["picked"]):
        assert any(np.array_equal(path, folds[name][place]) for name in REFERENCES)
    np.testing.assert_allclose(folds["mean"], np.mean([folds[k] for k in REFERENCES], axis=0))


def test_a_peer_that_is_not_there_keeps_what_was_measured_of_it(tmp_path):
    to, peer = tmp_path / "results.json", autoets.NAME
    keep("shipped/a", {"models": {"naive": {"ratio": 2.0}, peer: {"ratio": 0.5}}, "about": {}}, to)
    keep("shipped/a", {"models": {"naive": {"ratio": 3.0}}, "about": {}}, to)
    keep("shipped/b", {"models": {"naive": {"ratio": 1.0}}, "about": {}}, to)
    kept = json.loads(to.read_text())["shipped"]
    assert kept["a"]["models"] == {"naive": {"ratio": 3.0}, peer: {"ratio": 0.5}}
    assert kept["a"]["about"] == {"from_an_earlier_run": peer}
    assert kept["b"] == {"models": {"naive": {"ratio": 1.0}}, "about": {}}


def test_the_shipped_data_are_declared_as_they_are_shipped_but_for_quarters():
    case = shipped("climate")
    assert case.data_set.every == "QS"
    assert case.network() == {
        "corrects": {"co2": "seasonal_naive"},
        "refit": 4,
        "kernel": "fused",
        "device": "cpu",
    }
    assert shipped("seattle").data_set.every == "W"


@pytest.mark.skipif(not autoets.is_installed(), reason="statsforecast is not installed")
def test_autoets_knows_no_row_after_the_cutoff(toy):
    compared = Compared.of(toy)
    season = toy.data_set.season
    found, _ = autoets.autoets(compared.naive, compared.observations, season_length=season)
    cut = {
        name: monthly(np.where(np.arange(192) > 173, 1e6, series.y), name)
        for name, series in compared.observations.series.items()
    }
    again, _ = autoets.autoets(compared.naive, Observations("MS", ("y",), cut), season_length=12)
    np.testing.assert_array_equal(found["y_hat"], again["y_hat"])


@pytest.mark.slow
def test_the_script_runs_and_a_quick_run_keeps_nothing():
    before = [path.read_bytes() for path in (RESULTS, TUNED, PAGE)]
    command = [sys.executable, "-m", "bench.accuracy", "--quick", "shipped/climate", "panel/noise"]
    done = subprocess.run(
        command, cwd=REPOSITORY, check=True, timeout=600, capture_output=True, text=True
    )
    for line in ("shipped/climate: ", "panel/noise: ", "  rnn  ", "  holt_winters  "):
        assert line in done.stdout
    assert [path.read_bytes() for path in (RESULTS, TUNED, PAGE)] == before
