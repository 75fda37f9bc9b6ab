"""The panels of known structure: what is stated about them is so, and nothing is known better."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.panels.__main__ import main
from bench.panels.law import LAGS
from bench.panels.linear import foreseen_shock
from bench.panels.nonlinear import SHIFT, SPREAD, foreseen_level
from bench.panels.panel import STRUCTURES, Panel, panel, ratio

STRUCTURE = st.sampled_from(list(STRUCTURES))
SEED = st.integers(0, 2**32)
SIZE = st.integers(1, 40)

REPLICAS, SERIES, ROWS, START = 60, 8, 400, 60
"""Panels of a structure, their size, and the rows after which a start is forgotten."""

FAR = 5.0
"""Standard errors that a mean is never away from what is stated."""


@pytest.fixture(scope="module", params=list(STRUCTURES))
def replicas(request: pytest.FixtureRequest) -> list[Panel]:
    """Independent panels of one structure: what is shared within one differs between them."""
    return [panel(request.param, series=SERIES, rows=ROWS, seed=k) for k in range(REPLICAS)]


def far(found: list[float], stated: float = 0.0) -> float:
    """Standard errors between the mean of independent values and what is stated."""
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    return abs(float(np.mean(found)) - stated) / max(float(error), 1e-12)


@given(STRUCTURE, SEED, SIZE, SIZE, SIZE, SIZE)
def test_more_rows_go_on_and_more_series_change_no_byte(name, seed, series, rows, more, longer):
    few = panel(name, series=series, rows=rows, seed=seed)
    many = panel(name, series=series + more, rows=rows + longer, seed=seed)
    for ours, theirs in ((few.y, many.y), (few.climatology, many.climatology)):
        assert ours.tobytes() == theirs[:series, :rows].tobytes()
    assert few.best().tobytes() == many.best()[:series, :rows].tobytes()
    again = panel(name, series=series, rows=rows, seed=seed)
    assert again.y.tobytes() == few.y.tobytes()


@pytest.mark.parametrize("name", STRUCTURES)
def test_another_seed_another_series_and_another_structure_are_other_numbers(name: str):
    drawn, other = (panel(name, series=50, rows=300, seed=k) for k in (4, 5))
    assert len(np.unique(np.concatenate([drawn.y, other.y]), axis=0)) == 100
    starts = [panel(one, series=2, rows=2, seed=4).scale.tobytes() for one in STRUCTURES]
    assert len(set(starts)) == len(STRUCTURES)


@given(STRUCTURE, SEED, st.integers(1, 14), st.integers(1, 30))
def test_a_forecast_has_every_row_and_those_that_know_nothing_are_climatology(
    name, seed, step, rows
):
    drawn = panel(name, series=3, rows=rows, seed=seed)
    said = drawn.best(step)
    assert said.shape == drawn.y.shape == drawn.climatology.shape
    assert np.isfinite(said).all()
    assert said[:, :step].tobytes() == drawn.climatology[:, :step].tobytes()


@given(st.integers(0, 58), st.floats(-9, 9))
def test_no_filter_sees_the_row_that_it_forecasts_or_a_later_one(cutoff, other):
    x = panel("level_shift", series=3, rows=60, seed=0).law.x
    changed = np.where(np.arange(60) > cutoff, other, x)
    for foresee in (foreseen_level, lambda x: foreseen_shock(x, noise=1.0)[0]):
        ours, theirs = (foresee(one)[:, : cutoff + 2] for one in (x, changed))
        assert ours.tobytes() == theirs.tobytes()


def test_the_frame_is_long_and_monthly():
    drawn = panel("intermittent", series=3, rows=14, seed=0)
    frame = drawn.frame
    assert list(frame.columns) == ["unique_id", "ds", "y"]
    assert frame["unique_id"].unique().tolist() == [f"intermittent_000{k}" for k in range(3)]
    assert str(frame["ds"].dtype) == "datetime64[ns]"
    one = frame[frame["unique_id"] == "intermittent_0001"]
    assert one["y"].tolist() == drawn.y[1].tolist()
    months = one["ds"].dt.strftime("%Y-%m-%d").tolist()
    assert months[0] == "2000-01-01"
    assert months[12:] == ["2001-01-01", "2001-02-01"]


def test_intermittent_series_are_whole_packs_and_mostly_nothing():
    drawn = panel("intermittent", series=200, rows=300, seed=1)
    assert (drawn.y >= 0).all()
    assert (drawn.y % drawn.scale == 0).all()
    assert 0.68 < np.mean(drawn.y == 0) < 0.72


def test_mean_variance_and_correlations_are_those_stated(replicas: list[Panel]):
    law = replicas[0].law
    centred = [drawn.law.x - law.mean for drawn in replicas]
    assert far([x.mean() for x in centred]) < FAR
    assert far([x.var() for x in centred], law.variance) < FAR
    for lag, stated in zip(LAGS, law.correlations, strict=True):
        found = [np.mean(x[:, lag:] * x[:, :-lag]) for x in centred]
        assert far(found, stated * law.variance) < FAR, lag


def test_the_first_rows_are_like_all_others(replicas: list[Panel]):
    law = replicas[0].law
    for row in (0, 1):
        at_row = [drawn.law.x[:, row] - law.mean for drawn in replicas]
        assert far([x.mean() for x in at_row]) < FAR
        assert far([np.mean(x**2) for x in at_row], law.variance) < FAR


def test_the_optimal_forecast_is_as_much_better_than_climatology_as_stated(replicas: list[Panel]):
    law = replicas[0].law
    for seen, stated in (("own", law.ratio), ("all", law.ratio_of_all)):
        if stated is None:
            continue
        one_step = "best" if seen == "own" else "best_of_all"
        missed = [(p.law.x - getattr(p.law, one_step))[:, START:] for p in replicas]
        assert far([np.mean(e**2) for e in missed], stated * law.variance) < FAR
    by_step = [np.mean([ratio(p, k) for p in replicas]) for k in (1, 2, 3, 6, 12)]
    if replicas[0].structure == "noise":
        assert by_step == [1.0] * 5
    else:
        assert by_step == sorted(by_step)
        assert by_step[0] < 0.85
        assert by_step[-1] < 1.01


@pytest.mark.parametrize("step", [1, 2, 3, 12])
def test_nothing_in_the_earlier_rows_foretells_its_errors(replicas: list[Panel], step: int):
    """A mean given the past leaves errors that no function of the past goes along with."""
    for seen in ("own", "all"):
        found: dict[str, list[float]] = {}
        for drawn in replicas:
            missed = ((drawn.y - drawn.best(step, seen=seen)) / drawn.scale)[:, START:]
            known = drawn.law.x[:, START - step : -step] - drawn.law.mean
            before = drawn.law.x[:, START - step - 1 : -step - 1] - drawn.law.mean
            said = ((drawn.best(step, seen=seen) - drawn.climatology) / drawn.scale)[:, START:]
            high = np.abs(known) > math.sqrt(drawn.law.variance)
            past = {"1": np.ones_like(known), "last": known, "one before": before, "said": said}
            past |= {"square": known**2, "high": high, "high side": high * np.sign(known)}
            for name, feature in past.items():
                found.setdefault(name, []).append(float(np.mean(missed * feature)))
        for name, values in found.items():
            assert far(values) < FAR, (seen, name)


def test_the_threshold_is_nothing_for_a_line_and_nearly_all_for_a_curve():
    law = panel("threshold", series=1, rows=2, seed=0).law
    among = np.concatenate([[1.0], law.correlations[:12]])
    equations = among[np.abs(np.subtract.outer(np.arange(12), np.arange(12)))]
    line = 1 - among[1:] @ np.linalg.solve(equations, among[1:])
    assert 0.70 < line < 0.75
    assert law.ratio < 0.06


def test_series_that_share_a_shock_know_more_together():
    law = panel("common_shock", series=40, rows=300, seed=0).law
    assert law.ratio_of_all is not None
    assert law.ratio_of_all < law.ratio - 0.1
    alone = panel("common_shock", series=1, rows=300, seed=0).law
    assert alone.ratio_of_all == pytest.approx(alone.ratio, abs=1e-12)


def test_the_shift_of_a_level_is_noticed_as_a_hand_would():
    """Two rows: the run went on or began anew, both weighed by Bayes's rule."""
    x = np.array([[1.5, -4.0, 0.0]])
    narrow, wide = SPREAD**2 / (SPREAD**2 + 1), SPREAD**2 + 1

    def density(value: float, mean: float, variance: float) -> float:
        return math.exp(-((value - mean) ** 2) / 2 / variance) / math.sqrt(variance)

    first = narrow * 1.5
    stays = (1 - SHIFT) * density(-4.0, first, narrow + 1)
    begins = SHIFT * density(-4.0, 0.0, wide)
    both = (1.5 - 4.0) * SPREAD**2 / (2 * SPREAD**2 + 1)
    second = (stays * both + begins * narrow * -4.0) / (stays + begins)
    expected = [[0.0, (1 - SHIFT) * first, (1 - SHIFT) * second]]
    np.testing.assert_allclose(foreseen_level(x), expected, rtol=1e-12)


def test_the_table_holds_every_structure(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["panels", "--series", "20", "--rows", "100"])
    main()
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split(",")[0] for row in rows if "rows of own" in row] == list(STRUCTURES)
    assert all(len(row.split("rows of")[1].split()) == 7 for row in rows)
