import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.plots.axes import domain_of, number_format, time_domain

ANY = arrays(np.float64, st.integers(0, 30), elements=st.floats(width=64))


@given(values=ANY)
def test_a_domain_has_a_width_and_holds_every_number(values):
    low, high = domain_of(values)
    finite = values[np.isfinite(values)]
    assert low < high or np.ptp(finite) == 0 or len(finite) == 0
    assert low < high or abs(low) > 1e307 or abs(high) < 1e-300
    assert (finite >= low).all()
    assert (finite <= high).all()


@given(values=arrays(np.float64, 5, elements=st.floats(0, 1e12)))
def test_what_is_never_negative_gets_no_negative_axis_unless_it_is_constant(values):
    if np.ptp(values) > 0:
        assert domain_of(values)[0] >= 0


def test_zero_is_shown_where_it_is_near_and_not_where_it_is_far():
    assert domain_of(np.array([2.0, 10.0]))[0] == 0
    assert domain_of(np.array([350.0, 370.0]))[0] > 340


@pytest.mark.parametrize(
    ("size", "written"), [(1e12, "~s"), (12.0, ",f"), (1e-9, "~e"), (1e200, "~e"), (99_999.0, ",f")]
)
def test_numbers_are_written_by_their_size(size, written):
    assert number_format((-size, 0.0)) == written


def test_a_single_time_has_a_day_to_each_side():
    first, last = time_domain(np.array(["2000-01-01"], dtype="M8[ns]"))
    assert last - first == 2 * 86_400_000
