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
