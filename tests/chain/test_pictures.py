import io
import json

import pytest
from PIL import Image

from pipeline.chain.loss_curves import losses
from pipeline.chain.pictures import pictures_of
from pipeline.plots.png import LIMIT
from pipeline.store.store import DamagedError
from tests.strategies import STAGES, month

BOARD = {
    "folds",
    "coefficients",
    "loss_curves",
    "test_against_prediction",
    "test_against_prediction_step_2",
    "error_by_step",
}


def pictures(small, stage):
    found = pictures_of(stage, small.project.store, small.known)
    for content in found.values():
        assert len(content) < LIMIT
        assert Image.open(io.BytesIO(content)).width >= 600
    return found


def charts(small, stage="leaderboard"):
    """The charts before they are rendered."""
    from pipeline.chain.pictures import _DRAWN

    return dict(_DRAWN[stage](small.project.store, small.known))


def title(chart) -> str:
    return " ".join(chart.to_dict()["title"]["text"])


def test_every_asset_without_cutoffs_has_pictures_and_no_other(finished):
    names = {stage.name: set(pictures(finished, stage.name)) for stage in STAGES}
    assert names.pop("raw_observations") == {"observations"}
    assert names.pop("clean_observations") == {"gaps_and_verdicts"}
    assert names.pop("leaderboard") == BOARD
    assert set().union(*names.values()) == set()
    assert pictures(finished, "something else") == {}


def test_the_same_store_gives_the_same_bytes(finished):
    assert pictures(finished, "clean_observations") == pictures(finished, "clean_observations")


def test_before_anything_is_scored_every_picture_says_so(write):
    small = write()
    small.run(stages=["raw_observations", "clean_observations"])
    said = {name: title(chart) for name, chart in charts(small).items()}
    assert said["folds"].startswith("What each fold may know: 13 cutoffs")
    assert said["coefficients"] == "No regression is fitted yet"
    assert said["loss_curves"] == "No network is trained yet"
    for name in BOARD - {"folds", "coefficients", "loss_curves"}:
        assert said[name] == "Nothing is scored yet"


def test_without_networks_or_fitted_baselines_nothing_raises(write):
    small = write(networks=None, baselines=["naive", "seasonal_naive", "climatology"], horizon=1)
    small.run()
    found = charts(small)
    assert title(found["loss_curves"]) == "No network is declared"
    assert title(found["coefficients"]) == "No regression is fitted yet"
    assert title(found["error_by_step"]) == "MASE, one step ahead"
    assert set(pictures(small, "leaderboard")) == BOARD - {"test_against_prediction_step_2"}


def test_with_no_cutoff_ready_and_with_no_cutoff_at_all_nothing_raises(write):
    for first in ("2000-03-01", "2003-12-01"):
        last = "2000-04-01" if first < "2001" else None
        small = write(first, cutoffs={"first": first} | ({"last": last} if last else {}))
        small.run(stages=["raw_observations", "clean_observations"])
        if last is None:
            small.now = small.now.replace(year=2003, month=12)
            assert title(charts(small)["folds"]) == "No cutoff exists yet"
        assert set(pictures(small, "leaderboard")) == BOARD


def test_raw_is_drawn_from_the_copies_not_from_files_that_changed_since(finished):
    before = pictures(finished, "raw_observations")
    finished.correct("a", month(7), 999)
    assert pictures(finished, "raw_observations") == before


def test_without_the_copies_there_is_no_picture_of_them(write):
    with pytest.raises(DamagedError, match="raw_observations"):
        pictures(write(), "raw_observations")


def test_every_network_that_a_partition_names_has_its_curve_once(finished):
    found = losses(finished.project.store, finished.known)[0]["rnn"]
    assert found.total == len(finished.networks())
    assert found.failed == 0
    assert len(found.curves) == found.total
    assert {len(curve) for curve in found.curves} == {3}


def test_where_there_are_too_many_networks_some_cutoffs_are_read_and_the_picture_says_so(
    finished, monkeypatch
):
    monkeypatch.setattr("pipeline.chain.loss_curves._NETWORKS", 8)
    found, about = losses(finished.project.store, finished.known)
    assert about == "networks of 2 of 13 cutoffs"
    assert found["rnn"].total == 8  # two series, two seeds, at the first cutoff and at the last
    subtitle = charts(finished)["loss_curves"].to_dict()["title"]["subtitle"]
    assert about in " ".join(subtitle)


@pytest.mark.slow
def test_networks_that_no_partition_names_are_not_counted(finished):
    before = losses(finished.project.store, finished.known)[0]["rnn"].total
    finished.set_network(steps=4)
    finished.run()
    after = losses(finished.project.store, finished.known)[0]["rnn"]
    assert after.total == before < len(finished.networks())
    assert {len(curve) for curve in after.curves} == {4}


@pytest.mark.slow
def test_failed_networks_are_counted_and_have_no_curve(write):
    small = write()
    small.set_network("wild", input_size=6, hidden_size=8, steps=30, batch_size=4, seeds=1,
                      refit=0, learning_rate=1e30, clip="none", device="cpu",
                      corrects="none")  # fmt: skip
    small.run()
    found = losses(small.project.store, small.known)[0]["wild"]
    assert found.total == 2
    assert found.failed == 2
    assert list(found.curves) == []
    assert "2 of them failed" in title(charts(small)["loss_curves"])
    pictures(small, "leaderboard")


def test_models_stand_in_the_order_of_the_leaderboard(finished):
    board = finished.table("leaderboard", "leaderboard")
    ranked = board[board["unique_id"].isna() & board["step"].isna()]["model"].tolist()
    assert set(ranked) == set(finished.data_set.scored_models)
    wanted = [model for model in ranked if model != "served_without_networks"]
    spec = charts(finished)["test_against_prediction"].to_dict()["hconcat"][0]
    labels = json.loads(spec["facet"]["header"]["labelExpr"].removesuffix("[datum.value]"))
    assert [label.split(",")[0] for label in labels] == wanted


@pytest.mark.slow
def test_a_data_set_with_odd_names_of_series_and_columns_is_drawn(write):
    small = write(
        columns={"ds": "date", "y": "it's [y].1", "hist_exog": ["a:b", "c d.e"]},
        files="data/toy/odd*.csv",
    )
    header = "date,it's [y].1,a:b,c d.e"
    rows = [f"{month(k)},{k % 12 + k % 5},{k},{-k}" for k in range(48)]
    for name in ("a.b [c]: d'e", "Zürich"):
        small.write_lines(f"odd {name}", [header, *rows])
    small.run()
    for stage in ("raw_observations", "clean_observations", "leaderboard"):
        assert pictures(small, stage)


@pytest.mark.parametrize(
    ("freq", "first", "last"),
    [
        ("MS", "January", "December"),
        ("QS", "quarter 1", "quarter 4"),
        ("D", "Thursday", "Wednesday"),
    ],
)
def test_positions_in_the_season_have_the_names_people_give_them(declare, freq, first, last):
    from pipeline.chain.pictures import _season_names

    data_set = declare(freq=freq)
    names = _season_names(data_set)
    assert (names[0], names[-1], len(names)) == (first, last, data_set.season)
    assert _season_names(declare(freq=freq, season_length=5)) == []
