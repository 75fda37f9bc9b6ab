"""Metrics of groups of bounds and probabilities: on the same points, and all counted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline import tables
from pipeline.scores.calibration import (
    EVENT_COUNTS,
    INTERVAL_COUNTS,
    INTERVAL_METRICS,
    event_metrics,
    interval_metrics,
)
from pipeline.scores.metrics import event

BY = ["unique_id", "model"]
CUTOFFS, STEPS = 6, 2
MODELS = ["naive", "rnn"]
BOUNDED = hnp.arrays(np.bool_, (2, CUTOFFS, STEPS, 2, 2))
"""By series, cutoff, step, model and level, whether there are bounds."""


def scored_of(seed=0, *, bounded=None):
    """Scored intervals of two series and two models, of half widths about 1 and 2."""
    random = np.random.default_rng(seed)
    shape = (2, CUTOFFS, STEPS, 2)
    series, cutoff, step, model = (axis.ravel() for axis in np.indices(shape))
    points = pd.DataFrame(
        {
            "unique_id": np.array(["a", "b"])[series],
            "cutoff": pd.Timestamp("2001-01-01") + pd.to_timedelta(cutoff, unit="D"),
            "step": (step + 1).astype(np.int32),
            "model": np.array(MODELS)[model],
            "y": random.normal(size=shape[:3]).repeat(2),
            "y_hat": random.normal(size=len(model)),
            "scale": np.where(series == 0, 2.0, 5.0),
        }
    )
    points["ds"] = points["cutoff"] + pd.to_timedelta(points["step"], unit="D")
    half = random.uniform(0.5, 1.5, size=len(points))
    levels = []
    for k, level in enumerate((80.0, 95.0)):
        lo, hi = points["y_hat"] - half * (k + 1), points["y_hat"] + half * (k + 1)
        known = np.ones(len(points), dtype=bool) if bounded is None else bounded[..., k].ravel()
        levels.append(points.assign(level=level, lo=lo.where(known), hi=hi.where(known)))
    return pd.concat(levels, ignore_index=True).assign(n_errors=9)[tables.SCORED_INTERVALS.names]


def events_of(seed=0, *, bounded=None):
    scored = scored_of(seed)
    points = scored[scored["level"] == 80]
    probability = np.random.default_rng(seed).random(len(points))
    if bounded is not None:
        probability = np.where(bounded[..., 0].ravel(), probability, np.nan)
    return points.assign(above=0.1, probability=probability)[tables.SCORED_EVENTS.names]


@pytest.mark.parametrize("by", [BY, [*BY, "step"]])
def test_each_group_has_the_numbers_of_its_own_points(by):
    scored = scored_of()
    found = interval_metrics(scored, by)
    assert list(found.columns) == [*by, *INTERVAL_COUNTS, *INTERVAL_METRICS]
    assert len(found) == 4 * (2 if "step" in by else 1)
    for row in found.to_dict("records"):
        own = scored
        for name in by:
            own = own[own[name] == row[name]]
        assert row["n_bounded_80"] == row["n_bounded_95"] == len(own) / 2
        quantiles = {"median": own[own["level"] == 80]["y_hat"].to_numpy()}
        for level in (80, 95):
            y, lo, hi = own.loc[own["level"] == level, ["y", "lo", "hi"]].to_numpy().T
            assert row[f"coverage_{level}"] == np.mean((lo <= y) & (y <= hi))
            outside = np.maximum(lo - y, 0) + np.maximum(y - hi, 0)
            wanted = np.mean(hi - lo + 200 / (100 - level) * outside)
            np.testing.assert_allclose(row[f"winkler_{level}"], wanted)
            quantiles |= {f"lo_{level}": lo, f"hi_{level}": hi}
        p = {"lo_95": 0.025, "lo_80": 0.1, "median": 0.5, "hi_80": 0.9, "hi_95": 0.975}
        losses = {k: np.maximum(p[k] * (y - q), (p[k] - 1) * (y - q)) for k, q in quantiles.items()}
        np.testing.assert_allclose(row["pinball"], np.mean(list(losses.values())))
        cells = {"lo_95": 0.0625, "lo_80": 0.2375, "median": 0.4, "hi_80": 0.2375, "hi_95": 0.0625}
        crps = 2 * np.sum([cells[k] * losses[k] for k in cells], axis=0)
        np.testing.assert_allclose(row["crps"], crps.mean())
        np.testing.assert_allclose(row["crps_over_scale"], crps.mean() / own["scale"].iloc[0])


@settings(max_examples=20, deadline=None)
@given(bounded=BOUNDED, shuffle=st.integers(0, 9))
def test_all_models_of_a_series_are_measured_where_each_that_has_bounds_has_them(bounded, shuffle):
    scored = scored_of(bounded=bounded).sample(frac=1, random_state=shuffle)
    found = interval_metrics(scored, BY).set_index(BY)
    for s, name in enumerate("ab"):
        for k, level in enumerate((80, 95)):
            own = bounded[s, ..., k]  # cutoff, step, model
            some = own.any(axis=(0, 1))
            wanted = int(own[..., some].all(axis=-1).sum()) if some.any() else 0
            for m, model in enumerate(MODELS):
                row = found.loc[(name, model)]
                assert row[f"n_bounded_{level}"] == (wanted if some[m] else 0)
                assert np.isnan(row[f"coverage_{level}"]) == (row[f"n_bounded_{level}"] == 0)


@settings(max_examples=20, deadline=None)
@given(bounded=BOUNDED, shuffle=st.integers(0, 9))
def test_the_order_of_the_rows_changes_no_number(bounded, shuffle):
    scored, events = scored_of(bounded=bounded), events_of(bounded=bounded)
    for measure, rows in ((interval_metrics, scored), (event_metrics, events)):
        ours = measure(rows, BY).sort_values(BY, ignore_index=True)
        moved = measure(rows.sample(frac=1, random_state=shuffle), BY)
        pd.testing.assert_frame_equal(ours, moved.sort_values(BY, ignore_index=True), rtol=1e-12)


def test_a_model_without_any_bounds_takes_none_from_the_others():
    scored = scored_of()
    alone = scored[scored["model"] == "rnn"]
    scored.loc[scored["model"] == "naive", ["lo", "hi"]] = np.nan
    found = interval_metrics(scored, BY)
    assert found.loc[found["model"] == "naive", INTERVAL_COUNTS].eq(0).all(axis=None)
    of_rnn = found[found["model"] == "rnn"].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_rnn, interval_metrics(alone, BY))


@pytest.mark.parametrize("by", [BY, [*BY, "step"]])
def test_probabilities_are_measured_where_all_models_have_one_and_counted(by):
    events = events_of()
    lacking = (events["unique_id"] == "a") & (events["model"] == "rnn") & (events["step"] == 2)
    lacking &= events["cutoff"] == "2001-01-03"
    events.loc[lacking, "probability"] = np.nan
    found = event_metrics(events, by)
    assert list(found.columns) == [*by, *EVENT_COUNTS, *event.METRICS]
    left = events[
        ~((events["unique_id"] == "a") & (events["step"] == 2) & (events["cutoff"] == "2001-01-03"))
    ]
    for row in found.to_dict("records"):
        own = left
        for name in by:
            own = own[own[name] == row[name]]
        assert row["n_probabilities"] == len(own)
        wanted = np.mean((own["probability"] - (own["y"] > 0.1)) ** 2)
        np.testing.assert_allclose(row["brier"], wanted)


def test_no_rows_are_no_groups():
    found = interval_metrics(tables.SCORED_INTERVALS.empty(), BY)
    assert found.empty
    assert list(found.columns) == [*BY, *INTERVAL_COUNTS, *INTERVAL_METRICS]
    found = event_metrics(tables.SCORED_EVENTS.empty(), [*BY, "step"])
    assert found.empty
    assert list(found.columns) == [*BY, "step", *EVENT_COUNTS, *event.METRICS]
