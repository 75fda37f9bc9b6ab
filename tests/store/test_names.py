"""Names as parts of paths: back again, never two the same, never out of the folder."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store.names import decode, encode

NAMES = st.text(min_size=1, max_size=16)
NASTY = [".", "..", "../..", "/", "a/b", "a\\b", "~", "%2e", "%", "A", "a", "Ä", "ä", "A\u0308"]
NASTY += ["con:", "a b", " ", "\n", "\0", ".hidden", "-rf", "日本", "🦀", "é", "e\u0301", "ß", "SS"]


@given(name=NAMES | st.sampled_from(NASTY))
def test_a_name_comes_back_as_it_was(name):
    assert decode(encode(name)) == name


CHANGED = [str.upper, str.lower, str.swapcase, str.title, str.casefold, str.strip, str]


@given(
    one=NAMES | st.text("aAzZéÉ.-%", min_size=1, max_size=4),
    other=NAMES,
    change=st.none() | st.sampled_from(CHANGED),
)
def test_two_names_stay_two_also_where_the_file_system_ignores_case(one, other, change):
    other = change(one) or other if change else other
    assert (encode(one).casefold() == encode(other).casefold()) == (one == other)


def test_nasty_names_stay_apart_on_a_real_disk(tmp_path):
    for name in NASTY:
        (tmp_path / encode(name)).write_text(name, encoding="utf-8", newline="")
    assert sorted(decode(path.name) for path in tmp_path.iterdir()) == sorted(NASTY)


@given(name=NAMES | st.sampled_from(NASTY))
def test_an_encoded_name_is_one_plain_part_of_a_path(name):
    encoded = encode(name)
    assert encoded.isascii()
    assert Path(encoded).parts == (encoded,)
    assert not set(encoded) & set("./\\: ~\0\n")


def test_a_plain_name_looks_like_itself():
    assert encode("rnn_model-3") == "rnn_model-3"
    assert encode("2014-01-05") == "2014-01-05"


@pytest.mark.parametrize("name", ["", "x" * 201, "Ä" * 34])
def test_a_name_that_no_file_system_takes_is_refused(name):
    with pytest.raises(ValueError, match="encoded characters, 1 to 200 fit"):
        encode(name)
