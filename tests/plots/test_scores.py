import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plots.scores import apart, plot_error_by_step
from pipeline.plots.theme import looks_of
from tests.plots.charts import ODD, drawn, subtitle_of, title_of

MODELS = ["naive", "climatology", "ar", ODD[0], ODD[7]]
LOOKS = looks_of(MODELS[:3], MODELS[3:])


def errors(*, steps=6, models=MODELS, scale=1.0) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (model, step, scale * (1 + 0.1 * k + 0.05 * step))
            for k, model in enumerate(models)
            for step in range(1, steps + 1)
        ],
        columns=["model", "step", "value"],
    )


def plot(some, looks=LOOKS):
    return plot_error_by_step(
        some, looks, metric="MASE", about="mean over 3 series", references={"climatology"}
    )


@given(
    wanted=st.lists(st.floats(0, 300), min_size=1, max_size=20).map(np.array),
    gap=st.floats(1, 15),
)
def test_names_keep_their_order_and_a_gap_and_stay_inside_where_they_fit(wanted, gap):
    found = apart(wanted, gap=gap, room=300.0)
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(found[order]) >= gap - 1e-6).all()
    if gap * (len(wanted) - 1) <= 300:
        assert found.min() >= -1e-6
        assert found.max() <= 300 + 1e-6


def test_names_with_room_stay_where_they_are():
    assert apart(np.array([200.0, 10.0, 100.0]), gap=14.0, room=300.0).tolist() == [200, 10, 100]


def test_several_steps_are_lines_and_one_step_is_bars():
    assert title_of(plot(errors())) == "MASE by step ahead"
    assert title_of(plot(errors(steps=1))) == "MASE, one step ahead"
    drawn(plot(errors()))
    drawn(plot(errors(steps=1)))


@pytest.mark.parametrize("steps", [1, 6])
def test_an_error_far_from_the_others_is_cut_and_named(steps):
    some = errors(steps=steps)
    some = some.assign(value=some["value"].where(some["model"] != "ar", 1e9))
    assert "ar" in subtitle_of(plot(some)).split("; ")[-1]
    drawn(plot(some))


def test_of_many_models_the_best_and_the_reference_are_drawn_and_the_subtitle_says_so():
    names = ["climatology", *(f"n{k}" for k in range(20))]
    some = errors(models=[*names[1:], names[0]])
    chart = plot(some, looks_of(names[:1], names[1:]))
    assert "the best 13 of 21 models" in subtitle_of(chart)


@pytest.mark.parametrize("scale", [0.0, 1e12, 1e-9])
@pytest.mark.parametrize("steps", [1, 6])
def test_any_magnitude_is_drawn(scale, steps):
    drawn(plot(errors(scale=scale, steps=steps)))


@pytest.mark.parametrize("some", [errors().iloc[:0], errors().assign(value=np.nan)])
def test_where_nothing_is_scored_the_title_says_so(some):
    assert title_of(plot(some)) == "Nothing is scored yet"
    drawn(plot(some))
