"""Why, in a sentence."""

from dataclasses import replace

import numpy as np

from pipeline.served.blend import Rules, blend
from pipeline.served.words import explain
from tests.served.pasts import random_past

DATES = [f"{2000 + c // 12}-{c % 12 + 1:02}-01" for c in range(60)]
MODELS = ["climatology", "rnn", "naive"]


def sentence(past, *, at, n=48, serve="blend"):
    """What is said of the first series at one cutoff."""
    rules = Rules(MODELS, ["climatology"] * len(past.y_hat), serve=serve, n_calibration=n)
    return explain(past, blend(past, rules), rules, first=at, dates=DATES)[0][0]


def past_of(spreads, *, horizon=1, better_from=0):
    """A past in which each model errs as much as is said, rnn only from a cutoff on."""
    plain = random_past(5, series=1, cutoffs=60, horizon=horizon, damaged=False)
    random = np.random.default_rng(1)
    errors = random.choice([-1.0, 1.0], size=plain.y_hat.shape) * np.array(spreads)[:, None]
    errors[:, :better_from, 1] *= 4
    return replace(plain, models=MODELS, y_hat=plain.actual[:, :, None] + errors)


def test_too_little_is_known():
    past = past_of([1, 1, 1])
    assert sentence(past, at=5) == "climatology: 5 of 8 earlier cutoffs are known"


def test_shares_and_the_rest():
    assert sentence(past_of([1, 1, 1]), at=20) == "0.33 climatology, 0.33 rnn, 0.33 naive"
    few = sentence(past_of([1, 1, 1.3]), at=20)
    assert few == "0.48 climatology, 0.48 rnn, 0.03 of 1 other"


def test_the_reference_fell_behind_at_a_cutoff():
    """When the last of rnn's large errors leaves the 24: ratio 2.04, power 2 x 3, share 0.01."""
    told = sentence(past_of([1, 0.7, 2], better_from=12), at=50, n=24)
    assert told == "0.99 rnn, 0.01 of 2 others; climatology fell behind since 2003-01-01"
    long_ago = sentence(past_of([1, 0.7, 2]), at=55, n=12)
    assert long_ago.endswith("; climatology fell behind since 2003-08-01 or before"), long_ago


def test_some_steps_have_too_little():
    told = sentence(past_of([1, 1, 1], horizon=7), at=12)
    assert told.endswith("; climatology alone for steps 7-12: 6 of 8 earlier cutoffs are known")


def test_who_is_left_out_why_and_since_when():
    past = past_of([1, 1, 1])
    y_hat = past.y_hat.copy()
    y_hat[:, 29:, 1] = 1e6
    told = sentence(replace(past, y_hat=y_hat), at=30)
    assert told == (
        "0.50 climatology, 0.50 naive; rnn is left out since 2002-06-01: "
        "it lies far outside of what was observed"
    )


def test_who_was_never_in_it_is_left_out_since_the_first_cutoff_that_is_looked_at():
    past = past_of([1, 1, 1])
    failed = np.zeros_like(past.failed)
    failed[:, :, 1] = True
    told = sentence(replace(past, failed=failed), at=30, n=12)
    assert told.endswith("; rnn is left out since 2001-07-01 or before: it failed"), told


def test_a_model_served_as_declared_and_a_fold_that_is_not_ready():
    past = past_of([1, 1, 1])
    assert sentence(past, at=30, serve="rnn") == "rnn, as declared"
    y_hat = past.y_hat.copy()
    y_hat[:, 30] = np.nan
    assert sentence(replace(past, y_hat=y_hat), at=30) == ""


def test_a_stand_in_is_told():
    past = past_of([1, 1, 1])
    failed = np.ones_like(past.failed)
    past = replace(past, failed=failed)
    stand_in = "; it failed: this is its stand-in's forecast"
    assert sentence(past, at=30, serve="rnn") == f"rnn, as declared{stand_in}"
    assert sentence(past, at=30) == f"climatology, since all candidates are left out{stand_in}"
    assert sentence(past, at=3) == f"climatology: 3 of 8 earlier cutoffs are known{stand_in}"


def test_a_reference_that_is_no_candidate_has_not_fallen_behind():
    past = past_of([9, 1, 1])
    rules = Rules(["rnn", "naive"], ["climatology"])
    told = explain(past, blend(past, rules), rules, first=40, dates=DATES)[0][0]
    assert told == "0.50 rnn, 0.50 naive"
