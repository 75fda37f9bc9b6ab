"""The blend: by a plain second implementation, and what must not change it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rnn.presets import horizon_groups
from pipeline.served.blend import ERRORS_PER_POWER, FEWEST, WORST, Rules, blend
from pipeline.served.guard import leave_out
from pipeline.served.past import Past
from tests.served.pasts import SEED, random_past

N = 20


def rules_of(past: Past, **changed) -> Rules:
    plain = {
        "candidates": past.models,
        "reference": [past.models[0]] * len(past.y_hat),
        "n_calibration": N,
    }
    return Rules(**(plain | changed))


def mse_by_loops(past, s, c, steps):
    """Mean squared error of each model on the points that count, and the cutoffs they come from."""
    rows, cutoffs = [], set()
    for b in range(max(0, c - N), c):
        for h in range(steps.start, steps.stop):
            if past.steps[b] + h + 1 > past.steps[c] or math.isnan(past.actual[s, b, h]):
                continue
            squares = (past.y_hat[s, b, :, h] - past.actual[s, b, h]) ** 2
            if np.isnan(squares).all():
                continue
            rows.append(np.where(np.isnan(squares), np.nanmax(squares), squares))
            cutoffs.add(b)
    return (np.mean(rows, axis=0) if rows else None), len(cutoffs)


def by_loops(past, c):
    """The weights at one cutoff, `[series, models, groups]`."""
    out = leave_out(past, n_calibration=N)
    S, M = len(past.y_hat), len(past.models)
    groups = list(horizon_groups(past.horizon).values())
    weights = np.zeros((S, M, len(groups)))
    for g, steps in enumerate(groups):
        known = [mse_by_loops(past, s, c, steps) for s in range(S)]
        ratios = {s: mse / mse.min() for s, (mse, n) in enumerate(known) if n >= FEWEST}
        logs = [np.log(np.minimum(r, WORST)) for r in ratios.values()]
        prior = np.exp(np.mean(logs, axis=0)) if logs else np.ones(M)
        for s in range(S):
            raw = np.zeros(M)
            if s in ratios:
                raw = (ratios[s] * prior) ** -(known[s][1] / ERRORS_PER_POWER)
                raw[out[s, c] > 0] = 0
            if np.isnan(past.y_hat[s, c]).all():
                continue
            weights[s, :, g] = raw / raw.sum() if raw.sum() else np.eye(M)[0]
    return weights


@given(SEED, st.integers(1, 3), st.sampled_from([1, 3, 7]))
def test_against_loops(seed, stride, horizon):
    past = random_past(seed, stride=stride, horizon=horizon)
    found = blend(past, rules_of(past))
    for c in (0, 9, 17, 29):
        wanted = by_loops(past, c)
        np.testing.assert_allclose(found.weights[:, c], wanted, rtol=1e-9, atol=1e-12)
        sizes = [steps.stop - steps.start for steps in horizon_groups(horizon).values()]
        by_step = np.repeat(wanted, sizes, axis=2)
        served = np.where(by_step > 0, by_step * past.y_hat[:, c], 0).sum(axis=1)
        ready = wanted.any(axis=(1, 2))
        np.testing.assert_allclose(found.y_hat[ready, c], served[ready], rtol=1e-9, atol=1e-9)
        assert np.isnan(found.y_hat[~ready, c]).all()


@given(SEED)
def test_weights_sum_to_one_where_the_fold_is_ready_and_none_is_negative(seed):
    past = random_past(seed)
    weights = blend(past, rules_of(past)).weights
    ready = ~np.isnan(past.y_hat).all(axis=(2, 3))
    np.testing.assert_allclose(weights.sum(axis=2)[ready], 1, rtol=1e-12)
    assert not weights[~ready].any()
    assert (weights >= 0).all()


@given(SEED, st.permutations(range(4)))
def test_models_in_another_order_have_the_same_weights(seed, order):
    past = random_past(seed, models=4)
    turned = replace(
        past,
        models=[past.models[k] for k in order],
        y_hat=past.y_hat[:, :, order],
        failed=past.failed[:, :, order],
    )
    ours, theirs = (blend(one, rules_of(past)) for one in (past, turned))
    np.testing.assert_allclose(ours.weights[:, :, order], theirs.weights, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(ours.y_hat, theirs.y_hat, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(ours.errors[:, :, order], theirs.errors)


@given(SEED)
def test_who_is_no_candidate_changes_no_byte(seed):
    """A reproduction of somebody's result is beside the others, never in the blend."""
    past = random_past(seed, models=4)
    fewer = replace(
        past, models=past.models[:3], y_hat=past.y_hat[:, :, :3], failed=past.failed[:, :, :3]
    )
    # A fold is ready or not for all models.
    there = ~np.isnan(fewer.y_hat).all(axis=(2, 3))
    past = replace(past, y_hat=np.where(there[..., None, None], past.y_hat, np.nan))
    ours, theirs = (blend(one, rules_of(fewer)) for one in (past, fewer))
    assert ours.y_hat.tobytes() == theirs.y_hat.tobytes()
    assert ours.weights[:, :, :3].tobytes() == theirs.weights.tobytes()
    assert not ours.weights[:, :, 3].any()
    assert np.isnan(ours.errors[:, :, 3]).all()


def test_two_models_that_are_the_same_have_the_same_weight():
    past = random_past(2, damaged=False)
    y_hat = past.y_hat.copy()
    y_hat[:, :, 1] = y_hat[:, :, 2]
    weights = blend(replace(past, y_hat=y_hat), rules_of(past)).weights
    assert weights[:, 15:, 1].tobytes() == weights[:, 15:, 2].tobytes()
    assert (weights[:, 15:, 1] > 0).all()


def test_models_without_any_error_share_everything():
    past = random_past(2, damaged=False)
    y_hat = past.y_hat.copy()
    y_hat[:, :, 1:] = past.actual[:, :, None]
    found = blend(replace(past, y_hat=y_hat), rules_of(past))
    assert found.weights[0, 25, :, 0].tolist() == [pytest.approx(0, abs=1e-12), 0.5, 0.5]
    np.testing.assert_allclose(found.y_hat[:, 25], past.actual[:, 25], rtol=1e-9)
    y_hat[:, :, 0] = past.actual
    all_right = blend(replace(past, y_hat=y_hat), rules_of(past))
    np.testing.assert_allclose(all_right.weights[0, 25, :, 0], 1 / 3)


def test_a_candidate_alone_is_served_as_it_is():
    past = random_past(2, damaged=False)
    found = blend(past, rules_of(past, candidates=["m1"]))
    assert found.y_hat[:, 20:].tobytes() == past.y_hat[:, 20:, 1].tobytes()
    assert found.y_hat[:, :8].tobytes() == past.y_hat[:, :8, 0].tobytes(), "the reference"


def test_until_eight_cutoffs_are_known_it_is_the_reference_of_each_series():
    past = random_past(3, horizon=6, damaged=False)
    found = blend(past, rules_of(past, reference=["m2", "m1"]))
    for steps, first in zip(horizon_groups(6).values(), (8, 9, 11), strict=True):
        for s, own in ((0, 2), (1, 1)):
            ours, theirs = found.y_hat[s, :, steps], past.y_hat[s, :, own, steps]
            assert ours[:first].tobytes() == theirs[:first].tobytes()
            assert (ours[first] != theirs[first]).all()
    assert np.isnan(found.errors[:, :8]).all()


def test_one_model_is_served_where_it_is_declared_and_its_failure_is_told():
    past = random_past(5)
    found = blend(past, rules_of(past, serve="m1"))
    assert found.failed.tobytes() == (past.failed[:, :, 1] & found.weights.any((2, 3))).tobytes()
    assert found.failed.any()
    np.testing.assert_array_equal(found.y_hat, past.y_hat[:, :, 1])


def test_where_all_are_left_out_it_is_the_reference():
    past = random_past(3, damaged=False)
    failed = past.failed.copy()
    failed[0, 25] = True
    found = blend(replace(past, failed=failed), rules_of(past))
    assert found.weights[0, 25, :, 0].tolist() == [1, 0, 0]
    assert found.failed[0, 25]
    assert found.failed.sum() == 1


def test_numbers_that_have_no_square_do_no_harm():
    """Nor a model that never has one: it is as bad as the worst that has."""
    past = random_past(3, models=4, damaged=False)
    y_hat = past.y_hat.copy()
    y_hat[:, ::2, 1], y_hat[:, :, 2] = 1e200, np.inf
    y_hat[:, ::2, 3] = 1e154
    found = blend(replace(past, y_hat=y_hat), rules_of(past))
    assert np.isfinite(found.y_hat).all()
    assert (found.weights[:, 16:, 0] > 0.999).all()


def test_a_series_on_which_a_model_broke_does_not_condemn_it_on_the_others():
    past = random_past(6, series=20, damaged=False)
    y_hat = past.y_hat.copy()
    y_hat[0, :, 1] = 1e9
    plain, broken = (
        blend(one, rules_of(past)).weights for one in (past, replace(past, y_hat=y_hat))
    )
    assert broken[0, 25, 1].max() < 1e-12
    mean = [weights[1:, 25, 1].mean() for weights in (plain, broken)]
    assert 0.5 * mean[0] < mean[1] < mean[0]


def test_without_networks_is_the_blend_of_the_others():
    past = random_past(7)
    rules = rules_of(past, networks=("m2",))
    without = rules.without_networks
    assert without == rules_of(past, candidates=["m0", "m1"])
    assert rules_of(past).without_networks is None
    assert replace(rules, serve="m1").without_networks is None
    assert replace(rules, candidates=["m2"]).without_networks is None
