"""`corrects: auto`: what a network picks to correct, from which rows, and that it keeps it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.baselines import settings as baselines
from pipeline.baselines.forecast import reference_paths
from pipeline.baselines.settings import BELOW_ZERO, PICKED_FROM
from pipeline.chain.export import export_forecasts
from pipeline.chain.leak import find_leaks
from pipeline.chain.suits import unsuited
from pipeline.clean.observations import Series
from pipeline.cli import main
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.global_network import from_tensors, networks_for, to_tensors
from pipeline.rnn.references import candidates_of, references_of
from pipeline.rnn.train import Fit, train_networks
from pipeline.rnn.train_global import GlobalFit, train_global_networks
from tests.strategies import NETWORK, SmallProject

SIZES = {"horizon": 3, "season_length": 12}
SMALL = {"corrects": "auto", "hidden_size": 5, "input_size": 6, "batch_size": 8}


@pytest.fixture
def many(series_of) -> list[Series]:
    """Series that different references suit: seasons alone, rising, walking."""
    seasons, rising, walking = (series_of(k, rows=110, gaps=0.03) for k in range(3))
    months = np.arange(110)[:, None]
    walk = np.cumsum(np.random.default_rng(5).normal(size=(110, 1)), axis=0)
    return [
        seasons,
        replace(rising, values=rising.values + 2 * months),
        replace(walking, values=30 + 4 * walk),
    ]


def path_of(name: str, series: Series) -> np.ndarray:
    return reference_paths(name, [series], [np.array([len(series.y) - 1])], **SIZES)[0][0]


def test_before_its_first_step_a_network_is_what_it_picked(many, settings_of):
    settings = settings_of(**SMALL, steps=1, learning_rate=1e-300)
    networks = train_networks([Fit(s.until(90), 0) for s in many], settings, **SIZES)
    names = [network.reference for network in networks]
    assert names == references_of([s.until(90) for s in many], settings, **SIZES)
    assert len(set(names)) > 1
    for row in (90, 109):
        known = [s.until(row) for s in many]
        for name, one, found in zip(
            names, known, forecast_networks(networks, known, settings, **SIZES), strict=True
        ):
            assert found.y_hat.tobytes() == path_of(name, one).tobytes()
            assert found.reason == ""


@pytest.mark.parametrize("shrinkage", [False, True])
def test_it_is_the_network_that_is_told_what_to_correct(many, settings_of, shrinkage):
    options = SMALL | {"steps": 4, "shrinkage": shrinkage}
    picked = train_networks([Fit(s, 0) for s in many], settings_of(**options), **SIZES)
    for one, network in zip(many, picked, strict=True):
        told = settings_of(**options | {"corrects": network.reference})
        (other,) = train_networks([Fit(one, 0)], told, **SIZES)
        assert network.weights.tobytes() == other.weights.tobytes()
        assert network.spread == other.spread
        assert network.shrinkage.weights.tobytes() == other.shrinkage.weights.tobytes()


def test_alone_or_together_and_at_several_cutoffs_the_same(many, settings_of):
    settings = settings_of(**SMALL, steps=3)
    fits = [Fit(s.until(row), seed) for s in many for row in (70, 109) for seed in range(2)]
    together = train_networks(fits, settings, **SIZES)
    for fit, network in zip(fits, together, strict=True):
        (alone,) = train_networks([fit], settings, **SIZES)
        assert network.reference == alone.reference
        assert network.weights.tobytes() == alone.weights.tobytes()


def test_a_network_keeps_what_it_picked_when_rows_come_that_prefer_another(series_of, settings_of):
    settings = settings_of(**SMALL, steps=1, learning_rate=1e-300)
    series = series_of(0, rows=200)
    values = series.values + np.maximum(np.arange(200) - 100, 0)[:, None] * 5.0
    series = replace(series, values=values)
    (network,) = train_networks([Fit(series.until(100), 0)], settings, **SIZES)
    (newer,) = references_of([series], settings, **SIZES)
    assert network.reference != newer
    (found,) = forecast_networks([network], [series], settings, **SIZES)
    assert found.y_hat.tobytes() == path_of(network.reference, series).tobytes()


@pytest.mark.parametrize(
    "options", [{"transform": "sqrt"}, {"transform": "log1p"}, {"loss": "tweedie"}], ids=str
)
def test_where_the_scale_needs_it_only_what_is_never_below_zero_is_picked(
    many, settings_of, options
):
    settings = settings_of(**SMALL, **options, steps=3)
    candidates = candidates_of(settings)
    assert set(candidates) == set(PICKED_FROM) - set(BELOW_ZERO)
    positive = [replace(s, values=np.abs(s.values) + 1) for s in many]
    for one in references_of(positive, settings, **SIZES):
        assert one in candidates
    networks = train_networks([Fit(s, 0) for s in positive], settings, **SIZES)
    assert {network.status for network in networks} == {"ok"}


def test_logarithms_may_correct_holt_winters(settings_of):
    assert set(candidates_of(settings_of(**SMALL, transform="log"))) == {
        "climatology",
        "seasonal_naive",
        "holt_winters",
    }
    assert candidates_of(settings_of(**SMALL)) == PICKED_FROM


def test_of_many_series_each_has_its_own_and_one_that_comes_later_too(many, settings_of):
    settings = settings_of(**SMALL, scope="global", steps=4)
    fit = GlobalFit(tuple(s.until(90) for s in many[:2]), 0)
    (network,) = train_global_networks([fit], settings, **SIZES)
    known = [s.until(90) for s in many]
    names = references_of(known, settings, **SIZES)
    assert [m.scale.reference for m in network.members.values()] == names[:2]
    (stored,) = from_tensors(to_tensors([network]))
    assert [m.scale.reference for m in stored.members.values()] == names[:2]
    ((of_late,),) = networks_for([[network]], known[2:], settings, **SIZES)
    assert of_late.reference == names[2]
    assert of_late.status == "ok"


def test_series_that_come_later_are_forecast_alone_as_together(many, settings_of, monkeypatch):
    settings = settings_of(**SMALL, scope="global", steps=4)
    networks = train_global_networks(
        [GlobalFit((many[2].until(90),), seed) for seed in range(2)], settings, **SIZES
    )
    folds = [one.until(row) for one in many for row in (60, 90, 100, 109)]
    monkeypatch.setattr("pipeline.rnn.global_network.FOLDS_AT_ONCE", 5)
    together = networks_for([networks] * len(folds), folds, settings, **SIZES)
    assert len({own[0].reference for own in together[:8]}) > 1
    for fold, found in zip(folds, together, strict=True):
        (alone,) = networks_for([networks], [fold], settings, **SIZES)
        for one, other in zip(found, alone, strict=True):
            assert one.reference == other.reference
            assert one.spread == other.spread
            assert one.scale.input_spreads.tobytes() == other.scale.input_spreads.tobytes()


NETWORKS = {
    "rnn": NETWORK | {"corrects": "auto"},
    "all": NETWORK | {"corrects": "auto", "scope": "global", "refit": 6},
    "plain": NETWORK,
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> SmallProject:
    """Three series whose picks differ and change; nothing is due."""
    small = SmallProject.write(tmp_path_factory.mktemp("picked") / "p", networks=NETWORKS)
    small.write_series("c", [round(3.0 * k, 3) for k in range(48)])
    small.run()
    return small


@pytest.mark.slow
def test_the_chain_says_what_was_picked_and_leaks_nothing(ran, tmp_path):
    facts = ran.facts("rnn_model", "2003-06-01")["picked"]
    assert {name.split("/")[0] for name in facts} == {"rnn", "all"}
    for name in ("rnn", "all"):
        assert sum(n for key, n in facts.items() if key.startswith(f"{name}/")) == 3
    assert ran.plan() == []
    known = ran.known
    assert find_leaks(known, ran.project.store, known.cutoffs[5:9]).leaks == []
    assert {name for name, _ in unsuited(known)} <= {"a", "b", "c"}
    assert not any("rnn" in said or "all" in said for _, said in unsuited(known))
    assert export_forecasts(ran.project, ran.data_set, tmp_path / "all.csv") == 13 * 3 * 2
    said = CliRunner().invoke(main, ["--project", str(ran.root), "leaderboard", "--json"])
    assert {row["model"] for row in json.loads(said.output)} > {"rnn", "all"}


@pytest.mark.parametrize(
    ("of", "name"), [("VERSIONS", "holt_winters"), ("PICK_VERSION", None)], ids=["one", "rule"]
)
def test_a_new_version_of_a_candidate_or_of_the_rule_trains_anew(ran, monkeypatch, of, name):
    if name:
        monkeypatch.setitem(baselines.VERSIONS, name, "another")
    else:
        monkeypatch.setattr(f"pipeline.chain.trainings.{of}", "another")
    due = ran.due()
    assert {slot.name.split("/")[0] for own in due["rnn_model"].values() for slot in own} == {
        "rnn",
        "all",
    }
