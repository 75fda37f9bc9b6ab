"""The shipped data: what is served is never much worse than the reference, and is covered."""

import pytest

from bench.served.shipped import Shipped, coverage, of_data_set, ratio

MOST = 1.10
"""Of the reference's error, that the upper 95 percent limit of what is served may reach."""


@pytest.fixture(scope="module")
def sets() -> list[Shipped]:
    return [of_data_set(name) for name in ("seattle", "climate")]


@pytest.mark.slow
def test_served_is_at_most_a_tenth_worse_than_the_reference(sets):
    for of in ([sets[0]], sets):
        found = ratio(of, "served")
        assert found["lower"] < found["ratio"] < found["upper"] < MOST
    assert found["n_points"] > 500
    assert ratio(sets, "mean")["lower"] > 1, "or the mean of all would do"


@pytest.mark.slow
def test_intervals_of_what_is_served_hold_about_as_many_as_they_say(sets):
    for one in sets:
        for level, row in coverage(one)["served"].items():
            assert row["n_points"] > 200
            assert abs(100 * row["covered"] - float(level)) < 8
