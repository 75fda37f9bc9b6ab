from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from pipeline.baselines.settings import BaselineName
from pipeline.plots.theme import SERVED, counted, inline, looks_of, placed

NAMES = st.lists(st.sampled_from([*"abcdefghijkl", *get_args(BaselineName)]), unique=True)


@given(baselines=NAMES, networks=NAMES, later=st.text())
def test_a_model_added_at_the_end_changes_the_look_of_no_other(baselines, networks, later):
    before = looks_of(baselines, networks, ["x", "y"])
    for after in (
        looks_of([*baselines, later], networks, ["x", "y"]),
        looks_of(baselines, [*networks, later], ["x", "y"]),
        looks_of(baselines, networks, ["x", "y", later]),
    ):
        assert {name: after[name] for name in before if name != later} == {
            name: look for name, look in before.items() if name != later
        }


def test_every_baseline_has_a_look_of_its_own_whatever_is_declared_beside_it():
    names = list(get_args(BaselineName))
    together = looks_of(names, ["rnn"])
    assert len({look.colour for look in together.values()}) == len(names) + 1
    assert [looks_of([name], [])[name] for name in names] == [together[name] for name in names]


def test_twelve_networks_look_different():
    looks = looks_of([], [str(k) for k in range(12)])
    assert len({(look.colour, look.dash) for look in looks.values()}) == 12


def test_an_imported_model_looks_like_none_of_ours():
    imported = [str(k) for k in range(8)]
    looks = looks_of(list(get_args(BaselineName)), list("abcdef"), imported)
    assert len({(look.colour, look.dash) for look in looks.values()}) == len(looks)
    ours = {look.colour for name, look in looks.items() if name not in imported}
    assert not ours & {looks[name].colour for name in imported}


def test_networks_are_drawn_stronger_than_baselines():
    looks = looks_of(list(get_args(BaselineName)), ["rnn"])
    assert all(looks["rnn"].width > looks[name].width for name in get_args(BaselineName))


def test_what_is_served_looks_like_no_model():
    looks = looks_of([*get_args(BaselineName), *"abcd"], [str(k) for k in range(12)]).values()
    assert SERVED.colour not in {look.colour for look in looks}
    assert all(SERVED.width > look.width for look in looks)


@given(widths=st.lists(st.floats(1, 300), max_size=30))
def test_words_of_a_legend_lie_beside_each_other_and_inside(widths):
    places = placed(widths, 400)
    ends = {}
    for width, (x, line) in zip(widths, places, strict=True):
        assert x >= ends.get(line, 0.0)
        assert x + width <= 400.0
        ends[line] = x + width


def test_counts_are_words():
    assert counted(1, "network") == "1 network"
    assert counted(10_000, "series") == "10\u00a0000 series"
    assert counted(8, "series", of=10_000) == "8 of 10\u00a0000 series"
    assert counted(1, "cutoff", of=24) == "1 of 24 cutoffs"


def test_rows_stand_in_the_spec_with_times_in_utc_and_null_for_no_number():
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame(
        {
            "ds": pd.to_datetime(["1969-12-31", "2000-01-01"]),
            "value": [np.nan, np.inf],
            "name": ['a"b', "ü"],
        }
    )
    assert inline(frame).to_dict()["values"] == (
        '[{"ds":-86400000,"value":null,"name":"a\\"b"},{"ds":946684800000,"value":null,"name":"ü"}]'
    )
