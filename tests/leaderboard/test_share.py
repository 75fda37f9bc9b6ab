"""What networks add to the served forecast."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.leaderboard.luck import add_luck
from pipeline.leaderboard.share import network_share
from pipeline.served.settings import SERVED, WITHOUT_NETWORKS


def points_of(errors: dict[str, np.ndarray], scale: float = 2.0) -> pd.DataFrame:
    """Scores of one step ahead, of series by cutoffs of each model."""
    frames = []
    for model, values in errors.items():
        for series, own in zip("ab", values, strict=False):
            cutoffs = pd.date_range("2001-01-01", periods=len(own), freq="MS")
            frames.append(
                pd.DataFrame(
                    {
                        "unique_id": series,
                        "ds": cutoffs + pd.offsets.MonthBegin(1),
                        "cutoff": cutoffs,
                        "step": 1,
                        "model": model,
                        "error": own,
                        "scale": scale,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def test_a_share_is_the_skill_of_the_blend_against_that_without_networks():
    random = np.random.default_rng(3)
    errors = {k: random.normal(size=(2, 60)) * (1 + n) for n, k in enumerate(_BOTH)}
    points = points_of(errors)
    share = network_share(points)
    assert share is not None
    sizes = {k: np.abs(v).mean() for k, v in errors.items()}
    assert share.gain == pytest.approx(1 - sizes[SERVED] / sizes[WITHOUT_NETWORKS])
    rows = pd.DataFrame({"unique_id": None, "model": list(_BOTH), "step": pd.array([pd.NA] * 2)})
    board = add_luck(rows, points, references=dict.fromkeys("ab", WITHOUT_NETWORKS))
    (own,) = board[board["model"] == SERVED].to_dict("records")
    told = (own["skill_lower"], own["skill_upper"], own["p_value"])
    assert (share.lower, share.upper, share.p_value) == pytest.approx(told)
    assert share.lower < share.gain < share.upper


_BOTH = (SERVED, WITHOUT_NETWORKS)


@given(st.integers(0, 1000), st.floats(0.1, 10))
def test_other_models_and_units_change_no_share(seed, factor):
    random = np.random.default_rng(seed)
    errors = {k: random.normal(size=(2, 20)) for k in _BOTH}
    share = network_share(points_of(errors))
    more = points_of(errors | {"naive": random.normal(size=(2, 20))})
    more[["error", "scale"]] *= factor
    assert network_share(more) == pytest.approx(share)


def test_networks_without_a_weight_add_nothing_and_nothing_is_tested():
    same = np.random.default_rng(0).normal(size=(1, 30))
    share = network_share(points_of(dict.fromkeys(_BOTH, same)))
    assert share is not None
    assert share.gain == 0
    assert np.isnan([share.lower, share.upper, share.p_value]).all()


def test_too_few_cutoffs_have_a_gain_and_no_test():
    share = network_share(points_of({k: np.ones((1, 3)) * n for n, k in enumerate(_BOTH, 1)}))
    assert share is not None
    assert share.gain == 0.5
    assert np.isnan(share.p_value)


@pytest.mark.parametrize("models", [(), (SERVED,), ("naive", SERVED)])
def test_where_nothing_is_blended_there_is_no_share(models):
    empty = points_of({SERVED: np.ones((1, 4))}).iloc[:0]
    points = points_of({m: np.ones((1, 9)) for m in models}) if models else empty
    assert network_share(points) is None
