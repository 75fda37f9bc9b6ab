"""Which reference past errors prefer: against a plain loop, as of the cutoff, alone or together."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.baselines.forecast import reference_paths
from pipeline.baselines.picked import pick_references
from pipeline.baselines.settings import PICKED_FROM
from pipeline.clean.observations import Series
from tests.strategies import REPOSITORY

SIZES = {"horizon": 3, "season_length": 12}
ROWS = 60
VALUES = st.lists(
    st.one_of(st.floats(-100, 100, width=16), st.just(float("nan"))), min_size=ROWS, max_size=ROWS
)


def monthly(y, name: str = "a") -> Series:
    return Series(name, "MS", 360, ("y",), np.array(y, dtype=np.float64)[:, None])


def picked(series: list[Series], rows: list, **options: object) -> list[list[str]]:
    given = SIZES | {"candidates": PICKED_FROM} | options
    found = pick_references(series, [np.array(own, dtype=np.int64) for own in rows], **given)
    return [[given["candidates"][place] for place in own] for own in found]


def sums_by_loop(y: np.ndarray, cutoff: int) -> dict[str, float] | None:
    """The squared errors of each candidate, added point by point; None where there are none."""
    sums, n = dict.fromkeys(PICKED_FROM, 0.0), 0
    for row in range(12, cutoff - 3 + 1):
        known = monthly(y[: row + 1])
        paths = {
            name: reference_paths(name, [known], [np.array([row])], **SIZES)[0][0] for name in sums
        }
        targets = [step for step in range(3) if not np.isnan(y[row + 1 + step])]
        if not targets or any(np.isnan(path[targets]).any() for path in paths.values()):
            continue
        n += 1
        for name, path in paths.items():
            sums[name] += sum(float(y[row + 1 + step] - path[step]) ** 2 for step in targets)
    return sums if n else None


@settings(max_examples=8)
@given(y=VALUES, cutoff=st.integers(0, ROWS - 1))
def test_it_is_the_one_with_the_least_sum_of_squared_errors(y, cutoff):
    (names,) = picked([monthly(y)], [[cutoff]])
    sums = sums_by_loop(np.array(y), cutoff)
    if sums is None:
        assert names == ["seasonal_naive"]
    else:
        assert sums[names[0]] <= min(sums.values()) * (1 + 1e-9)


@settings(max_examples=10)
@given(y=VALUES, other=VALUES, cutoff=st.integers(0, ROWS - 2))
def test_rows_after_the_cutoff_change_nothing(y, other, cutoff):
    changed = np.where(np.arange(ROWS) > cutoff, other, y)
    (whole,) = picked([monthly(y)], [range(cutoff + 1)])
    assert picked([monthly(changed)], [range(cutoff + 1)]) == [whole]
    assert picked([monthly(y[: cutoff + 1])], [[cutoff]]) == [whole[-1:]]


@settings(max_examples=8)
@given(ys=st.lists(VALUES, min_size=3, max_size=3), rows=st.lists(st.integers(0, ROWS - 1)))
def test_alone_or_together_the_same(ys, rows):
    together = picked([monthly(y, str(k)) for k, y in enumerate(ys)], [rows, range(ROWS), rows])
    for y, own, found in zip(ys, [rows, range(ROWS), rows], together, strict=True):
        assert picked([monthly(y)], [own]) == [found]


def test_what_suits_a_series_is_picked():
    random, months = np.random.default_rng(0), np.arange(240)
    season = 10 * np.sin(2 * np.pi * months / 12)
    slow = np.convolve(random.normal(size=240 + 40), 0.9 ** np.arange(40), "full")[40:280]
    cases = {
        "climatology": season + random.normal(size=240),
        "anomaly_persistence": season + 3 * slow,
        "holt_winters": season + months + random.normal(size=240),
        "damped_trend": 5 * np.cumsum(slow),
    }
    found = picked([monthly(y) for y in cases.values()], [[239]] * 4)
    assert dict(zip(cases, found, strict=True)) == {name: [name] for name in cases}


def test_what_begins_badly_is_picked_late():
    """co2: holt_winters knows no season in the first three years."""
    rows = pd.read_csv(REPOSITORY / "data/climate/co2.csv", parse_dates=["date"])
    y = rows.set_index("date")["value"].asfreq("MS")
    (found,) = picked([monthly(y.to_numpy())], [range(len(y))], horizon=12)
    later = y.index >= pd.Timestamp("1972-08-01")
    assert found == np.where(later, "holt_winters", "seasonal_naive").tolist()


def test_before_a_horizon_has_ended_it_is_seasonal_naive():
    season = 10 * np.sin(2 * np.pi * np.arange(60) / 12) + np.random.default_rng(0).normal(size=60)
    (found,) = picked([monthly(season)], [[0, 11, 14, 15]])
    assert found[:3] == ["seasonal_naive"] * 3
    assert found[3] != "seasonal_naive"
    assert picked([monthly([np.nan] * 60)], [[59]]) == [["seasonal_naive"]]


def test_equal_errors_are_no_reason_to_leave_the_first():
    assert picked([monthly([5.0] * 60)], [[59]]) == [["climatology"]]


def test_only_candidates_are_picked():
    rising = monthly(np.arange(60.0))
    assert picked([rising], [[59]])[0][0] in ("damped_trend", "holt_winters")
    assert picked([rising], [[59]], candidates=("climatology", "seasonal_naive")) == [
        ["seasonal_naive"]
    ]


def test_a_forecast_that_overflows_is_not_picked():
    y = np.r_[np.full(30, 1e300), np.full(30, -1e300)] * np.r_[1, 1e7, np.ones(58)]
    assert picked([monthly(y)], [[59]]) == [["seasonal_naive"]]
