"""What is promised of the served forecast, on simulated panels; more of them in bench/served."""

import pytest

from bench.served.covered import KINDS, coverage
from bench.served.simulated import BROKEN, SPANS, after_a_break, lost_and_won

PANELS = 200

pytestmark = pytest.mark.usefixtures("shapes_unchecked")


def test_where_the_reference_is_optimal_served_loses_at_most_two_percent():
    found = lost_and_won("lucky", panels=PANELS, each=1, seed=5)
    assert max(found[span]["lost"] for span in SPANS) < 0.02


def test_of_a_network_that_is_a_fifth_better_four_fifths_are_won_within_36_cutoffs():
    found = lost_and_won("better", panels=PANELS, each=1, seed=5)
    assert found["25 to 36"]["network_better"] == pytest.approx(0.2, abs=0.03)
    assert found["25 to 36"]["won"] > 0.8
    assert found["37 to 60"]["won"] > found["25 to 36"]["won"]
    assert found["9 to 12"]["won"] < 0.8, "or the test proves nothing"


def test_a_network_that_breaks_is_out_within_two_cutoffs_and_never_doubles_the_error():
    found = after_a_break(panels=25, each=8, at=36, seed=5)
    for way in BROKEN:
        row = found[way]
        assert row["weight_before"] > 0.7
        assert row["weight_next"] == 0
        assert row["worst_cutoff"] < 2
        assert row["twelve_over_reference"] < 1.1


@pytest.mark.parametrize("kind", KINDS)
def test_what_dependent_errors_cost_of_coverage(kind):
    found = coverage(kind, series=4000, seed=5)
    low, high = {"exchangeable": (0.945, 0.97), "growing": (0.8, 0.92)}.get(kind, (0.9, 0.97))
    assert low < found["95"] < high
