"""The score of probabilities, against scikit-learn and a hand-worked case."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from pipeline.scores.metrics.event import METRICS, brier


def points_of(y, probability, *, above=1.0, group=0):
    frame = pd.DataFrame({"group": group, "y": y, "probability": probability, "above": above})
    return frame.astype({"y": float, "probability": float})


def test_a_case_worked_by_hand():
    # The threshold itself is not above it.
    points = points_of([3.0, 0.0, 1.0], [0.7, 0.2, 0.5])
    np.testing.assert_allclose(brier(points), (0.09 + 0.04 + 0.25) / 3)


def test_scikit_learn_finds_the_same():
    random = np.random.default_rng(2)
    y, probability, group = random.normal(size=300), random.random(300), random.integers(0, 3, 300)
    found = brier(points_of(y, probability, above=0.3, group=group))
    wanted = [brier_score_loss(y[group == g] > 0.3, probability[group == g]) for g in range(3)]
    np.testing.assert_allclose(found, wanted)


def test_a_missing_probability_is_left_out_and_a_group_of_them_is_unknown():
    points = points_of([2, 2, 2], [0.5, np.nan, np.nan], group=[0, 0, 1])
    np.testing.assert_array_equal(brier(points), [0.25, np.nan])


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.floats(0, 1))
def test_the_share_of_events_scores_best_of_all_numbers_that_are_always_said(events, said):
    y = np.where(events, 2.0, 0.0)
    share = np.mean(events)
    best, other = (brier(points_of(y, np.full(len(y), p))).item() for p in (share, said))
    np.testing.assert_allclose(best, share * (1 - share), atol=1e-12)
    assert best <= other + 1e-12
    assert 0 <= other <= 1


def test_it_is_the_one_of_its_kind():
    assert list(METRICS) == ["brier"]
