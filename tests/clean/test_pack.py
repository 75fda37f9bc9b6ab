"""Observations as tensors and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.clean.observations import Observations, Series
from pipeline.clean.pack import from_tensors, to_tensors

COLUMNS = ("y", "wind", 'a "name", \u00e9')
TABLES = st.integers(1, 9).flatmap(lambda n: arrays.arrays(np.float64, (n, len(COLUMNS))))
PARTS = st.dictionaries(
    st.text(max_size=5), st.tuples(st.integers(-4000, 4000), TABLES), max_size=6
)


@given(parts=PARTS)
def test_what_is_packed_comes_back_to_the_bit(parts):
    series = {
        name: Series(name, "MS", first, COLUMNS, values)
        for name, (first, values) in sorted(parts.items(), key=lambda part: part[0])
    }
    ours = Observations("MS", COLUMNS, series)
    tensors, metadata = to_tensors(ours)
    assert all(isinstance(text, str) for text in metadata.values())
    theirs = from_tensors(tensors, metadata)
    assert (theirs.freq, theirs.columns) == (ours.freq, ours.columns)
    assert list(theirs.series) == list(ours.series)
    for name, series in ours.series.items():
        again = theirs.series[name]
        assert again.values.tobytes() == series.values.tobytes()
        assert (again.unique_id, again.first_step) == (name, series.first_step)
        assert (again.freq, again.columns) == ("MS", COLUMNS)


def test_the_tensors_are_contiguous_and_of_declared_types():
    one = Series("a", "D", 5, ("y",), np.arange(6.0).reshape(6, 1)[::2])
    tensors, _ = to_tensors(Observations("D", ("y",), {"a": one}))
    kinds = {name: str(tensor.dtype) for name, tensor in tensors.items()}
    assert kinds == {"values": "float64", "offsets": "int64", "first_step": "int64"}
    assert all(tensor.flags.c_contiguous for tensor in tensors.values())
    assert tensors["offsets"].tolist() == [0, 3]
