"""docs/numbers.md defines every score, with its unit."""

import re
from pathlib import Path

import pytest
from scipy.stats import norm

from pipeline import board_tables
from pipeline.scores.metrics import event, interval, point, quantile

PAGE = (Path(__file__).parents[1] / "docs" / "numbers.md").read_text()
METRICS = point.METRICS | interval.METRICS | quantile.METRICS | event.METRICS
UNITS = {
    "": "none",
    "of 1": "of 1",
    "of the target": "of the target",
    "of the target squared": "of the target, squared",
    "of the target to the power 1/2": "of the target, to the power 1/2",
}


def row_of(name):
    """The cells of the one row of a table whose first cell names it."""
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    found = [cells for cells in rows if f"`{name}`" in cells[0]]
    assert len(found) == 1, name
    return found[0]


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_is_defined_with_its_unit(name):
    assert row_of(name)[2] == UNITS[METRICS[name].unit]


def test_every_count_and_every_scale_is_defined():
    counts = [name for name in board_tables.LEADERBOARD.names if name.startswith("n_")]
    assert len(counts) >= 8
    for name in (*counts, "scale", "rmsse_scale", "skill", "mse_skill", "p_value"):
        assert row_of(name)


def test_its_figures_are_those_of_the_grid():
    levels, cells = list(quantile.QUANTILES.values()), quantile.CELLS
    assert f"p = {', '.join(str(p) for p in levels)}" in PAGE
    assert f"w = {', '.join(str(w) for w in cells)}" in PAGE
    # The mean loss of a true quantile of a standard normal is its density there.
    losses = norm.pdf(norm.ppf(levels))
    exact = norm.pdf(0) * 2**0.5
    own, alike = 2 * losses @ cells, 2 * losses.mean()
    found = [int(k) for k in re.findall(r"(\d+) % too small \(equal weights: (\d+) %\)", PAGE)[0]]
    assert found == [round(100 * (1 - crps / exact)) for crps in (own, alike)]
