"""A hole in a series, as `hindcast run` tells it: which cutoffs, and what can be declared."""

import pytest

from tests.components.conftest import DAGSTER_WARNS
from tests.strategies import SmallProject

pytestmark = DAGSTER_WARNS


@pytest.fixture
def holed(tmp_path) -> SmallProject:
    """Four cutoffs of two series without networks; in one a cell is empty."""
    last = {"first": "2003-09-01", "last": "2003-12-01"}
    small = SmallProject.write(tmp_path / "project", cutoffs=last, networks=None)
    small.correct("a", "2003-10-01", "")
    return small


@pytest.mark.slow
def test_a_run_names_the_cutoffs_in_a_hole_and_the_remedy_that_helps(holed, hindcast):
    done = hindcast(holed, "run")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == (
        "toy: folds without a forecast: 1 unobserved; nothing was observed at 2003-10-01, and "
        "later something was; max_staleness: 1 forecasts from the last value before, up to 1 step "
        "old"
    )
    holed.declare(max_staleness=1)
    again = hindcast(holed, "run")
    assert again.exit_code == 0, again.output
    assert "without a forecast" not in again.stdout
