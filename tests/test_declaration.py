"""What a declaration means: presets by freq, defaults, and what its models need."""

import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.baselines.settings import FITTED
from pipeline.rnn.presets import ARTICLE, BY_FREQ, DEFAULT


@pytest.mark.parametrize(
    ("freq", "input_size", "steps", "season"),
    [("MS", 18, 200, 12), ("QS", 8, 60, 4), ("W", 26, 100, 52), ("D", 28, 200, 7)],
)
def test_what_is_not_declared_of_a_network_comes_from_the_freq(
    declare, freq, input_size, steps, season
):
    cutoffs = {"first": "2000-01-02" if freq == "W" else "2000-01-01"}
    data_set = declare(freq=freq, cutoffs=cutoffs, networks={"rnn": None})
    network = data_set.network("rnn")
    assert (network.input_size, network.steps, network.epochs) == (input_size, steps, None)
    assert (network.corrects, network.hidden_size, network.seeds) == ("auto", 16, 5)
    assert data_set.season == season
    assert data_set.every == freq


def test_a_network_of_all_series_has_a_preset_of_its_own(declare):
    networks = {"all": {"scope": "global"}, "few": {"scope": "global", "steps": 7, "refit": 1}}
    data_set = declare(networks=networks)
    of_all, few = data_set.network("all"), data_set.network("few")
    assert (of_all.steps, of_all.batch_size, of_all.seeds, of_all.refit) == (1000, 128, 3, 12)
    assert of_all.calendar == ["month"]
    assert (few.steps, few.refit, few.seeds) == (7, 1, 3)
    assert declare(networks={"rnn": {}}).network("rnn").scope == "local"


def test_the_article_preset_is_the_article(declare):
    network = declare(networks={"rnn": {"preset": "article"}}).network("rnn")
    assert (network.corrects, network.input_size, network.hidden_size) == ("none", 11, 128)
    assert (network.num_layers, network.epochs, network.steps) == (2, 1000, None)
    assert (network.batch_size, network.learning_rate, network.seeds) == (16, 1e-3, 1)
    assert (network.refit, network.clip, network.mask_channel) == (0, "none", False)
    assert network.reproduction


@pytest.mark.parametrize("preset", ["default", "article"])
def test_what_is_declared_stays_and_a_network_has_nothing_left_open(declare, preset):
    declared = {"preset": preset, "hidden_size": 3, "refit": 7, "clip": 0.5}
    network = declare(networks={"rnn": declared}).network("rnn")
    assert (network.hidden_size, network.refit, network.clip) == (3, 7, 0.5)
    assert network.hist_exog == []
    left_open = {name for name, value in network if value is None}
    # Nothing of theirs happens unless declared.
    off = {"early_stop_patience_steps", "val_size", "floor"}
    assert left_open - off == ({"epochs"} if preset == "default" else {"steps"})


@pytest.mark.parametrize(("budget", "other"), [("steps", "epochs"), ("epochs", "steps")])
@pytest.mark.parametrize("preset", ["default", "article"])
def test_a_declared_budget_takes_the_place_of_the_preset_one(declare, preset, budget, other):
    network = declare(networks={"rnn": {"preset": preset, budget: 9}}).network("rnn")
    assert (getattr(network, budget), getattr(network, other)) == (9, None)


def test_a_preset_says_what_differs_from_the_default_and_every_freq_has_a_budget():
    for budget in BY_FREQ.values():
        assert set(ARTICLE) - {"epochs"} <= set(DEFAULT | budget)


def test_a_network_sees_every_declared_column_unless_it_names_its_own(declare):
    columns = {"ds": "date", "y": "value", "hist_exog": ["wind", "rain"]}
    networks = {"all": {}, "one": {"hist_exog": ["rain"]}, "none": {"hist_exog": []}}
    data_set = declare(columns=columns, networks=networks)
    seen = {name: data_set.network(name).hist_exog for name in networks}
    assert seen == {"all": ["wind", "rain"], "one": ["rain"], "none": []}


def test_a_network_knows_every_column_ahead_unless_it_names_its_own(declare):
    columns = {"ds": "date", "y": "value", "hist_exog": ["wind"], "futr_exog": ["sale", "free"]}
    networks = {"all": {}, "one": {"futr_exog": ["free"]}, "none": {"futr_exog": []}}
    data_set = declare(columns=columns, networks=networks)
    seen = {name: data_set.network(name).futr_exog for name in networks}
    assert seen == {"all": ["sale", "free"], "one": ["free"], "none": []}
    assert data_set.network("one").hist_exog == ["wind"]
    assert data_set.columns.values == ["value", "wind", "sale", "free"]


@pytest.mark.parametrize(
    ("freq", "seasons"),
    [
        ("MS", ["month"]),
        ("QS", ["quarter"]),
        ("W", ["week"]),
        ("D", ["day_of_week", "day_of_year"]),
    ],
)
@pytest.mark.parametrize("preset", ["default", "article"])
def test_a_calendar_is_the_seasons_of_the_freq(declare, freq, seasons, preset):
    cutoffs = {"first": "2000-01-02" if freq == "W" else "2000-01-01"}
    networks = {"on": {"calendar": True}, "off": {}, "last": {"calendar": seasons[-1:]}}
    networks = {name: options | {"preset": preset} for name, options in networks.items()}
    data_set = declare(freq=freq, cutoffs=cutoffs, networks=networks)
    assert [data_set.network(name).seasons for name in networks] == [seasons, [], seasons[-1:]]


def test_without_a_word_about_baselines_there_are_all_six_and_climatology_is_the_reference(declare):
    data_set = declare()
    six = ["naive", "seasonal_naive", "climatology", "window_average", "ar", "ar_seasonal"]
    assert data_set.models == six
    assert data_set.reference_of("any") == "climatology"


def test_models_are_the_baselines_in_their_order_and_then_the_networks(declare):
    data_set = declare(baselines={"climatology": None, "ar": None}, networks={"z": None, "b": None})
    assert data_set.models == ["climatology", "ar", "z", "b"]


def test_a_reference_by_series_leaves_climatology_to_the_others(declare):
    data_set = declare(reference={"co2": "seasonal_naive"})
    assert data_set.reference_of("co2") == "seasonal_naive"
    assert data_set.reference_of("elnino") == "climatology"


def test_a_reference_for_all_is_that_of_every_series(declare):
    assert declare(reference="naive").reference_of("co2") == "naive"


@pytest.mark.parametrize(("freq", "lags"), [("MS", 12), ("QS", 8), ("W", 104), ("D", 14)])
def test_ar_has_twelve_monthly_lags_else_two_seasons(declare, freq, lags):
    cutoffs = {"first": "2000-01-02" if freq == "W" else "2000-01-01"}
    data_set = declare(freq=freq, cutoffs=cutoffs)
    assert [data_set.baseline(name).lags for name in FITTED] == [lags, lags]
    assert data_set.baseline("naive").lags is None


def test_a_baseline_may_stand_under_another_name(declare):
    data_set = declare(
        baselines={"climatology": {}, "ar_3": {"model": "ar", "lags": 3, "refit": 0}}
    )
    settings = data_set.baseline("ar_3")
    assert (settings.model, settings.lags) == ("ar", 3)
    assert data_set.refit_of("ar_3") == 0


def test_refit_is_of_models_with_coefficients_only(declare):
    data_set = declare(networks={"rnn": {"refit": 4}, "other": {}})
    refits = {model: data_set.refit_of(model) for model in data_set.models}
    assert refits == dict.fromkeys(data_set.models) | {
        "ar": 1,
        "ar_seasonal": 1,
        "rnn": 4,
        "other": 1,
    }


@pytest.mark.parametrize(
    ("parts", "needed"),
    [
        ({"baselines": {"climatology": {}}}, 13),
        ({"baselines": {"climatology": {}, "ar": {"lags": 12}}}, 12 + 13 + 1),
        ({"baselines": {"climatology": {}, "ar_seasonal": {"lags": 12}}}, 12 + 13 + 11 + 1),
        ({"baselines": {"climatology": {}}, "networks": {"rnn": {"input_size": 30}}}, 32),
        ({"baselines": {"climatology": {}}, "season_length": 24}, 25),
        ({"min_train_rows": 120}, 120),
    ],
)
def test_all_models_share_their_folds_so_the_hungriest_decides_what_is_ready(
    declare, parts, needed
):
    assert declare(**parts).needed_rows == needed


@given(lags=st.integers(1, 60), season=st.integers(2, 60))
def test_a_regression_has_more_rows_than_coefficients(declare, lags, season):
    baselines = {"climatology": {}, "ar_seasonal": {"lags": lags}}
    data_set = declare(baselines=baselines, season_length=season)
    equations = data_set.needed_rows - lags
    assert equations > 1 + lags + (season - 1)


def test_without_a_word_windows_end_at_midnight_utc_and_nothing_is_waited_for(declare):
    assert (declare().timezone, declare().publication_lag) == ("UTC", 0)


@pytest.mark.parametrize("zone", sorted(zoneinfo.available_timezones() - {"localtime"})[::40])
def test_any_zone_of_the_iana_may_be_declared(declare, zone):
    assert declare(timezone=zone).timezone == zone


@given(name=st.text("abcEuropASi/_. -\0+", max_size=20))
def test_any_text_is_a_zone_or_a_sentence(declare, name):
    said = ""
    try:
        assert zoneinfo.ZoneInfo(declare(timezone=name).timezone)
    except ValidationError as wrong:
        said = str(wrong)
    assert not said or f"timezone: {name!r} is no IANA time zone; " in said


def test_a_name_is_given_to_a_copy(declare):
    toy = declare()
    other = toy.named("other")
    assert (toy.name, other.name) == ("toy", "other")
    assert toy.model_dump() == other.model_dump()


@pytest.mark.parametrize(
    "parts",
    [
        {"horizon": 2.0},
        {"horizon": "2"},
        {"horizon": True},
        {"horizon": 100},
        {"files": []},
        {"files": ""},
        {"networks": {"rnn": {"learning_rate": float("inf")}}},
        {"networks": {"rnn": {"learning_rate": float("nan")}}},
        {"networks": {"rnn": {"learning_rate": 0.0}}},
        {"networks": {"rnn": {"seeds": 0}}},
        {"networks": {"rnn": {"refit": -1}}},
        {"columns": {"ds": ["y", "m", "d", "h"], "y": "value"}},
    ],
    ids=str,
)
def test_nothing_is_converted_or_cut_to_fit(declare, parts):
    with pytest.raises(ValidationError):
        declare(**parts)


def test_a_declaration_cannot_be_changed(declare):
    with pytest.raises(ValidationError, match="frozen"):
        declare().horizon = 3
