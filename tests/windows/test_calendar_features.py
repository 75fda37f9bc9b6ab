"""The place in the season: as pandas says, without a jump, with the same bits in any company."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calendar import dates_of
from pipeline.rnn.presets import SEASONS as BY_FREQ
from pipeline.windows.calendar_features import SEASONS, calendar_features

FIRST = st.integers(-20_000, 40_000)
"""Days since 1970: 1915 to 2079."""


def angles(features: np.ndarray) -> np.ndarray:
    """The angle behind each pair of sine and cosine, 0 to 2 pi."""
    return np.arctan2(features[:, 0], features[:, 1]) % (2 * np.pi)


def place_by_pandas(days: pd.DatetimeIndex, season: str) -> np.ndarray:
    """Position over length once more: 0 for the first place in the season, below 1 for the last."""
    weeks = days.isocalendar()
    last = pd.to_datetime(weeks["year"].astype(str) + "-12-28").dt.isocalendar()["week"]
    return {
        "month": lambda: (days.month - 1) / 12,
        "quarter": lambda: (days.quarter - 1) / 4,
        "week": lambda: (weeks["week"].to_numpy() - 1) / last.to_numpy(),
        "day_of_week": lambda: days.day_of_week / 7,
        "day_of_year": lambda: (days.day_of_year - 1) / np.where(days.is_leap_year, 366, 365),
    }[season]()


@pytest.mark.parametrize("season", SEASONS)
@given(first=FIRST)
def test_the_angle_is_the_place_that_pandas_says(season, first):
    days = np.arange(first, first + 800).astype("datetime64[D]").astype("datetime64[ns]")
    found = calendar_features(days, [season])
    assert found.shape == (800, 2)
    np.testing.assert_allclose((found**2).sum(axis=1), 1)
    wanted = np.asarray(place_by_pandas(pd.DatetimeIndex(days), season), dtype=np.float64)
    np.testing.assert_allclose(np.exp(1j * angles(found)), np.exp(2j * np.pi * wanted), atol=1e-12)


@pytest.mark.parametrize("freq", BY_FREQ)
@given(first=st.integers(-200, 700))
def test_each_step_turns_the_circle_on_and_never_jumps(freq, first):
    days = dates_of(np.arange(first, first + 400), freq)
    for season in BY_FREQ[freq]:
        turned = np.diff(np.unwrap(angles(calendar_features(days, [season]))))
        shortest = {"MS": 12, "QS": 4, "W": 53, "D": 366}[freq]
        shortest = 7 if season == "day_of_week" else shortest
        assert turned.min() >= 2 * np.pi / shortest - 1e-9
        longest = {53: 52, 366: 365}.get(shortest, shortest)
        assert turned.max() <= 2 * np.pi / longest + 1e-9


@given(first=FIRST, cut=st.integers(1, 99), n=st.integers(1, 300))
def test_a_row_has_the_same_bits_in_any_company(first, cut, n):
    days = np.arange(first, first + 400).astype("datetime64[D]")
    whole = calendar_features(days, list(SEASONS))
    part = calendar_features(days[cut : cut + n], list(SEASONS))
    assert part.tobytes() == whole[cut : cut + n].tobytes()


def test_no_season_is_no_column_and_no_row_no_row():
    days = dates_of(np.arange(3), "MS")
    assert calendar_features(days, []).shape == (3, 0)
    assert calendar_features(days[:0], ["month", "week"]).shape == (0, 4)


def test_january_is_up_and_april_is_right():
    found = calendar_features(dates_of(np.array([0, 3]), "MS"), ["month"])
    np.testing.assert_allclose(found, [[0, 1], [1, 0]], atol=1e-15)
