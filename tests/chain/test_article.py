"""The article's own file through the whole chain: every baseline's error to the last digit."""

import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.store.files import tensors_from_bytes
from tests.strategies import NOW, REPOSITORY, SmallProject

MSE = {
    "ar_article": 29012.419173,
    "ar": 29704.073401,
    "ar_seasonal": 22189.141289,
    "climatology": 21613.692864,
    "seasonal_naive": 34991.933806,
    "naive": 87309.353890,
}
"""Of 50 points one month ahead, 2016-11 to 2020-12; statsmodels and pandas gave the same."""

ARTICLE = ("rnn_article", "rnn_article_multivariate")


@pytest.fixture(scope="module")
def mumbai(mumbai_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """The shipped declaration with fewer epochs and seeds, run as a whole."""
    root = tmp_path_factory.mktemp("mumbai") / "project"
    shipped = REPOSITORY / "pipeline" / "defs" / "mumbai" / "defs.yaml"
    attributes = yaml.safe_load(shipped.read_text())["attributes"]
    small = SmallProject(root, NOW.replace(year=2021), attributes, "mumbai")
    for name in ARTICLE:
        small.set_network(name, epochs=5)
    small.set_network("rnn", steps=10, seeds=1)
    small.file("Rainfall_data").parent.mkdir(parents=True)
    shutil.copyfile(mumbai_csv, small.file("Rainfall_data"))
    shutil.copyfile(REPOSITORY / "workspace.yaml", root / "workspace.yaml")
    small.run()
    return small


def test_there_are_51_cutoffs_50_scored_and_one_live(mumbai):
    cutoffs = mumbai.known.cutoffs
    assert (cutoffs[0].key, cutoffs[-1].key, len(cutoffs)) == ("2016-10-01", "2020-12-01", 51)
    scored = [mumbai.facts("scores", cutoff.key)["n_scored"] for cutoff in cutoffs]
    assert scored == [1] * 50 + [0]
    assert len(mumbai.table("baseline_forecasts", "forecasts", "2020-12-01")) == 7
    assert mumbai.plan() == []


@pytest.mark.parametrize("model", MSE)
def test_the_leaderboard_says_what_is_known_of_each_baseline(mumbai, model):
    board = mumbai.table("leaderboard", "leaderboard")
    (row,) = board[
        board["step"].isna() & board["unique_id"].notna() & (board["model"] == model)
    ].itertuples()
    assert row.mse == pytest.approx(MSE[model], abs=5e-7)
    assert row.n_scored == 50
    assert row.n_failed == 0
    if model == "climatology":
        assert row.mae == pytest.approx(69.980460, abs=5e-7)
        assert row.skill == 0


def test_the_first_cutoff_has_191_windows_of_11_lags(mumbai):
    place = ("mumbai", "windows", "2016-10-01")
    _, content = mumbai.project.store.load("windows.safetensors", *place)
    tensors, about = tensors_from_bytes(content)
    groups = {name.rsplit("/", 1)[0] for name in tensors}
    ours = {group for group in groups if group.startswith("11:")}
    assert len(ours) == 2  # the target alone, and with three columns more
    for group in ours:
        assert len(tensors[f"{group}/starts"]) == 191  # 202 rows, 11 lags and a target each
        assert tensors[f"{group}/observed"].all()
    assert about["unique_id"] == ["Rainfall_data"]


def test_the_articles_networks_are_marked_as_reproductions(mumbai):
    data_set = mumbai.data_set
    assert [data_set.network(name).reproduction for name in ("rnn", *ARTICLE)] == [
        False,
        True,
        True,
    ]
    assert data_set.baseline("ar_article").reproduction
    assert data_set.network("rnn_article").hist_exog == []
    assert len(data_set.network("rnn_article_multivariate").hist_exog) == 3


def test_the_articles_networks_are_trained_once(mumbai):
    store = mumbai.project.store
    for name in ARTICLE:
        used = {
            entry.at
            for cutoff in mumbai.known.cutoffs
            for slot, entry in store.read("mumbai", "rnn_model", cutoff.key).entries.items()
            if slot.name == f"{name}/0"
        }
        assert len(used) == 1
