"""Names in little room: those that differ go on to differ, and none is wider than its room."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.plots.names import told_apart, width_of
from tests.plots.charts import ODD


def test_names_with_room_stay_as_they_are_and_a_long_one_loses_its_end():
    assert told_apart(["a", "series b"], width=100, size=12.0) == ["a", "series b"]
    (cut,) = told_apart(["a long name of a single series"], width=100, size=12.0)
    assert cut.endswith("\u2026")
    assert "a long name of a single series".startswith(cut[:-1])
    assert told_apart([], width=100, size=12.0) == []


def test_where_the_end_differs_it_is_kept():
    numbers = [f"series number {k:04d}" for k in range(24)]
    cut = told_apart(numbers, width=112, size=14.0)
    assert [name[-4:] for name in cut] == [name[-4:] for name in numbers]
    assert all(name.startswith("ser") for name in cut)


def test_where_no_cut_tells_them_apart_a_number_does():
    long = "x" * 40
    assert [name.split()[0] for name in told_apart(
        [f"{long}a{long}", f"{long}b{long}", f"{long}c{long}"], width=60, size=12.0
    )] == ["1", "2", "3"]  # fmt: skip


@given(
    names=st.lists(st.text(max_size=40) | st.sampled_from(ODD), unique=True, max_size=12),
    width=st.integers(60, 300),
    size=st.sampled_from([11.5, 12.0, 14.0]),
)
def test_they_differ_and_fit(names, width, size):
    found = told_apart(names, width=width, size=size)
    assert len(set(found)) == len(names) == len(found)
    assert all(width_of(name) * size <= width for name in found)
