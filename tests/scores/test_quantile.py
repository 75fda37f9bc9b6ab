"""Metrics of quantiles, against utilsforecast, scikit-learn, scoringrules, integrals by hand."""

import numpy as np
import pandas as pd
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import mean_pinball_loss
from utilsforecast import losses

from pipeline.scores.metrics.quantile import (
    CELLS,
    QUANTILES,
    crps,
    crps_over_scale,
    pinball,
)

VALUES = st.floats(-100, 100).map(lambda v: round(v, 3))
TRUE = np.array([norm.ppf(p) for p in QUANTILES.values()])


def points_of(y, quantiles, *, group=0, scale=1.0):
    frame = pd.DataFrame(np.atleast_2d(quantiles), columns=list(QUANTILES)).astype(float)
    return frame.assign(group=group, y=y, scale=scale).astype({"y": float, "scale": float})


@pytest.fixture
def drawn():
    random = np.random.default_rng(5)
    quantiles = np.sort(random.normal(size=(300, 5)), axis=1)
    return points_of(random.normal(size=300), quantiles, group=random.integers(0, 4, 300))


def test_a_case_worked_by_hand():
    points = points_of([10.0], [0, 4, 8, 12, 20], scale=2)
    losses_of_each = [0.025 * 10, 0.1 * 6, 0.5 * 2, 0.1 * 2, 0.025 * 10]
    assert pinball(points).item() == pytest.approx(np.mean(losses_of_each))
    wanted = 2 * (0.0625 * 0.25 + 0.2375 * 0.6 + 0.4 * 1 + 0.2375 * 0.2 + 0.0625 * 0.25)
    assert crps(points).item() == pytest.approx(wanted)
    assert crps_over_scale(points).item() == pytest.approx(wanted / 2)


def test_a_cell_holds_the_probabilities_nearer_to_its_quantile_than_to_another():
    levels = np.array(list(QUANTILES.values()))
    fine = (np.arange(80_000) + 0.5) / 80_000
    nearest = np.abs(fine[:, None] - levels).argmin(axis=1)
    np.testing.assert_allclose(np.bincount(nearest) / len(fine), CELLS, atol=1e-4)


def test_pinball_is_that_of_scikit_learn_and_of_utilsforecast(drawn):
    for group, own in drawn.groupby("group"):
        wanted = np.mean(
            [mean_pinball_loss(own["y"], own[name], alpha=p) for name, p in QUANTILES.items()]
        )
        np.testing.assert_allclose(pinball(drawn)[group], wanted)
    theirs = losses.mqloss(
        drawn.rename(columns={"group": "unique_id"}),
        models={"m": list(QUANTILES)},
        quantiles=np.array(list(QUANTILES.values())),
    )
    np.testing.assert_allclose(pinball(drawn), theirs.sort_values("unique_id")["m"])


def test_pinball_is_half_of_the_weighted_interval_score(drawn):
    """Of two intervals and a median; scoringrules 0.10 itself adds the median, not its error."""
    y, y_hat = drawn["y"].to_numpy(), drawn["y_hat"].to_numpy()
    total = np.abs(y - y_hat) / 2
    for level, alpha in ((80, 0.2), (95, 0.05)):
        bounds = (drawn[f"{side}_{level}"].to_numpy() for side in ("lo", "hi"))
        total += alpha / 2 * scoringrules.interval_score(y, *bounds, alpha)
    wanted = pd.Series(total / 2.5).groupby(drawn["group"]).mean() / 2
    np.testing.assert_allclose(pinball(drawn), wanted)


def test_pinball_is_half_of_what_scoringrules_calls_crps_of_a_grid_of_equal_weights(drawn):
    theirs = scoringrules.crps_quantile(
        drawn["y"].to_numpy(), drawn[list(QUANTILES)].to_numpy(), np.array([*QUANTILES.values()])
    )
    wanted = pd.Series(theirs).groupby(drawn["group"]).mean() / 2
    np.testing.assert_allclose(pinball(drawn), wanted)


def test_crps_is_the_integral_of_the_loss_over_all_probabilities_by_steps(drawn):
    levels = np.array(list(QUANTILES.values()))
    fine = (np.arange(16_000) + 0.5) / 16_000
    nearest = np.abs(fine[:, None] - levels).argmin(axis=1)
    own = drawn.iloc[:20]
    q, y = own[list(QUANTILES)].to_numpy(), own["y"].to_numpy()[:, None]
    p = levels[nearest]
    wanted = 2 * np.maximum(p * (y - q[:, nearest]), (p - 1) * (y - q[:, nearest])).mean(axis=1)
    np.testing.assert_allclose(crps(own.assign(group=range(20))), wanted, rtol=1e-3)


@given(y=VALUES, y_hat=VALUES)
def test_of_one_number_the_crps_is_its_absolute_error(y, y_hat):
    points = points_of([y], np.full(5, y_hat), scale=4)
    np.testing.assert_allclose(crps(points), abs(y - y_hat), atol=1e-12)
    np.testing.assert_allclose(crps_over_scale(points), abs(y - y_hat) / 4, atol=1e-12)


def test_of_a_true_normal_distribution_it_is_as_much_too_small_as_it_says():
    y = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    found = crps(points_of(y, np.tile(TRUE, (len(y), 1)))).item()
    exact = np.mean(scoringrules.crps_normal(y, 0.0, 1.0))
    np.testing.assert_allclose(exact, 1 / np.sqrt(np.pi), rtol=1e-3)
    assert round(100 * (1 - found / exact)) == 11


@pytest.mark.parametrize("metric", [pinball, crps])
@pytest.mark.parametrize(("by", "width"), [(0.3, 1), (-0.3, 1), (0, 0.7), (0, 1.4)])
def test_no_other_quantiles_score_better_than_the_true_ones(metric, by, width):
    y = np.random.default_rng(1).normal(size=50_000)
    true, other = (
        metric(points_of(y, np.tile(q, (len(y), 1)))).item() for q in (TRUE, TRUE * width + by)
    )
    assert true < other


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(
        st.tuples(VALUES, st.lists(VALUES, min_size=5, max_size=5), st.integers(0, 2)),
        min_size=1,
        max_size=12,
    ),
    lacking=st.sampled_from([None, "lo_95", "hi_80", "scale"]),
)
def test_a_point_without_all_quantiles_or_a_scale_is_left_out(rows, lacking):
    y, quantiles, group = (list(values) for values in zip(*rows, strict=True))
    points = points_of(y, np.sort(quantiles, axis=1), group=group, scale=2)
    alone = points[points["group"] == 0]
    if lacking:
        points.loc[points["group"] == 1, lacking] = np.nan
    for metric in (pinball, crps, crps_over_scale):
        found = metric(points)
        assert found.index.tolist() == sorted(set(group))
        gone = lacking in QUANTILES or (lacking == "scale" and metric is crps_over_scale)
        for k in found.index:
            assert np.isnan(found[k]) == (k == 1 and gone)
        if len(alone):
            np.testing.assert_allclose(found[0], metric(alone).item(), rtol=1e-12)
        assert not (found < 0).any()
