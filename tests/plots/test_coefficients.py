import numpy as np
import pandas as pd
import pytest

from pipeline.plots.coefficients import middle_and_range, plot_coefficients
from pipeline.plots.theme import looks_of
from tests.plots.charts import ODD, drawn, subtitle_of, title_of

LOOKS = looks_of(["ar", "ar_seasonal", ODD[0]], [])


def coefficients(
    *, names=("a", "b", "c"), models=("ar", "ar_seasonal"), lags=3, season=4, cutoffs=5, scale=1.0
):
    random = np.random.default_rng(5)
    terms = ["const", *(f"s({k},{season})" for k in range(2, season + 1))]
    terms += [f"y.L{k}" for k in range(1, lags + 1)]
    return pd.DataFrame(
        [
            (name, cutoff, model, term, scale * random.normal())
            for name in names
            for cutoff in pd.date_range("2000-01-01", periods=cutoffs, freq="MS")
            for model in models
            for term in terms
        ],
        columns=["unique_id", "cutoff", "model", "term", "coefficient"],
    )


def blocks(chart) -> dict[str, dict]:
    panels = chart.to_dict(validate=False)["vconcat"][1:]
    return {panel["title"]["text"]: panel for panel in panels}


def test_middle_and_range_are_those_of_numpy():
    some = coefficients()
    for row in middle_and_range(some).itertuples():
        mine = some[
            (some["model"] == row.model)
            & (some["term"] == row.term)
            & (some["cutoff"] == row.cutoff)
        ]["coefficient"]
        assert (row.value, row.low, row.high) == (np.median(mine), mine.min(), mine.max())


def test_lags_seasons_and_constant_stand_apart_with_their_units():
    chart = plot_coefficients(
        coefficients(),
        LOOKS,
        unit="in mm",
        about="",
        seasons=["winter", "spring", "summer", "fall"],
    )
    assert list(blocks(chart)) == ["Lags, no unit", "Seasons against winter, in mm",
                                   "Constant, in mm"]  # fmt: skip
    header = blocks(chart)["Seasons against winter, in mm"]["facet"]["header"]
    assert header["labelExpr"] == '["spring", "summer", "fall"][datum.value]'
    drawn(chart)


def test_of_a_hundred_lags_the_largest_are_drawn_in_their_order_and_the_subtitle_says_so():
    some = coefficients(lags=104, season=4, names="a")
    large = some["term"].isin(["y.L100", "y.L2"])
    some = some.assign(coefficient=some["coefficient"].where(~large, 99.0))
    chart = plot_coefficients(some, LOOKS, unit="", about="one")
    assert "the 18 largest of 104 lags" in subtitle_of(chart)
    labels = blocks(chart)["Lags, no unit"]["facet"]["header"]["labelExpr"]
    assert labels.startswith('["lag ')
    assert labels.index('"lag 2"') < labels.index('"lag 100"')


@pytest.mark.parametrize(
    "some",
    [
        coefficients(cutoffs=1, names="a"),
        coefficients(scale=1e12, models=("ar",)),
        coefficients(scale=0.0),
        coefficients(scale=1e-9, models=(ODD[0],), names=ODD[:2]),
        coefficients().assign(coefficient=lambda f: f["coefficient"].where(f["term"] != "y.L1")),
    ],
    ids=["one cutoff", "large", "zero", "tiny, odd names", "a term without numbers"],
)
def test_anything_is_drawn(some):
    drawn(plot_coefficients(some, LOOKS, unit="in the unit of it", about="these"))


def test_without_a_regression_the_title_says_so():
    chart = plot_coefficients(coefficients(names=()), LOOKS, unit="", about="why")
    assert title_of(chart) == "No regression is fitted yet"
    drawn(chart)
