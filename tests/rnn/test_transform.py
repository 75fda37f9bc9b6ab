"""The scale of the correction: output 0 is the reference, there and back, and what has no root."""

import dataclasses
import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.baselines.forecast import reference_paths
from pipeline.chain.packs import content_of
from pipeline.clean.observations import Series
from pipeline.folds.keys import canonical
from pipeline.rnn.correction import fit_correction
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.network import from_tensors, to_tensors
from pipeline.rnn.spreads import error_spread
from pipeline.rnn.train import Fit, train_networks
from pipeline.rnn.transform import move, to_scale, why_outside

SIZES = {"horizon": 4, "season_length": 12}
TRANSFORMS = ["none", "standard", "robust", "sqrt", "log1p"]
CURVED = ["sqrt", "log1p"]
POSITIVE = arrays.arrays(np.float64, 6, elements=st.floats(0, 1e9) | st.just(-0.0))
DISTANCE = arrays.arrays(np.float64, 6, elements=st.floats(-1e4, 1e4))


def with_values(series: Series, change) -> Series:
    return dataclasses.replace(series, values=change(series.values.copy()))


def rain(series_of, number=0, rows=90, columns=1) -> Series:
    """Not negative, zero now and then, a long tail."""
    return with_values(
        series_of(number, rows=rows, columns=columns), lambda v: np.maximum(v - 7, 0) ** 2
    )


# --- the function itself ---


@pytest.mark.parametrize("transform", TRANSFORMS)
@given(start=POSITIVE, zero=st.sampled_from([0.0, -0.0]))
def test_at_distance_zero_it_is_the_reference_to_the_last_bit(transform, start, zero):
    start = np.where(start == 0, 0.0, start) if transform not in CURVED else start
    assert move(transform, start, np.full(6, zero)).tobytes() == start.tobytes()


@pytest.mark.parametrize("transform", TRANSFORMS)
@given(start=POSITIVE, y=POSITIVE)
def test_the_distance_to_a_value_leads_to_that_value(transform, start, y):
    distance = to_scale(transform, y) - to_scale(transform, start)
    np.testing.assert_allclose(
        move(transform, start, distance), y, atol=1e-12 * (1 + np.maximum(start, y).max())
    )


@pytest.mark.parametrize("transform", CURVED)
@given(start=POSITIVE, one=DISTANCE, more=st.floats(0, 10))
def test_further_up_the_scale_is_never_further_down_here(transform, start, one, more):
    one = one / 100
    near, far = move(transform, start, one), move(transform, start, one + more)
    slack = 1e-12 * (1 + np.abs(near))
    assert (far >= near - slack).all()
    assert (near >= (0 if transform == "sqrt" else -1)).all()


@given(start=POSITIVE, below=st.floats(1e-6, 1e6))
def test_below_the_root_of_zero_the_forecast_is_zero(start, below):
    assert (move("sqrt", start, -np.sqrt(np.abs(start)) - below) == 0).all()


@pytest.mark.parametrize(
    ("transform", "value", "said"),
    [
        ("sqrt", -0.25, "sqrt needs targets of 0 or more, and y is -0.25 on 2001-04-01"),
        ("log1p", -1.0, "log1p needs targets of more than -1, and y is -1 on 2001-04-01"),
    ],
)
def test_a_target_without_an_image_fails_the_fold_and_is_named(
    series_of, settings_of, transform, value, said
):
    def spoil(values):
        values[[15, 40], 0] = value, 2 * value
        return values

    good, bad = rain(series_of), with_values(rain(series_of), spoil)
    settings = settings_of(transform=transform, steps=2)
    fine, failed = train_networks([Fit(good, 0), Fit(bad, 0)], settings, **SIZES)
    assert fine.status == "ok"
    assert (failed.status, failed.reason) == ("failed", f"transform: {said}")
    # A row that came after the fit is a row like another.
    (found,) = forecast_networks([fine], [bad], settings, **SIZES)
    assert found.reason == f"transform: {said}"
    assert (found.y_hat == path_of("climatology", bad)).all()
    assert why_outside("none", bad) == why_outside("robust", bad) == ""


def test_nothing_falls_below_what_has_a_logarithm():
    start = np.random.default_rng(0).uniform(0, 100, size=100_000)
    assert (move("log1p", start, np.full_like(start, -60.0)) >= -1).all()


# --- a network on that scale ---


def path_of(reference, series):
    return reference_paths(reference, [series], [np.array([len(series.y) - 1])], **SIZES)[0][0]


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_before_its_first_step_a_network_is_its_reference(
    series_of, settings_of, reference, transform
):
    settings = settings_of(corrects=reference, transform=transform, steps=1, learning_rate=1e-300)
    series = rain(series_of)
    networks = train_networks([Fit(series.until(70), 0)], settings, **SIZES)
    for row in (70, 77, 89):
        (found,) = forecast_networks(networks, [series.until(row)], settings, **SIZES)
        assert found.y_hat.tobytes() == path_of(reference, series.until(row)).tobytes()
        assert found.reason == ""


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_targets_are_distances_on_the_scale_over_their_spread(
    series_of, settings_of, reference, transform
):
    series = rain(series_of, 1)
    fold = fit_correction(
        series, settings_of(corrects=reference, transform=transform, input_size=6), **SIZES
    )
    paths = reference_paths(reference, [series], [fold.ends], **SIZES)[0]
    g = {"sqrt": np.sqrt, "log1p": np.log1p}.get(transform, lambda v: v)
    errors = g(series.y[fold.ends[:, None] + 1 + np.arange(4)]) - g(paths)
    seen = fold.observed
    low, high = np.percentile(errors[seen], [25, 75])
    spread = (high - low) / 1.349 if transform == "robust" else errors[seen].std()
    assert fold.scale.spread == pytest.approx(spread)
    np.testing.assert_allclose(fold.targets[seen], errors[seen] / spread, atol=1e-12)
    first = reference_paths(reference, [series], [np.arange(89)], horizon=1, season_length=12)[0][
        :, 0
    ]
    signal, months = g(series.y[1:]) - g(first), np.arange(1, 90) % 12
    known = np.isfinite(signal)
    np.testing.assert_allclose(
        fold.inputs[1:, 0][known],
        signal[known] / fold.scale.input_spreads[0, months[known]],
        atol=1e-12,
    )


@pytest.mark.parametrize("transform", CURVED)
def test_a_forecast_is_as_far_on_the_scale_as_spread_times_output(
    series_of, settings_of, transform
):
    series = rain(series_of)
    settings = settings_of(transform=transform, steps=20, shrinkage=False)
    (network,) = train_networks([Fit(series, 0)], settings, **SIZES)
    twice = dataclasses.replace(
        network, scale=dataclasses.replace(network.scale, spread=2 * network.spread)
    )
    once, double = forecast_networks([network, twice], [series] * 2, settings, **SIZES)
    start = to_scale(transform, path_of("climatology", series))
    moved = to_scale(transform, once.y_hat) - start
    assert np.abs(moved).min() > 1e-7
    np.testing.assert_allclose(to_scale(transform, double.y_hat) - start, 2 * moved, rtol=1e-8)


def test_standard_says_what_none_says_where_a_reference_is_corrected(series_of, settings_of):
    fits = [Fit(rain(series_of), 0)]
    plain, named = (
        train_networks(fits, settings_of(transform=t, steps=4), **SIZES)[0].weights.tobytes()
        for t in ("none", "standard")
    )
    assert plain == named


@pytest.mark.parametrize("transform", TRANSFORMS[1:])
def test_without_a_reference_every_column_is_scaled_by_its_own(series_of, settings_of, transform):
    series = with_values(
        series_of(3, rows=80, columns=2, gaps=0.1), lambda v: np.abs(v) * [[1, 900]] + [[0, 5e4]]
    )
    given = settings_of(corrects="none", transform=transform, input_size=6)
    fold = fit_correction(series, given, **SIZES)
    y = {"sqrt": np.sqrt, "log1p": np.log1p}.get(transform, lambda v: v)(series.y)
    for c, column in enumerate([y, series.values[:, 1]]):
        seen = ~np.isnan(column)
        centre, spread = np.mean(column[seen]), np.std(column[seen])
        if transform == "robust":
            centre = np.median(column[seen])
            spread = np.subtract(*np.percentile(column[seen], [75, 25])) / 1.349
        np.testing.assert_allclose(fold.inputs[seen, c], (column[seen] - centre) / spread)
        assert fold.scale.centres[c] == pytest.approx(centre)
    targets = y[fold.ends[:, None] + 1 + np.arange(4)]
    np.testing.assert_allclose(
        fold.targets[fold.observed],
        ((targets - fold.scale.centres[0]) / fold.scale.spread)[fold.observed],
    )
    assert (fold.targets[~fold.observed] == 0).all()


@pytest.mark.parametrize(("transform", "unit"), [("standard", 64), ("robust", 0.5), ("sqrt", 16)])
def test_another_unit_of_the_target_is_the_same_network(series_of, settings_of, transform, unit):
    """Powers of two, so that no bit is rounded: the weights are equal and the forecasts too."""
    settings = settings_of(corrects="none", transform=transform, steps=5)
    found = []
    for series in (rain(series_of), with_values(rain(series_of), lambda v: unit * v)):
        networks = train_networks([Fit(series, 0)], settings, **SIZES)
        (forecast,) = forecast_networks(networks, [series], settings, **SIZES)
        found.append((networks[0].weights.tobytes(), forecast.y_hat))
    assert found[0][0] == found[1][0]
    assert (unit * found[0][1] == found[1][1]).all()


def test_a_network_without_a_reference_learns_at_any_height(settings_of):
    y = 1e6 + 5 * np.sin(2 * np.pi * np.arange(120) / 12)
    series = Series("high", "MS", 0, ("y",), y[:, None])
    missed = {}
    for transform in ("none", "standard"):
        settings = settings_of(corrects="none", transform=transform, steps=100)
        networks = train_networks([Fit(series.until(107), 0)], settings, **SIZES)
        (forecast,) = forecast_networks(networks, [series.until(107)], settings, **SIZES)
        missed[transform] = np.abs(forecast.y_hat - y[108:112]).max()
    assert missed["standard"] < 5 < 1e5 < missed["none"]


# --- spreads ---


def test_quartiles_that_coincide_leave_the_standard_deviation():
    values = np.array([0.0] * 9 + [4.0])
    assert error_spread(values, values, "robust") == pytest.approx(values.std())
    assert error_spread(np.full(9, 3.0), np.full(9, 3.0), "robust") == 1
    wild = np.array([*np.linspace(-1, 1, 41), 1e6])
    assert error_spread(wild, wild, "robust") < 1 < error_spread(wild, wild, "standard")


# --- packs ---


def test_centres_go_through_a_pack_and_are_absent_where_there_are_none(series_of, settings_of):
    series = series_of(2, columns=2)
    for options, there in (({}, False), ({"corrects": "none", "transform": "robust"}, True)):
        networks = train_networks([Fit(series, 0)], settings_of(steps=2, **options), **SIZES)
        tensors = to_tensors(networks)
        assert ("centres" in tensors) == there
        (back,) = from_tensors(tensors)
        np.testing.assert_array_equal(back.scale.centres, networks[0].scale.centres)
        assert content_of(back) == content_of(networks[0])
        moved = dataclasses.replace(back.scale, centres=back.scale.centres + 1)
        assert content_of(dataclasses.replace(back, scale=moved)) != content_of(back)


def test_what_a_network_without_a_transform_holds_is_hashed_as_before(series_of, settings_of):
    given = settings_of(steps=2, shrinkage=False)
    (network,) = train_networks([Fit(series_of(2), 0)], given, **SIZES)
    scale = network.scale
    numbers = canonical(np.append(scale.input_spreads.ravel(), scale.spread))
    own = network.weights.tobytes() + numbers + b"climatology\x1fok"
    assert content_of(network) == hashlib.sha256(own).hexdigest()[:32]
