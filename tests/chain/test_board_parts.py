"""What stands beside the leaderboard is made from the fits, members and packs that are there."""

import numpy as np
import pandas as pd
import pytest

from pipeline.chain.board_parts import FILES, refits_of, training_seconds
from tests.strategies import SmallProject


def refit_rows(small: SmallProject, model: str) -> dict[int, int]:
    """Points by how often the model would be fitted."""
    found = small.table("leaderboard", "refit")
    own = found[found["model"] == model]
    return dict(zip(own["refit"], own["n"], strict=True))


def test_fits_are_as_old_as_the_calendar_says(finished):
    """Fitted at 2003-01, -04, -07 and -10: there the fit is new, of two series and two steps."""
    assert refits_of(finished.data_set) == {"ar": 3, "rnn": 3}
    for model in ("ar", "rnn"):
        assert refit_rows(finished, model) == {1: 4 * 2 * 2, 3: (11 * 2 + 1) * 2}


@pytest.mark.slow
def test_a_network_of_all_series_and_one_fitted_once_have_ages_too(write):
    small = write()
    small.set_network(scope="global", refit=0)
    small.run()
    assert refit_rows(small, "rnn") == {1: 4, 3: 12, 6: 24, 0: 46}


def test_the_spread_over_seeds_is_that_of_the_stored_members(finished):
    errors = []
    for cutoff in finished.known.cutoffs:
        members = finished.table("rnn_forecasts", "members", cutoff.key)
        scores = finished.table("scores", "scores", cutoff.key)
        scores = scores[scores["model"] == "rnn"]
        joined = members.merge(scores[["unique_id", "ds", "y", "scale"]], on=["unique_id", "ds"])
        size = (joined["y_hat"] - joined["y"]).abs() / joined["scale"]
        errors.append(joined[["unique_id", "seed"]].assign(size=size))
    each = pd.concat(errors).groupby(["seed", "unique_id"])["size"].mean().groupby("seed").mean()
    own = finished.table("leaderboard", "summary").set_index("model").loc["rnn"]
    assert own["seed_mean"] == pytest.approx(np.mean(each))
    assert own["seed_sd"] == pytest.approx(np.std(each, ddof=1))


def test_the_time_of_training_is_a_fact_and_in_no_file(finished):
    found = training_seconds(finished.project.store, finished.data_set)
    assert found == finished.facts("leaderboard")["training_seconds"]
    assert found["rnn"] > 0
    manifest = finished.project.store.read("toy", "leaderboard")
    assert set(FILES) < set(manifest.files)
    finished.set_network("other", **finished.attributes["networks"]["rnn"] | {"steps": 2})
    assert set(training_seconds(finished.project.store, finished.data_set)) == {"rnn"}
