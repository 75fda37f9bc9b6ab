"""Random pasts of some series, cutoffs, models and steps, with gaps and failures."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from pipeline.served.past import Past

SEED = st.integers(0, 2**32 - 1)


def random_past(
    seed: int,
    *,
    series: int = 2,
    cutoffs: int = 30,
    models: int = 3,
    horizon: int = 3,
    stride: int = 1,
    damaged: bool = True,
) -> Past:
    """Models of different quality around a walk; damaged ones fail and have no number at times."""
    random = np.random.default_rng(seed)
    steps = 100 + stride * np.arange(cutoffs)
    walk = random.normal(size=(series, stride * cutoffs + horizon)).cumsum(axis=1)
    targets = stride * np.arange(cutoffs)[:, None] + np.arange(horizon)
    actual = walk[:, targets]
    quality = random.uniform(0.1, 3, size=(series, 1, models, 1))
    y_hat = actual[:, :, None] + quality * random.normal(size=(series, cutoffs, models, horizon))
    failed = np.zeros(y_hat.shape[:3], dtype=bool)
    reached = np.concatenate([np.zeros((series, 1)), walk], axis=1)
    past = Past(
        models=[f"m{k}" for k in range(models)],
        steps=steps,
        y_hat=y_hat,
        failed=failed,
        actual=actual,
        lowest=np.minimum.accumulate(reached, axis=1)[:, steps - 100] - 9,
        highest=np.maximum.accumulate(reached, axis=1)[:, steps - 100] + 9,
    )
    return damage(past, random) if damaged else past


def damage(past: Past, random: np.random.Generator) -> Past:
    """Gaps in what was observed, folds that are not ready, failures, forecasts that break."""
    y_hat, actual = past.y_hat.copy(), past.actual.copy()
    actual[random.random(actual.shape) < 0.1] = np.nan
    failed = random.random(past.failed.shape) < 0.05
    failed[:, :, 0] = False
    y_hat[random.random(failed.shape) < 0.03] = 1e6
    again = random.random(failed.shape) < 0.03
    again[:, 0] = False
    y_hat[again] = np.roll(y_hat, 1, axis=1)[again]
    y_hat[:, :, 1:][random.random(failed[:, :, 1:].shape) < 0.02] = np.nan
    y_hat[random.random(failed.shape[:2]) < 0.05] = np.nan
    return replace(past, y_hat=y_hat, failed=failed, actual=actual)


def cut(past: Past, first: int, last: int) -> Past:
    """The cutoffs from one place up to another, as if there were no others."""
    some = slice(first, last)
    return Past(
        past.models,
        past.steps[some],
        past.y_hat[:, some],
        past.failed[:, some],
        past.actual[:, some],
        past.lowest[:, some],
        past.highest[:, some],
    )


def with_another_future(past: Past, cutoff: int, seed: int) -> Past:
    """The same up to a cutoff: forecasts after it, and actuals not known at it, are others."""
    other = random_past(
        seed,
        series=len(past.y_hat),
        cutoffs=len(past.steps),
        models=len(past.models),
        horizon=past.horizon,
    )
    later = np.arange(len(past.steps)) > cutoff
    ends = past.steps[:, None] + 1 + np.arange(past.horizon)
    unknown = ends > past.steps[cutoff]
    return replace(
        past,
        y_hat=np.where(later[:, None, None], other.y_hat, past.y_hat),
        failed=np.where(later[:, None], other.failed, past.failed),
        actual=np.where(unknown, other.actual, past.actual),
        lowest=np.where(later, other.lowest, past.lowest),
        highest=np.where(later, other.highest, past.highest),
    )
