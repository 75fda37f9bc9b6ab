"""A network is trusted only as far as held-back data allows, and by nothing it was fitted on."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline import declaration_rules as rules
from pipeline.baselines.forecast import reference_paths
from pipeline.clean.observations import Series
from pipeline.raw.settings import Columns
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.presets import horizon_groups, resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.shrinkage import RIDGE, Shrinkage, measure, shrink
from pipeline.rnn.stack import layout_of
from pipeline.rnn.train import Fit, Trained, network_of, train_networks
from pipeline.rnn.transform import to_scale
from pipeline.rnn.two_fits import hold_back_to_measure, prepare_folds, trusted_with

SIZES = {"horizon": 3, "season_length": 12}
WINDOWS = st.lists(st.booleans(), min_size=60, max_size=240)
NUMBERS = st.lists(st.floats(-1e3, 1e3), min_size=12, max_size=12)


def season(rows: int, number: int) -> np.ndarray:
    return 30 + 8 * np.sin(2 * np.pi * (np.arange(rows) + number) / 12)


def noise(number: int, rows: int = 220) -> Series:
    """A season and nothing else that could be known: climatology is all there is to say."""
    y = season(rows, number) + np.random.default_rng([1, number]).normal(size=rows)
    return Series(f"noise {number}", "MS", 360, ("y",), y[:, None])


def persistent(number: int, rows: int = 220) -> Series:
    """A season whose anomalies last: climatology does not see them, the last rows say it all."""
    shocks, anomaly = np.random.default_rng([2, number]).normal(size=rows), np.zeros(rows)
    for t in range(1, rows):
        anomaly[t] = 0.9 * anomaly[t - 1] + shocks[t]
    return Series(f"lasting {number}", "MS", 360, ("y",), (season(rows, number) + anomaly)[:, None])


def errors_at(networks, series, settings, cutoffs, **sizes):
    """Squared errors of forecast and reference at these cutoffs of each series, by step."""
    asked = [
        (network, one, row)
        for network, one in zip(networks, series, strict=True)
        for row in cutoffs
    ]
    found = forecast_networks(
        [network for network, _, _ in asked],
        [one.until(row) for _, one, row in asked],
        settings,
        **sizes,
    )
    assert {f.reason for f in found} == {""}
    ahead = 1 + np.arange(sizes["horizon"])
    ours, theirs = [], []
    for forecast, (network, one, row) in zip(found, asked, strict=True):
        actual = one.y[row + ahead]
        known = [one.until(row)]
        path = reference_paths(network.reference, known, [np.array([row])], **sizes)[0][0]
        ours.append((forecast.y_hat - actual) ** 2)
        theirs.append((path - actual) ** 2)
    return np.array(ours), np.array(theirs)


def test_the_weight_is_the_formula_by_horizon_group():
    corrections = np.array([[1.0, 1, 2], [2, -1, 0], [0, 3, 9]])
    errors = np.array([[2.0, 1, 1], [1, 2, -1], [4, 0, 9]])
    observed = np.array([[True, True, True], [True, True, True], [True, True, False]])
    first = (1 * 2 + 2 * 1 + 0 * 4) / (1 + 4 + 0 + RIDGE * (4 + 1 + 16))
    second = (1 * 1 + 2 * 1 - 1 * 2 + 0 * -1 + 3 * 0) / (
        1 + 4 + 1 + 0 + 9 + RIDGE * (1 + 1 + 4 + 1 + 0)
    )
    np.testing.assert_allclose(measure(corrections, errors, observed), [first, second, second])
    assert RIDGE == 0.05


def test_it_lies_between_nothing_and_all():
    errors, seen = np.full((5, 1), 2.0), np.ones((5, 1), dtype=bool)
    assert measure(-errors, errors, seen) == [0]  # worse than nothing
    assert measure(errors / 4, errors, seen) == [1]  # too timid: it is not made larger
    assert measure(errors, errors, seen) == pytest.approx([1 / 1.05])
    assert measure(errors, errors, ~seen) == [0]  # nothing is known
    assert measure(0 * errors, 0 * errors, seen) == [0]
    assert measure(errors * 1e200, errors * 1e200, seen) == [0]


@pytest.mark.parametrize("horizon", [1, 2, 3, 4, 6, 7, 12, 13, 40, 99])
def test_every_step_lies_in_one_group(horizon):
    groups = horizon_groups(horizon)
    steps = [step for part in groups.values() for step in range(horizon)[part]]
    assert steps == list(range(horizon))
    assert list(groups) == ["1", "2-3", "4-6", "7-12", "13+"][: len(groups)]


@given(output=NUMBERS, weights=st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_the_median_is_shrunk_and_the_bounds_keep_their_distance(output, weights):
    quantiles, w = np.sort(np.array(output).reshape(3, 4), axis=0), np.array(weights)
    found = shrink(quantiles, w)
    np.testing.assert_allclose(found[1], w * quantiles[1], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(np.diff(found, axis=0), np.diff(quantiles, axis=0), atol=1e-9)
    assert (np.diff(found, axis=0) >= 0).all()
    np.testing.assert_array_equal(shrink(quantiles, np.ones(4)), quantiles)
    assert not shrink(quantiles, np.zeros(4))[1].any()


@given(there=WINDOWS, horizon=st.integers(1, 13), freq=st.sampled_from(["MS", "QS", "W", "D"]))
def test_the_first_fit_shares_no_target_with_what_it_is_measured_on(there, horizon, freq):
    ends = 5 + np.flatnonzero(there)
    split = hold_back_to_measure(ends, freq=freq, horizon=horizon)
    trained, held = ends[: split.n_train], ends[len(ends) - split.n_held :]
    if split.reason:
        assert (split.n_train, split.n_held) == (0, 0)
        assert len(ends) < 18 + horizon + there.count(False) + 1
        return
    assert trained.max() + horizon <= held.min()  # their last target is known when it begins
    between = ends[split.n_train : len(ends) - split.n_held]
    assert (between + horizon > held.min()).all()  # and no window is left out for nothing


@pytest.mark.parametrize(
    ("freq", "n", "held"),
    [("MS", 300, 48), ("MS", 90, 30), ("MS", 40, 18), ("D", 700, 180), ("QS", 99, 24)],
)
def test_how_many_windows_are_held_back(freq, n, held):
    split = hold_back_to_measure(np.arange(n), freq=freq, horizon=4)
    assert (split.n_train, split.n_held) == (n - held - 3, held)


KINDS = {
    "monthly preset": {},
    "another reference": {"corrects": "seasonal_naive", "cell": "gru"},
    "passes": {"epochs": 40, "loss": "mae"},
    "sqrt": {"transform": "sqrt"},
    "robust, calendar, no mask": {
        "transform": "robust",
        "calendar": True,
        "mask_channel": False,
        "input_size": 3,
    },
    "log1p, quantiles": {"transform": "log1p", "loss": "quantile"},
    "log": {"transform": "log"},
    "tweedie": {"loss": "tweedie", "steps": 40},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gaps", [0.0, 0.03])
def test_a_training_at_the_earlier_time_gives_the_same_weight(settings_of, kind, gaps):
    """Without two fits: train on the rows before, forecast each later cutoff, apply the formula."""
    given, series = settings_of(**KINDS[kind]), persistent(3, 150)
    series.values[np.random.default_rng(0).random(150) < gaps] = np.nan
    (network,) = train_networks([Fit(series, 0)], given, **SIZES)
    fold = prepare_folds([Fit(series, 0)], given, **SIZES)[0]
    ends = fold.whole.ends[-fold.held.n_held :]
    alone = given.model_copy(update={"shrinkage": False})
    (earlier,) = train_networks([Fit(series.until(int(ends[0])), 0)], alone, **SIZES)
    rows = [series.until(int(end)) for end in ends]
    found = forecast_networks([earlier] * len(ends), rows, alone, **SIZES)
    paths = reference_paths(network.reference, [series], [ends], **SIZES)[0]
    scale = given.transform if given.loss != "tweedie" else "none"
    start, said, actual = (
        to_scale(scale, values)
        for values in (
            paths,
            np.array([f.y_hat for f in found]),
            series.y[ends[:, None] + 1 + np.arange(3)],
        )
    )
    observed = ~np.isnan(actual)
    wanted = measure(said - start, actual - start, observed)
    np.testing.assert_allclose(network.shrinkage.weights, wanted, rtol=1e-4, atol=1e-6)
    assert network.untested == ""
    assert network.shrinkage.weights.max() > 0


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"loss": "quantile"},
        {"loss": "tweedie"},
        {"transform": "sqrt"},
        {"transform": "log1p", "corrects": "seasonal_naive"},
        {"transform": "log"},
        {"corrects": "anomaly_persistence"},
        {"corrects": "holt_winters"},
    ],
    ids=str,
)
def test_no_trust_is_the_reference_and_full_trust_the_network_to_the_last_bit(settings_of, options):
    settings, series = settings_of(steps=20, shrinkage=False, **options), persistent(1, 120)
    (network,) = train_networks([Fit(series.until(99), 0)], settings, **SIZES)
    none, full = (
        dataclasses.replace(network, shrinkage=shrinkage)
        for shrinkage in (Shrinkage.nothing(3, "x"), Shrinkage(np.ones(3), ""))
    )
    half = dataclasses.replace(network, shrinkage=Shrinkage(np.full(3, 0.5), ""))
    said = forecast_networks([network, none, full, half], [series] * 4, settings, **SIZES)
    path = reference_paths(network.reference, [series], [np.array([119])], **SIZES)[0][0]
    assert said[1].y_hat.tobytes() == path.tobytes()
    assert said[2].quantiles.tobytes() == said[0].quantiles.tobytes()
    between = (said[3].y_hat - path) / (said[0].y_hat - path)
    assert np.all((between > 0.4) & (between < 0.6))
    if settings.loss == "quantile":
        assert (np.diff(said[1].quantiles, axis=0) > 0).all()


def test_only_the_weight_is_new(settings_of):
    """What trains beside a network changes none of its bits."""
    series = [persistent(k, 130 + 7 * k) for k in range(4)]
    fits = [Fit(one, seed) for one in series for seed in range(2)]
    shrunk, plain = (
        train_networks(fits, settings_of(shrinkage=on, steps=80), **SIZES) for on in (True, False)
    )
    for one, other in zip(shrunk, plain, strict=True):
        assert one.weights.tobytes() == other.weights.tobytes()
        assert one.losses.tobytes() == other.losses.tobytes()
        assert other.shrinkage.weights.tolist() == [1, 1, 1]
    assert len({n.shrinkage.weights.tobytes() for n in shrunk}) > len(series)  # each seed its own


@pytest.mark.parametrize(
    "options",
    [{}, {"kernel": "fused"}, {"epochs": 7, "batch_size": 13}, {"cell": "gru", "loss": "quantile"}],
    ids=str,
)
@pytest.mark.parametrize("threads", [1, 2])
def test_its_own_rows_and_seed_decide_and_no_company(settings_of, options, threads):
    made = [persistent, noise]
    fits = [Fit(made[k % 2](k, 100 + 9 * (k % 5)), k // 8) for k in range(24)]
    fits.append(Fit(persistent(3, 40), 0))  # too short to be measured
    settings = settings_of(**{"steps": 15} | options)

    def run(some):
        networks = train_networks(some, settings, **SIZES)
        series = [fit.series for fit in some]
        said = forecast_networks(networks, series, settings, **SIZES)
        return [
            (n.shrinkage.weights.tobytes(), n.untested, n.weights.tobytes(), f.y_hat.tobytes())
            for n, f in zip(networks, said, strict=True)
        ]

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        together = run(fits)
        for some in ([0], [5], [24], [3, 24, 0], list(range(25))[::-1], [7, 2, 11, 19, 4]):
            assert run([fits[k] for k in some]) == [together[k] for k in some]
    finally:
        torch.set_num_threads(before)
    assert together[24][1]
    weights = np.array([np.frombuffer(one[0]) for one in together])
    assert ((weights > 0) & (weights < 1)).any()


def test_rows_after_the_cutoff_change_no_bit_of_it(settings_of):
    series, settings = persistent(5, 160), settings_of(steps=80)
    other = dataclasses.replace(series, values=series.values.copy())
    other.values[121:] = 1e6
    ours, theirs = (
        train_networks([Fit(one.until(120), 0)], settings, **SIZES)[0] for one in (series, other)
    )
    assert ours.shrinkage.weights.tobytes() == theirs.shrinkage.weights.tobytes()
    assert ours.shrinkage.weights.max() > 0


def test_a_fold_that_is_too_short_to_measure_is_trusted_with_nothing(settings_of):
    settings, series = settings_of(steps=5), noise(0, 40)
    (network,) = train_networks([Fit(series, 0)], settings, **SIZES)
    assert (network.status, network.reason) == ("ok", "")
    assert "18" in network.untested
    (said,) = forecast_networks([network], [series], settings, **SIZES)
    path = reference_paths("climatology", [series], [np.array([39])], **SIZES)[0][0]
    assert (said.y_hat.tobytes(), said.reason) == (path.tobytes(), "")


@pytest.mark.parametrize(("rows", "n_first"), [(58, 18), (57, 17)])
def test_a_first_fit_of_few_windows_decides_nothing(settings_of, rows, n_first):
    """18 lags and 3 steps: 38 windows of 58 rows, 18 held back, 2 that share targets with them."""
    series, settings = persistent(0, rows), settings_of(steps=60)
    (network,) = train_networks([Fit(series, 0)], settings, **SIZES)
    held = prepare_folds([Fit(series, 0)], settings, **SIZES)[0].held
    assert held.n_train == n_first
    assert network.status == "ok"
    few = "17 windows lie before those held back, a first fit needs 18"
    assert network.untested == ("" if n_first == 18 else few)
    assert bool(network.shrinkage.weights.any()) is (n_first == 18)


def test_a_first_fit_without_anything_to_learn_says_so(settings_of):
    y = np.zeros((150, 1))
    y[110:] = np.random.default_rng(0).gamma(2, size=(40, 1))
    series = Series("dry, then wet", "MS", 360, ("y",), y)
    settings = settings_of(loss="tweedie", steps=5)
    (network,) = train_networks([Fit(series, 0)], settings, **SIZES)
    assert network.status == "ok"
    assert "first fit: loss: tweedie needs a target above 0" in network.untested
    assert network.shrinkage.weights.tolist() == [0, 0, 0]


def test_a_first_fit_that_fails_leaves_its_network_without_trust(settings_of):
    settings, series = settings_of(steps=5), persistent(0, 120)
    fold = prepare_folds([Fit(series, 0)], settings, **SIZES)[0]
    layout = layout_of(settings, n_columns=1, horizon=3)
    (network,) = train_networks([Fit(series, 0)], settings, **SIZES)
    diverged = dataclasses.replace(network, status="failed", reason="it diverged")
    came = [Trained(network, None), Trained(diverged, np.ones((fold.held.n_held, 3)))]
    found = network_of(fold, iter(came), layout, settings)
    assert (found.status, found.untested) == ("ok", "the first fit failed: it diverged")
    assert found.shrinkage.weights.tolist() == [0, 0, 0]
    no_numbers = trusted_with(fold, np.full((fold.held.n_held, 3), np.inf), settings)
    assert no_numbers.weights.tolist() == [0, 0, 0]
    assert "no finite numbers" in no_numbers.untested


def test_pure_noise_is_hardly_answered(settings_of):
    series = [noise(k, 260) for k in range(40)]
    settings = settings_of()
    fits = [Fit(one.until(219), 0) for one in series]
    networks = train_networks(fits, settings, **SIZES)
    weights = np.array([n.shrinkage.weights for n in networks])
    assert weights.mean() < 0.12
    ours, theirs = errors_at(networks, series, settings, range(219, 256), **SIZES)
    assert ours.mean() < 1.01 * theirs.mean()
    full = [dataclasses.replace(n, shrinkage=Shrinkage.full(3)) for n in networks]
    unshrunk, _ = errors_at(full, series, settings, range(219, 256), **SIZES)
    assert ours.mean() < unshrunk.mean()


def test_what_can_be_learnt_is_trusted_and_helps(settings_of):
    series = [persistent(k, 260) for k in range(40)]
    settings = settings_of(steps=150)
    networks = train_networks([Fit(one.until(219), 0) for one in series], settings, **SIZES)
    weights = np.array([n.shrinkage.weights for n in networks])
    assert np.median(weights[:, 0]) > 0.9
    ours, theirs = errors_at(networks, series, settings, range(219, 256), **SIZES)
    assert (ours.mean(axis=0) < [0.5, 0.65, 0.75] * theirs.mean(axis=0)).all()


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"early_stop_patience_steps": 3}, "early_stop_patience_steps: shrinkage measures"),
        ({"early_stop_patience_steps": 3, "shrinkage": True}, "declare shrinkage: false"),
        ({"shrinkage": True, "corrects": "none"}, "shrinkage: nothing is corrected"),
        ({"shrinkage": True, "preset": "article"}, "shrinkage: nothing is corrected"),
    ],
)
def test_a_declaration_that_would_measure_nothing_is_an_error(declared, said):
    with pytest.raises(ValueError, match=f"networks.rnn.*{said}"):
        check(declared)


@pytest.mark.parametrize(
    ("declared", "on"),
    [
        ({}, True),
        ({"corrects": "none"}, False),
        ({"corrects": {"a": "none"}}, True),
        ({"preset": "article"}, False),
        ({"preset": "article", "corrects": "naive"}, False),
        ({"preset": "article", "corrects": "naive", "shrinkage": True}, True),
        ({"shrinkage": False, "early_stop_patience_steps": 3}, False),
        ({"preset": "article", "early_stop_patience_steps": 3}, False),
    ],
)
def test_it_is_on_where_something_is_corrected(declared, on):
    check(declared)
    assert resolve(NetworkSettings(**declared), freq="MS").shrinkage is on


def check(declared: dict) -> None:
    columns = Columns(ds="date", y="value")
    rules.check_network("rnn", NetworkSettings(**declared), columns=columns, seasons=["month"])
