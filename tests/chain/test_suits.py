"""A climatology corrected on a series that trends is told of, and nothing else."""

import datetime as dt

import numpy as np
import pytest

from pipeline.chain.suits import unsuited
from tests.strategies import SmallProject

MONTHS, FIRST = 110, 96
"""Of rows; before the first cutoff."""

TIME = np.arange(MONTHS)
SEASON = 10 * np.sin(2 * np.pi * TIME / 12)


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=MONTHS)


@pytest.fixture
def told(write):
    """What is told of series with these values."""

    def tell(corrects="climatology", **values: np.ndarray) -> dict[str, str]:
        small: SmallProject = write(cutoffs={"first": "2008-01-01", "last": "2008-02-01"})
        small.now = dt.datetime(2009, 6, 1, tzinfo=dt.UTC)
        small.set_network(corrects=corrects)
        for name in "ab":
            small.write_series(name, values.get(name, SEASON + noise(7)).tolist())
        small.run()
        return dict(unsuited(small.known))

    return tell


def test_a_series_that_trends_is_named_with_what_suits_it(told):
    found = told(a=SEASON + noise(1), b=SEASON + 0.5 * TIME + noise(2))
    assert list(found) == ["b"]
    assert "rnn corrects its climatology" in found["b"]
    assert "declare `corrects: {b: " in found["b"]
    assert "climatology}" not in found["b"]


def test_what_corrects_something_else_is_left_alone(told):
    for corrects in ({"b": "seasonal_naive"}, {"b": "auto"}, "auto"):
        assert told(corrects, b=SEASON + 0.5 * TIME + noise(2)) == {}


def test_rows_after_the_first_cutoff_are_not_looked_at(told):
    assert told(b=SEASON + noise(3) + np.where(TIME > FIRST, 9.0 * (TIME - FIRST), 0.0)) == {}


@pytest.mark.parametrize("seed", range(4))
def test_seasons_and_slow_noise_alone_are_no_trend(told, seed):
    shocks = np.random.default_rng(seed).normal(size=MONTHS + 5)
    slow = np.convolve(shocks, np.ones(6) / 6, "valid")
    assert told(a=SEASON + slow, b=noise(seed + 50)) == {}


def test_few_rows_tell_nothing(told):
    start = np.where(TIME < FIRST - 30, np.nan, SEASON + TIME)
    assert told(b=np.where(np.isnan(start), None, start)) == {}
