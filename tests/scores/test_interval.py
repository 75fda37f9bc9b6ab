"""Metrics of intervals, against utilsforecast, the formula and a hand-worked case."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from utilsforecast import losses

from pipeline.scores.metrics.interval import METRICS, coverage, winkler

VALUES = st.floats(-100, 100).map(lambda v: round(v, 3))
POINTS = st.lists(
    st.tuples(VALUES, VALUES, st.floats(0, 50), st.integers(0, 2), st.booleans()),
    min_size=1,
    max_size=20,
)
"""Of each an actual, a lower bound, a width, a group, and whether it has bounds."""


def points_of(y, lo, hi, *, group=0, level=80):
    frame = pd.DataFrame({"group": group, "y": y, f"lo_{level}": lo, f"hi_{level}": hi})
    return frame.astype({name: float for name in frame if name != "group"})


def points_of_tuples(tuples):
    y, lo, width, group, bounded = (np.array(v) for v in zip(*tuples, strict=True))
    lo = np.where(bounded, lo, np.nan)
    return points_of(y, lo, lo + width, group=group)


def test_a_case_worked_by_hand():
    points = points_of([5, 1, 9, 4], [2, 2, 2, 4], [8, 8, 8, 4])
    assert coverage(points, level=80.0).tolist() == [0.5]
    # A tenth on each side: 10 for each that it lies outside.
    assert winkler(points, level=80.0).tolist() == [pytest.approx((6 + 16 + 16 + 0) / 4)]


def test_the_bounds_belong_to_the_interval():
    points = points_of([2.0, 8.0], [2.0, 2.0], [8.0, 8.0])
    assert coverage(points, level=80.0).tolist() == [1.0]


@pytest.mark.parametrize("level", [80, 95])
def test_utilsforecast_finds_the_same(level):
    random = np.random.default_rng(level)
    lo, y, group = random.normal(size=400), random.normal(size=400), random.integers(0, 5, 400)
    points = points_of(y, lo, lo + random.gamma(2, size=400), group=group, level=level)
    names = {f"lo_{level}": f"m-lo-{level}", f"hi_{level}": f"m-hi-{level}", "group": "unique_id"}
    plain = points.rename(columns=names)
    for ours, theirs in ((coverage, losses.coverage), (winkler, losses.winkler_score)):
        found = ours(points, level=float(level))
        np.testing.assert_allclose(found, theirs(plain, models=["m"], level=level)["m"])


@settings(max_examples=50, deadline=None)
@given(tuples=POINTS)
def test_points_without_bounds_are_left_out_and_a_group_of_them_is_unknown(tuples):
    points = points_of_tuples(tuples)
    shares, scores = coverage(points, level=80.0), winkler(points, level=80.0)
    for group, own in points.groupby("group"):
        bounded = own.dropna().to_numpy()[:, 1:]
        if len(bounded) == 0:
            assert np.isnan([shares[group], scores[group]]).all()
            continue
        y, lo, hi = bounded.T
        outside = np.maximum(lo - y, 0) + np.maximum(y - hi, 0)
        np.testing.assert_allclose(shares[group], np.mean(outside == 0))
        np.testing.assert_allclose(scores[group], np.mean(hi - lo + 10 * outside), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(tuples=POINTS, unit=st.sampled_from([-1.0, 0.01, 1000.0]))
def test_another_unit_or_sign_changes_no_share_and_the_score_by_its_size(tuples, unit):
    points = points_of_tuples(tuples)
    bounds = np.sort(points[["lo_80", "hi_80"]] * unit, axis=1)
    moved = points_of(points["y"] * unit, *bounds.T, group=points["group"])
    # A bound that an actual lies on may move by its last digit.
    away = np.abs(points[["lo_80", "hi_80"]].sub(points["y"], axis=0)).min(axis=1).fillna(1) > 1e-9
    shares = [coverage(p[away], level=80.0) for p in (points, moved)]
    np.testing.assert_allclose(shares[0], shares[1])
    scores = [winkler(p, level=80.0) for p in (points, moved)]
    np.testing.assert_allclose(scores[0] * abs(unit), scores[1], rtol=1e-9, atol=1e-9)


def test_no_interval_of_a_normal_distribution_scores_better_than_the_true_one():
    y = np.random.default_rng(0).normal(size=200_000)
    z = {0.9: 1.1503, 1.0: 1.28155, 1.1: 1.4395}  # half widths of 75, 80 and 85 %
    found = {
        k: winkler(points_of(y, np.full(len(y), -half), half), level=80.0).item()
        for k, half in z.items()
    }
    assert found[1.0] == min(found.values())


def test_there_are_those_of_both_levels():
    assert list(METRICS) == ["coverage_80", "winkler_80", "coverage_95", "winkler_95"]
    both = points_of([0], [-1], [1]).assign(lo_95=1.0, hi_95=2.0)
    found = {name: metric.function(both).item() for name, metric in METRICS.items()}
    wanted = {"coverage_80": 1, "winkler_80": 2, "coverage_95": 0, "winkler_95": 1 + 40}
    assert found == pytest.approx(wanted)
