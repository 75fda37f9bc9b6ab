import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.plots.theme import looks_of
from pipeline.plots.training import Losses, middle_and_spread, plot_losses
from tests.plots.charts import ODD, drawn, subtitle_of, title_of

LOSS = st.floats(0, 1e9, width=32)
LOOKS = looks_of([], ["rnn", *ODD])


@given(curves=arrays(np.float32, st.tuples(st.integers(1, 8), st.integers(1, 20)), elements=LOSS))
def test_middle_and_spread_of_curves_of_one_length_are_numpys(curves):
    share, middle, low, high = middle_and_spread(list(curves))
    wanted = curves.astype(np.float64)
    assert (middle == np.median(wanted, axis=0)).all()
    np.testing.assert_array_equal([low, high], np.quantile(wanted, [0.1, 0.9], axis=0))
    assert (np.diff(share) > 0).all()
    assert 0 < share[0] <= share[-1] < 1


@given(lengths=st.lists(st.integers(1, 200), min_size=1, max_size=6))
def test_straight_lines_of_different_lengths_lie_on_each_other(lengths):
    curves = [1 - (np.arange(n) + 0.5) / n for n in lengths]
    share, middle, _, high = middle_and_spread([c for c in curves if len(c) > 1] or curves)
    inside = (share > 0.5 / 2) & (share < 1 - 0.5 / 2)
    np.testing.assert_allclose(middle[inside], 1 - share[inside], atol=1e-9)
    assert (high >= middle - 1e-12).all()


def test_points_that_are_no_number_are_left_out_and_whole_ones_stay():
    nan = np.nan
    share, middle, low, high = middle_and_spread(
        [np.array([1.0, nan, np.inf]), np.array([3.0, 2.0, nan])]
    )
    assert share.tolist() == [0.5 / 3, 1.5 / 3]
    assert middle.tolist() == [2.0, 2.0]
    assert (low[1], high[1]) == (2.0, 2.0)


def falling(count, *, points=40):
    random = np.random.default_rng(2)
    return [np.exp(-np.linspace(0, 5, points)) + random.random(points) / 10 for _ in range(count)]


def test_the_title_counts_networks_and_failures():
    losses = {"rnn": Losses(falling(20), failed=3, total=23), ODD[0]: Losses([], 1, 1)}
    chart = plot_losses(losses, LOOKS)
    assert title_of(chart) == "Training of 24 networks, 4 of them failed"
    drawn(chart)


def test_curves_that_are_not_read_are_counted():
    chart = plot_losses({"rnn": Losses(falling(20), failed=0, total=50)}, LOOKS)
    assert "20 of the curves" in subtitle_of(chart)


def scale_of(chart) -> dict:
    return chart.to_dict(validate=False)["vconcat"][0]["layer"][1]["encoding"]["y"]["scale"]


def test_a_steep_loss_has_a_logarithmic_axis_a_loss_of_zero_never():
    assert scale_of(plot_losses({"rnn": Losses(falling(5), 0, 5)}, LOOKS))["type"] == "log"
    zero = [np.array([100.0, 1.0, 0.0])]
    assert "type" not in scale_of(plot_losses({"rnn": Losses(zero, 0, 1)}, LOOKS))


@pytest.mark.parametrize(
    "curves",
    [
        [np.full(5, np.nan), np.array([np.inf, 1.0])],
        [np.array([7.0])],
        [np.zeros(9)] * 3,
        [np.array([1e12, 1e11, 3e9])],
        [np.array([1e-9, 2e-9])],
    ],
    ids=["failed", "one point", "zero", "large", "tiny"],
)
def test_any_curve_is_drawn(curves):
    drawn(plot_losses({"rnn": Losses(curves, 0, len(curves))}, LOOKS))


def test_without_networks_the_title_says_so():
    assert title_of(plot_losses({}, LOOKS)) == "No network is declared"
    assert title_of(plot_losses({"rnn": Losses([], 0, 0)}, LOOKS)) == "No network is trained yet"
