"""All that is served: neither later rows nor other cutoffs change a byte; rows of the tables."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import tables
from pipeline.served import frames
from pipeline.served.blend import Rules
from pipeline.served.past import Past
from pipeline.served.serve import Served, serve
from pipeline.served.settings import SERVED, WITHOUT_NETWORKS
from tests.served.pasts import SEED, cut, random_past, with_another_future

N = 10


def served_of(past: Past, *, first: int = 0, offset: int = 0, **changed) -> Served:
    """Served with a threshold of 0; dates are numbers that do not depend on what was cut."""
    plain = {"candidates": past.models, "reference": ["m0"] * len(past.y_hat), "networks": ("m2",)}
    rules = Rules(**(plain | {"n_calibration": N} | changed))
    dates = [f"d{step}" for step in past.steps]
    return serve(past, rules, first=first, dates=dates, above=0.0)


def parts_of(served: Served, at: int) -> list[bytes | str]:
    """All that is said of a cutoff, by its place from the first one on."""
    c = served.first + at
    made, past = served.made, served.past
    arrays = [made.y_hat, made.weights, made.errors, made.n_errors, made.out, made.failed]
    later = [*served.intervals, served.probability]
    return [
        *(one[:, c].tobytes() for one in (*arrays, past.y_hat)),
        *(one[:, at].tobytes() for one in later),
        *(sentences[at] for sentences in served.sentences),
    ]


@settings(max_examples=30)
@given(SEED, SEED, st.integers(1, 28), st.integers(1, 3))
def test_what_comes_after_the_cutoff_changes_no_byte(seed, other, cutoff, stride):
    past = random_past(seed, stride=stride)
    changed = with_another_future(past, cutoff, other)
    ours, theirs = (served_of(one) for one in (past, changed))
    for c in (cutoff // 2, cutoff):
        assert parts_of(ours, c) == parts_of(theirs, c)


@settings(max_examples=30)
@given(SEED, st.integers(2 * N, 29), st.integers(1, 3), st.sampled_from([1, 3]))
def test_alone_or_together_the_same(seed, cutoff, stride, horizon):
    """A cutoff with its 2 n earlier ones, or all cutoffs in one call."""
    past = random_past(seed, stride=stride, horizon=horizon)
    together = served_of(past)
    alone = served_of(cut(past, cutoff - 2 * N, cutoff + 1), first=2 * N)
    assert parts_of(alone, 0) == parts_of(together, cutoff)


def test_many_series_and_cutoffs_in_pieces_are_the_same_as_few(monkeypatch):
    from pipeline.served import earlier, evidence

    past = random_past(3, series=7)
    whole = served_of(past)
    monkeypatch.setattr(earlier, "_AT_ONCE", 1)
    monkeypatch.setattr(evidence, "_AT_ONCE", 1)
    pieces = served_of(past)
    for c in range(30):
        assert parts_of(pieces, c) == parts_of(whole, c)


def test_without_a_series_nothing_is_served():
    served = served_of(random_past(0, series=0, damaged=False))
    assert served.made.y_hat.shape == (0, 30, 3)
    assert served.sentences == []
    names = frames.Names([], np.arange(30).astype("M8[ns]"), np.zeros((30, 3), dtype="M8[ns]"))
    for rows_of in (frames.forecast_rows, frames.interval_rows, frames.weight_rows):
        assert rows_of(served, names).empty


@pytest.fixture(scope="module")
def served() -> Served:
    return served_of(random_past(4), first=5)


@pytest.fixture(scope="module")
def names() -> frames.Names:
    months = np.datetime64("2000-01", "M") + np.arange(40)
    days = months.astype("datetime64[ns]")
    places = np.arange(5, 30)
    return frames.Names(["a", "b"], days[places], days[places[:, None] + 1 + np.arange(3)])


def test_rows_are_those_of_the_tables(served, names):
    made = {
        tables.FORECASTS: frames.forecast_rows(served, names),
        tables.INTERVALS: frames.interval_rows(served, names),
        tables.PROBABILITIES: frames.probability_rows(served, names),
        tables.WEIGHTS: frames.weight_rows(served, names),
    }
    for table, rows in made.items():
        assert list(rows.columns) == table.names
        assert len(pa.Table.from_pandas(rows, schema=table.schema(), preserve_index=False)) > 0
        keys = [k for k in ("unique_id", "cutoff", "step", "steps", "model", "level") if k in rows]
        assert not rows.duplicated(keys).any()


def test_each_number_stands_in_its_row(served, names):
    rows = frames.forecast_rows(served, names)
    bounds = frames.interval_rows(served, names)
    chance = frames.probability_rows(served, names)
    weights = frames.weight_rows(served, names)
    past, k = served.past, served.past.models.index("m1")
    assert set(rows["model"]) == {SERVED, WITHOUT_NETWORKS}
    for s, a, h in ((0, 3, 0), (1, 20, 2)):
        if not served.made.weights[s, 5 + a].any():
            continue
        at = {"unique_id": names.series[s], "cutoff": pd.Timestamp(names.cutoffs[a])}
        step = at | {"step": h + 1, "ds": pd.Timestamp(names.ds[a, h])}
        row = one(rows, step | {"model": SERVED})
        assert row["y_hat"] == served.made.y_hat[s, 5 + a, h]
        assert row["reason"] == served.sentences[s][a]
        assert one(rows, step | {"model": WITHOUT_NETWORKS})["reason"] == ""
        row = one(bounds, step | {"model": "m1", "level": 95.0})
        wanted = [part[s, a, k, h, 1] for part in served.intervals[:2]]
        np.testing.assert_array_equal(row[["lo", "hi"]].astype(float), wanted)
        assert row["n_errors"] == served.intervals.n_errors[s, a, k, h]
        row = one(chance, step | {"model": "m1"})
        np.testing.assert_equal(row["probability"], served.probability[s, a, k, h])
        row = one(weights, at | {"model": "m1", "steps": "2-3"})
        assert row["weight"] == served.made.weights[s, 5 + a, k, 1]
        np.testing.assert_equal(row["error"], served.made.errors[s, 5 + a, k, 1])
        assert row["n_errors"] == served.made.n_errors[s, 5 + a, 1]
    assert past.models[-2:] == [SERVED, WITHOUT_NETWORKS]


def test_mean_weights_count_a_group_by_its_steps(served, names):
    rows = frames.weight_rows(served, names)
    at = rows[rows["cutoff"] == pd.Timestamp(names.cutoffs[20])]
    found = frames.mean_weights(at, 3)
    by_step = np.repeat(served.made.weights[:, 25], [1, 2], axis=-1)
    ready = by_step.any(axis=(1, 2))
    for name, wanted in zip(served.past.models, by_step[ready].mean(axis=(0, 2)), strict=False):
        assert found.get(name, 0.0) == pytest.approx(wanted, abs=1e-12)
    assert sum(found.values()) == pytest.approx(1)


def one(rows: pd.DataFrame, key: dict) -> pd.Series:
    """The row of a key."""
    found = rows[np.logical_and.reduce([rows[name] == value for name, value in key.items()])]
    assert len(found) == 1
    return found.iloc[0]


def test_folds_that_are_not_ready_have_no_row(served, names):
    ready = served.made.weights[:, 5:].any(axis=(2, 3))
    assert not ready.all()
    assert len(frames.forecast_rows(served, names)) == ready.sum() * 2 * 3
    assert len(frames.interval_rows(served, names)) == ready.sum() * 4 * 3 * 2
    assert len(frames.weight_rows(served, names)) == ready.sum() * 3 * 2


def test_where_no_event_is_declared_there_are_no_probabilities(names):
    past = random_past(4)
    rules = Rules(past.models, ["m0", "m0"], n_calibration=N)
    plain = serve(past, rules, first=5, dates=[""] * 30)
    assert plain.probability is None
    assert frames.probability_rows(plain, names).empty
    assert plain.past.models == [*past.models, SERVED]


def test_a_model_served_alone_that_failed_says_so(names):
    past = random_past(4)
    own = served_of(past, first=5, serve="m1")
    rows = frames.forecast_rows(own, names)
    assert set(rows["model"]) == {SERVED}
    failed = rows[rows["status"] == "failed"]
    assert len(failed) == own.made.failed[:, 5:].sum() * 3 > 0
