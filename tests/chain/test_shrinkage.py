"""What networks are trusted with, from the packs to the manifests, the metadata and the board."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.chain.leak import find_leaks
from pipeline.chain.packs import load_networks
from pipeline.chain.results import leaderboard_rows, print_boards
from pipeline.chain.stage import rnn_model
from pipeline.chain.stage.rnn_model import model_settings
from pipeline.cli import main
from pipeline.rnn.shrinkage import Shrinkage
from tests.strategies import NETWORK, SmallProject, values_of

LEARNS = NETWORK | {"shrinkage": True, "learning_rate": 0.03, "steps": 12}


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> SmallProject:
    """Three networks: one that is shrunk, one that is not, one that corrects b alone."""
    networks = {
        "rnn": LEARNS,
        "plain": NETWORK,
        "some": LEARNS | {"corrects": {"a": "none"}, "seeds": 1},
    }
    small = SmallProject.write(tmp_path_factory.mktemp("shrinkage") / "p", networks=networks)
    for number, name in enumerate("ab"):  # with rows enough to be measured at every cutoff
        small.write_series(name, values_of(number, 72), first=-24)
    small.run()
    return small


def stored_weights(small: SmallProject) -> dict[tuple[str, str], np.ndarray]:
    """Of each series and network the weights in the packs, a row per cutoff and seed."""
    store, found = small.project.store, {}
    for cutoff in small.known.cutoffs:
        manifest = store.read("toy", "rnn_model", cutoff.key)
        for slot, entry in manifest.entries.items():
            pack, row = entry.at.split(":")
            network = load_networks(store, "toy", pack)[int(row)]
            key = (slot.unique_id, slot.name.split("/")[0])
            found.setdefault(key, []).append(network.shrinkage.weights)
    return {key: np.array(weights) for key, weights in found.items()}


def test_the_board_sums_up_the_weights_in_the_packs(ran):
    rows = {
        (r["unique_id"], r["model"]): r["shrinkage"]
        for r in leaderboard_rows(ran.project, ran.data_set)
    }
    stored = stored_weights(ran)
    assert {len(w) for w in stored.values()} == {26, 13}
    for (unique_id, model), weights in stored.items():
        if model == "plain" or (model, unique_id) == ("some", "a"):
            assert rows[unique_id, model] is None
            assert (weights == 1).all()
            continue
        said = rows[unique_id, model]
        assert list(said) == ["1", "2-3"]
        for step, numbers in enumerate(said.values()):
            own = weights[:, step]
            assert numbers == pytest.approx(
                {"mean": own.mean(), "min": own.min(), "max": own.max()}, abs=1e-15
            )
    assert rows["a", "naive"] is None
    both = np.concatenate([stored["a", "rnn"], stored["b", "rnn"]])[:, 0]
    assert rows[None, "rnn"]["1"]["mean"] == pytest.approx(both.mean())
    assert rows[None, "some"] == rows["b", "some"]
    assert 0 < both.mean() < 1


def test_the_command_says_it_to_programs_and_to_people(ran, capsys):
    said = CliRunner().invoke(main, ["--project", str(ran.root), "leaderboard", "--json"])
    assert said.exit_code == 0, said.output
    by_model = {r["model"]: r["shrinkage"] for r in json.loads(said.output) if not r["unique_id"]}
    assert set(by_model["rnn"]["1"]) == {"mean", "min", "max"}
    assert by_model["plain"] is None
    print_boards(ran.project, {"toy": leaderboard_rows(ran.project, ran.data_set)})
    mean = by_model["rnn"]["1"]["mean"]
    assert f"rnn is trusted with, by steps ahead: {mean:.2f} (1)" in capsys.readouterr().out


def test_manifests_and_metadata_have_it(ran):
    facts = ran.facts("rnn_model", "2003-06-01")
    assert set(facts["shrinkage"]) == {f"{n}/{k}" for n in ("rnn", "some") for k in ("1", "2-3")}
    assert facts["n_untested"] == 0
    board = ran.facts("leaderboard")["shrinkage"]
    assert set(board) == {"rnn", "some"}
    store = ran.project.store
    for pack in store.list("toy", "rnn_model", "packs"):
        networks = load_networks(store, "toy", pack)
        for entry in store.read("toy", "rnn_model", "packs", pack).entries.values():
            own = networks[int(entry.at.split(":")[1])].shrinkage.weights
            assert [float(w) for w in entry.parts["shrinkage"].split()] == own.tolist()


@pytest.mark.slow
def test_a_fold_too_short_to_measure_is_counted_with_its_reason(tmp_path):
    small = SmallProject.write(tmp_path, networks={"rnn": LEARNS | {"input_size": 18}})
    small.run()
    facts = small.facts("rnn_model", "2002-12-01")
    assert facts["n_untested"] == 4
    assert facts["n_failed"] == 0
    assert facts["untested"][0].startswith("a, rnn/0: shrinkage holds back 18 of ")
    forecasts = small.table("rnn_forecasts", "forecasts", "2002-12-01")
    baselines = small.table("baseline_forecasts", "forecasts", "2002-12-01")
    climatology = baselines[baselines["model"] == "climatology"]
    assert forecasts["y_hat"].to_numpy().tobytes() == climatology["y_hat"].to_numpy().tobytes()
    assert set(forecasts["status"]) == {"ok"}


def test_only_what_is_not_the_default_is_in_the_key(tmp_path):
    networks = {"open": {}, "declared": {"shrinkage": True}, "off": {"shrinkage": False}}
    data_set = SmallProject.write(tmp_path, networks=networks).data_set
    open_, declared, off = (model_settings(data_set, name) for name in networks)
    assert open_ == declared != off


def test_neither_keys_nor_trust_change_with_the_future(ran):
    known = ran.known
    cutoffs = [c for c in known.cutoffs if c.key in ("2003-06-01", "2003-10-01")]
    every = [(unique_id, cutoff) for unique_id in "ab" for cutoff in cutoffs]
    found = find_leaks(known, ran.project.store, cutoffs, every)
    assert found.leaks == []
    assert any(one.endswith(": rnn") for one in found.made_again)


def test_a_first_fit_that_saw_the_future_is_a_leak(ran, tmp_path, monkeypatch):
    """Only what it is trusted with is dishonest here; the network itself is not."""
    small = ran.copy(tmp_path / "copy")
    honest = rnn_model.train

    def train(known, asked, say=None, checkpoint=None):
        networks = honest(known, asked, say, checkpoint)
        after = [abs(float(known.series(t.fold.unique_id).y[-1])) % 1 for t in asked]
        return [
            replace(n, shrinkage=Shrinkage(np.full(2, one), ""))
            for n, one in zip(networks, after, strict=True)
        ]

    monkeypatch.setattr(rnn_model, "train", train)
    small.set_network("rnn", steps=13)
    small.run()
    known = small.known
    cutoffs = [c for c in known.cutoffs if c.key in ("2003-06-01", "2003-10-01")]
    every = [(unique_id, cutoff) for unique_id in "ab" for cutoff in cutoffs]
    found = find_leaks(known, small.project.store, cutoffs, every)
    assert any(leak.startswith("rnn of ") for leak in found.leaks)


@pytest.mark.slow
def test_a_floor_changes_forecasts_and_no_network_and_is_counted(tmp_path):
    small = SmallProject.write(tmp_path)
    small.run()
    before = small.table("rnn_forecasts", "forecasts", "2003-06-01")["y_hat"]
    small.set_network(floor=float(before.median()))
    reasons = {one.stage: one.reason for one in small.plan()}
    assert "rnn_model" not in reasons
    assert reasons["rnn_forecasts"] == "its floor changed"
    assert small.run().trained == 0
    after = small.table("rnn_forecasts", "forecasts", "2003-06-01")["y_hat"]
    assert after.min() >= before.median()
    assert after.max() == before.max()
    members = small.table("rnn_forecasts", "members", "2003-06-01")
    at_floor = small.facts("rnn_forecasts", "2003-06-01")["at_floor"]
    assert at_floor == {"rnn": (members["y_hat"] == before.median()).sum()}
    assert at_floor["rnn"] > 0
