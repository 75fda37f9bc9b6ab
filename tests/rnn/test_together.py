"""Folds that share rows share the work on them, and no bit shows it."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean.observations import Series
from pipeline.rnn.group import Fit
from pipeline.rnn.settings import Correctable
from pipeline.rnn.together import latest_of, paths_of_each, signals_of_each
from pipeline.rnn.two_fits import prepare_folds

SIZES = {"season_length": 12, "transform": "none"}


def series_of(number: int, *, rows: int, columns: int = 2) -> Series:
    values = 20 + np.random.default_rng(number).normal(size=(rows, columns)).cumsum(axis=0)
    values[np.random.default_rng(number + 100).random(values.shape) < 0.1] = np.nan
    return Series(f"s{number}", "MS", 5, ("y", "a")[:columns], values)


def copied(series: Series) -> Series:
    return Series(*(getattr(series, f) for f in ("unique_id", "freq", "first_step", "columns")),
                  series.values.copy())  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    reference=st.sampled_from(get_args(Correctable)),
    ends=st.lists(st.integers(20, 69), min_size=2, max_size=6),
    horizon=st.integers(1, 14),
)
def test_together_is_alone_to_the_bit(reference, ends, horizon):
    folds = [copied(series_of(k % 2, rows=70).until(end)) for k, end in enumerate(ends)]
    rows = [np.arange(len(fold.y))[k::2] for k, fold in enumerate(folds)]
    references = [reference] * len(folds)
    together = signals_of_each(folds, references, **SIZES)
    paths = paths_of_each(folds, references, rows, horizon=horizon, **SIZES)
    for fold, own, signals, path in zip(folds, rows, together, paths, strict=True):
        (alone,) = signals_of_each([fold], [reference], **SIZES)
        assert alone.values.tobytes() == signals.values.tobytes()
        assert alone.observed.tobytes() == signals.observed.tobytes()
        assert np.array_equal(alone.ds, signals.ds)
        (one,) = paths_of_each([fold], [reference], [own], horizon=horizon, **SIZES)
        assert one.tobytes() == path.tobytes()


def test_only_what_begins_alike_is_shared():
    whole = series_of(0, rows=60)
    other = copied(whole.until(39))
    other.values[3, 0] += 1e-9
    moved = Series("s0", "MS", 6, whole.columns, whole.values[:30])
    named = Series("x", "MS", 5, whole.columns, whole.values[:30])
    series = [whole.until(29), whole, other, other.until(20), moved, named, copied(whole)]
    assert latest_of(series) == [1, 1, 2, 2, 4, 5, 1]


@pytest.mark.parametrize("reference", ["anomaly_persistence", "climatology"])
def test_folds_prepared_together_are_those_prepared_alone(settings_of, reference):
    fits = [Fit(series_of(1, rows=110, columns=1).until(end), 0) for end in (99, 60, 109, 75)]
    declared = settings_of(corrects=reference)
    sizes = {"horizon": 3, "season_length": 12}
    for fit, together in zip(fits, prepare_folds(fits, declared, **sizes), strict=True):
        (alone,) = prepare_folds([fit], declared, **sizes)
        for name in ("inputs", "ends", "targets", "observed"):
            ours, theirs = (getattr(fold.whole, name) for fold in (together, alone))
            assert ours.tobytes() == theirs.tobytes(), name
