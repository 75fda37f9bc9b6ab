"""What may be declared of a baseline, and what follows from it."""

import pytest
from pydantic import ValidationError

from pipeline.chain.stage.baseline_forecasts import model_settings


def test_a_trend_is_a_coefficient_more_and_needs_a_row_more(declare):
    plain, trend = (
        declare(baselines={"climatology": {}, "ar": {"lags": 20} | more})
        for more in ({}, {"trend": "ct"})
    )
    assert trend.needed_rows == plain.needed_rows + 1 == 20 + 22 + 1


def test_the_trend_by_default_is_in_no_key_and_another_is(declare):
    settings = [
        model_settings(declare(baselines={"climatology": {}, "ar": own}), "ar")
        for own in ({}, {"trend": "c"}, {"trend": "ct"})
    ]
    assert settings[0] == settings[1] != settings[2]


@pytest.mark.parametrize("name", ["naive", "climatology"])
def test_only_a_regression_has_a_trend(declare, name):
    with pytest.raises(ValidationError, match=f"baselines.{name}.trend: {name} has no coeff"):
        declare(baselines={"climatology": {}} | {name: {"trend": "ct"}})


def test_there_are_two_trends(declare):
    with pytest.raises(ValidationError, match="trend"):
        declare(baselines={"climatology": {}, "ar": {"trend": "ctt"}})


GRIDS = ["anomaly_persistence", "damped_trend", "holt_winters"]


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize(("option", "value"), [("refit", 3), ("lags", 2), ("trend", "ct")])
def test_a_grid_is_judged_on_all_rows_and_has_no_option(declare, name, option, value):
    data_set = declare(baselines={"climatology": {}, name: {}})
    assert data_set.refit_of(name) is None
    assert data_set.needed_rows == declare(baselines={"climatology": {}}).needed_rows
    with pytest.raises(ValidationError, match=f"baselines.{name}.{option}: {name} has no coeff"):
        declare(baselines={"climatology": {}, name: {option: value}})


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_is_there_where_it_is_declared_and_may_be_the_reference(declare, name):
    assert name not in declare().models
    data_set = declare(baselines=["naive", name], reference=name)
    assert data_set.models == ["naive", name]
    assert data_set.reference_of("any") == name
    with pytest.raises(ValidationError, match=f"reference: {name} is not among the declared"):
        declare(reference=name)
