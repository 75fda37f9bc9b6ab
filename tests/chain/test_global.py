"""One network of all series in the chain: its key, what is due and why, what a row changes."""

import json
from copy import deepcopy

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.chain import fold_alone, leak
from pipeline.chain.export import export_forecasts
from pipeline.chain.leak import find_leaks
from pipeline.chain.loss_curves import losses
from pipeline.chain.packs import load_networks
from pipeline.chain.results import leaderboard_rows
from pipeline.chain.stage import rnn_model
from pipeline.chain.stages import ALL_SERIES
from pipeline.cli import main
from pipeline.store.manifest import Slot
from tests.strategies import NETWORK, SmallProject, months, reasons, slots, values_of

pytestmark = pytest.mark.slow

GLOBAL = NETWORK | {"scope": "global", "refit": 6}
"""Fitted at 2002-07, before the first cutoff, 2003-01 and 2003-07; two seeds."""

SEEDS = ("all/0", "all/1")


@pytest.fixture(scope="module")
def _ran(tmp_path_factory) -> SmallProject:
    networks = {"rnn": NETWORK, "all": GLOBAL}
    small = SmallProject.write(tmp_path_factory.mktemp("global") / "p", networks=networks)
    small.write_series("c", values_of(2))
    small.run()
    return small


@pytest.fixture
def ran(_ran, tmp_path) -> SmallProject:
    """Series a, b and c; a local network beside one of all of them. Nothing is due."""
    return _ran.copy(tmp_path / "p")


def model_slots(small: SmallProject, cutoff: str) -> set[Slot]:
    return set(small.project.store.read("toy", "rnn_model", cutoff).entries)


def stored(small: SmallProject, pack_row: str):
    pack, row = pack_row.split(":")
    return load_networks(small.project.store, "toy", pack)[int(row)]


def network_at(small: SmallProject, cutoff: str):
    manifest = small.project.store.read("toy", "rnn_model", cutoff)
    return stored(small, manifest.entries[Slot(ALL_SERIES, "all/0")].at)


def test_a_refit_cutoff_has_one_network_a_seed(ran):
    assert ran.plan() == []
    assert model_slots(ran, "2003-06-01") == {
        *slots("abc", ["rnn/0", "rnn/1"]),
        *(Slot(ALL_SERIES, name) for name in SEEDS),
    }
    of_all = [slot for slot in ran.networks() if slot[0] == ALL_SERIES]
    assert len(of_all) == 2 * 3
    assert list(network_at(ran, "2003-06-01").members) == ["a", "b", "c"]
    assert ran.facts("rnn_model", "2003-06-01")["n_rows"] == 8


def test_a_corrected_row_trains_it_anew_and_no_local_network_of_other_series(ran):
    before = ran.contents()
    ran.correct("a", "2003-02-01", 33)
    due = ran.due()
    later = months("2003-07", "2003-12")
    assert {cutoff for cutoff, own in due["rnn_model"].items() if Slot("", "all/0") in own} == {
        *later
    }
    for own in due["rnn_model"].values():
        assert {slot.unique_id for slot in own} <= {"a", ALL_SERIES}
    told = {d.cutoff: d.reason for d in ran.plan() if d.stage == "rnn_model"}
    assert told["2003-09-01"] == (
        "rnn: rows at or before the refit cutoff changed; "
        "all: rows of a at or before the refit cutoff changed"
    )
    assert told["2003-05-01"] == "rnn: rows at or before the refit cutoff changed"
    folds = {d.cutoff: d.folds for d in ran.plan() if d.stage == "rnn_model"}
    assert (folds["2003-05-01"], folds["2003-09-01"]) == (1, 3)
    for cutoff in months("2003-02", "2003-06"):
        assert due["rnn_forecasts"][cutoff] == slots("a", ["rnn", "all"])
    for cutoff in later:
        assert due["rnn_forecasts"][cutoff] == slots("a", ["rnn"]) | slots("abc", ["all"])
    ran.run()
    assert ran.plan() == []
    after = ran.contents()
    for cutoff in months("2002-12", "2003-06"):
        place = ("toy", "rnn_model", cutoff)
        assert [after[place][Slot("", s)] == before[place][Slot("", s)] for s in SEEDS] == [1, 1]
    for cutoff in later:
        forecasts = ("toy", "rnn_forecasts", cutoff)
        for unique_id in "bc":
            rnn, own = Slot(unique_id, "rnn"), Slot(unique_id, "all")
            assert after[forecasts][rnn] == before[forecasts][rnn]
            assert after[forecasts][own] != before[forecasts][own]


def test_the_names_of_the_files_change_nothing(ran, tmp_path):
    """Nor does the order in which they are read."""
    other = SmallProject.write(
        tmp_path / "other",
        networks=deepcopy(ran.attributes["networks"]),
        columns={"ds": "date", "y": "value", "unique_id": "name"},
    )
    for stem, unique_id, number in (("a", "c", 2), ("b", "b", 1), ("z", "a", 0)):
        other.write_series(stem, values_of(number), name=[unique_id] * 48)
    other.run()
    assert {k: v for k, v in other.networks().items() if k[0] == ALL_SERIES} == {
        k: v for k, v in ran.networks().items() if k[0] == ALL_SERIES
    }


def test_a_series_that_is_ready_later_is_forecast_without_training(ran):
    """d has 22 rows, which are enough here, from 2003-03 on: two months behind a refit."""
    before, first = ran.networks(), "2003-03-01"
    ran.declare(min_train_rows=22)
    assert ran.plan() == []
    ran.write_series("d", values_of(3)[17:], first=17)
    done = ran.run()
    new = {slot for slot in ran.networks() if slot not in before}
    assert {unique_id for unique_id, _ in new} == {"d", ALL_SERIES}
    assert sum(unique_id == ALL_SERIES for unique_id, _ in new) == 2, "those of 2003-07"
    assert done.trained == len(new)
    assert list(network_at(ran, first).members) == ["a", "b", "c"]
    assert list(network_at(ran, "2003-07-01").members) == ["a", "b", "c", "d"]
    frame = ran.table("rnn_forecasts", "forecasts", first)
    own = frame[(frame["unique_id"] == "d") & (frame["model"] == "all")]
    assert own["status"].tolist() == ["ok", "ok"]
    climatology = ran.table("baseline_forecasts", "forecasts", first)
    theirs = climatology[
        (climatology["unique_id"] == "d") & (climatology["model"] == "climatology")
    ]
    assert (own["y_hat"].to_numpy() != theirs["y_hat"].to_numpy()).all()
    before = months("2002-12", "2003-02")
    assert all(Slot("d", "all") not in done.made["rnn_forecasts"].get(key, ()) for key in before)


def test_a_series_that_joins_is_named_as_the_reason(ran):
    ran.write_series("d", values_of(3))
    assert reasons(ran.plan())["rnn_model"] == {
        "rnn: never computed; all: d joined its series",
    }
    ran.run()
    ran.file("d").unlink()
    assert reasons(ran.plan())["rnn_model"] == {
        "all: d left its series; a series or model is no longer there"
    }


def test_what_it_corrects_is_in_the_key_by_series(ran):
    before = ran.networks()
    ran.set_network("all", corrects={"a": "naive"})
    done = ran.run()
    assert done.trained == 6
    assert len(ran.networks()) == len(before) + 6
    network = network_at(ran, "2003-06-01")
    assert {k: m.scale.reference for k, m in network.members.items()} == {
        "a": "naive",
        "b": "climatology",
        "c": "climatology",
    }


def test_no_leak_and_a_fold_made_again_alone_is_the_network_of_all_series(ran, monkeypatch):
    monkeypatch.setattr(leak, "MADE_AGAIN", 3)
    known = ran.known
    found = find_leaks(known, ran.project.store, known.cutoffs[5:9])
    assert found.leaks == []
    assert sum(told.endswith(": all") for told in found.made_again) == 3
    monkeypatch.setattr(fold_alone, "_QUICK", 1.0)
    slow = find_leaks(known, ran.project.store, known.cutoffs[5:6])
    assert not any(told.endswith((": all", ": rnn")) for told in slow.made_again)
    assert slow.n_keys > 0


def test_a_network_that_sees_the_last_rows_of_another_series_is_a_leak(ran, monkeypatch):
    honest = rnn_model.train

    def train(known, asked, say=None, checkpoint=None):
        from pipeline.rnn.group import GlobalFit
        from pipeline.rnn.train_global import train_global_networks

        if asked[0].network != "all":
            return honest(known, asked, say, checkpoint)
        rows = [
            known.series(f.unique_id).pick(("y",)).until(f.row if f.unique_id == "a" else 47)
            for f in asked[0].folds
        ]
        fits = [GlobalFit(tuple(rows), t.seed) for t in asked]
        own = known.data_set.network("all")
        return train_global_networks(fits, own, horizon=2, season_length=12)

    monkeypatch.setattr(rnn_model, "train", train)
    monkeypatch.setattr(leak, "MADE_AGAIN", 3)
    ran.set_network("all", steps=4)
    ran.run()
    known = ran.known
    told = find_leaks(known, ran.project.store, known.cutoffs[5:6]).leaks
    assert len(told) == 3
    assert all(one.startswith("all of ") for one in told)


def test_facts_board_pictures_and_export_have_it(ran, tmp_path):
    ran.set_network("all", shrinkage=True, steps=40, learning_rate=0.03, input_size=3)
    ran.set_network("rnn", input_size=3)
    for number, unique_id in enumerate("abc"):
        y = np.array(values_of(number, 120)) + 4 * np.sin(np.arange(120) / 5)
        y = [round(float(v), 3) for v in y]
        ran.write_series(unique_id, y, first=-72, temp=[1 + k % 5 for k in range(120)])
    ran.write_series("d", values_of(3), temp=[""] * 48)
    ran.declare(columns={"ds": "date", "y": "value", "hist_exog": ["temp"]})
    ran.run()
    facts = ran.facts("rnn_model", "2003-06-01")
    assert set(facts["shrinkage"]) == {"all/1", "all/2-3"}
    assert facts["n_untested"] == 0
    network = network_at(ran, "2003-06-01")
    rows = leaderboard_rows(ran.project, ran.data_set)
    board = {(r["unique_id"], r["model"]): r["shrinkage"] for r in rows}
    assert board["a", "rnn"] is None
    assert board["d", "all"] is None, "it is left out: no window of it has a value of temp"
    used = [network_at(ran, key) for key in ("2002-12-01", "2003-02-01", "2003-09-01")]
    own = [one.members["b"].shrinkage.weights[0] for one in used]
    said = board["b", "all"]["1"]
    assert min(own) >= said["min"]
    assert max(own) <= said["max"]
    assert 0 < said["mean"] <= 1
    assert network.members["b"].shrinkage.weights[0] != network.members["c"].shrinkage.weights[0]
    curves, _ = losses(ran.project.store, ran.known)
    assert curves["all"].total == 6
    file = tmp_path / "all.csv"
    assert export_forecasts(ran.project, ran.data_set, file) == 13 * 4 * 2
    said = CliRunner().invoke(main, ["--project", str(ran.root), "leaderboard", "--json"])
    assert any(row["model"] == "all" and row["shrinkage"] for row in json.loads(said.output))


def test_a_diverged_network_of_all_series_stands_with_the_references(ran):
    ran.set_network("all", learning_rate=1e30, clip="none", steps=30)
    ran.run()
    facts = ran.facts("rnn_model", "2003-06-01")
    assert facts["n_failed"] == 2
    frame = ran.table("rnn_forecasts", "forecasts", "2003-06-01")
    own = frame[frame["model"] == "all"]
    assert set(own["status"]) == {"failed"}
    assert own["reason"].str.startswith("the training diverged").all()
    assert np.isfinite(own["y_hat"]).all()


def test_a_cutoff_without_a_ready_fold_has_no_network(ran):
    for unique_id in "abc":
        ran.write_lines(unique_id, ran.lines(unique_id)[:-6])
    ran.run()
    ready = months("2002-12", "2003-06")
    assert [c.key for c in ran.known.cutoffs if ran.known.ready(c)] == ready
    assert model_slots(ran, "2003-09-01") == set()
    assert model_slots(ran, "2003-06-01") != set()
