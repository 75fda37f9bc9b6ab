"""The exported frame is read by utilsforecast as it is, with intervals where there are some."""

import numpy as np
import pandas as pd
import pytest
from utilsforecast.evaluation import evaluate
from utilsforecast.losses import bias, coverage, mae, rmse

from pipeline.chain.export import export_forecasts
from pipeline.errors import InputError
from tests.strategies import SmallProject

LEVELS = (80.0, 95.0)


def exported(small: SmallProject) -> pd.DataFrame:
    path = small.root / "out.parquet"
    export_forecasts(small.project, small.data_set, path)
    return pd.read_parquet(path)


def stored_intervals(small: SmallProject) -> pd.DataFrame:
    """The rows of all cutoffs, as the stage stored them."""
    keys = [cutoff.key for cutoff in small.known.cutoffs]
    return pd.concat([small.table("served_forecasts", "intervals", key) for key in keys])


def models_of(small: SmallProject) -> list[str]:
    return [*small.data_set.models, "served"]


def test_the_frame_is_read_by_utilsforecast_unchanged(finished):
    frame = exported(finished)
    found = evaluate(frame, metrics=[mae, rmse, bias])
    models = models_of(finished)
    assert set(found.columns) == {"unique_id", "cutoff", "metric", *models}
    known = frame[frame["y"].notna()]
    for model in models:
        error = (known[model] - known["y"]).abs()
        ours = error.groupby([known["unique_id"], known["cutoff"]]).mean()
        theirs = found[found["metric"] == "mae"].set_index(["unique_id", "cutoff"])[model]
        pd.testing.assert_series_equal(theirs.reindex(ours.index), ours, check_names=False)


def test_intervals_stand_behind_their_model_and_utilsforecast_reads_them_unchanged(finished):
    rows = stored_intervals(finished)
    frame = exported(finished)
    for model in models_of(finished):
        at = frame.columns.get_loc(model)
        behind = [f"{model}-lo-95", f"{model}-lo-80", f"{model}-hi-80", f"{model}-hi-95"]
        assert frame.columns[at + 1 : at + 5].tolist() == behind
        for level in LEVELS:
            own = rows[(rows["model"] == model) & (rows["level"] == level)]
            own = own.sort_values(["unique_id", "cutoff", "ds"])
            for side in ("lo", "hi"):
                np.testing.assert_array_equal(frame[f"{model}-{side}-{level:.0f}"], own[side])
    late = frame["cutoff"] >= "2003-06-01"
    assert frame.loc[late].filter(regex="-(lo|hi)-80").notna().all(axis=None)
    assert frame.filter(regex="-(lo|hi)-95").isna().all(axis=None), "12 errors are too few"
    early = frame["cutoff"] == "2002-12-01"
    assert frame.loc[early].filter(regex="-(lo|hi)-").isna().all(axis=None)
    found = evaluate(frame[late], metrics=[mae, coverage], level=[80])
    assert set(found["metric"]) == {"mae", "coverage_level80"}
    some = frame[(frame["cutoff"] == "2003-09-01") & (frame["unique_id"] == "a")]
    inside = some["y"].between(some["naive-lo-80"], some["naive-hi-80"]).mean()
    row = found[(found["cutoff"] == "2003-09-01") & (found["unique_id"] == "a")]
    assert row.set_index("metric").loc["coverage_level80", "naive"] == inside


@pytest.mark.slow
def test_a_network_with_quantiles_keeps_its_own_bounds_and_has_no_others(write):
    small = write()
    small.set_network("wide", **small.attributes["networks"]["rnn"], loss="quantile", level=[80])
    small.run()
    frame = exported(small)
    assert [c for c in frame if c.startswith("wide")] == ["wide", "wide-lo-80", "wide-hi-80"]
    assert "naive-hi-95" in frame


@pytest.mark.parametrize("model", ["naive", "rnn"])
def test_a_model_that_is_declared_no_more_is_left_out(finished, model):
    part = "networks" if model == "rnn" else "baselines"
    left = {k: v for k, v in finished.attributes[part].items() if k != model}
    finished.declare(**{part: left})
    assert not [c for c in exported(finished) if c.startswith(f"{model}-") or c == model]


def test_intervals_of_forecasts_that_were_made_anew_since_are_refused(finished):
    assert exported(finished)["rnn-lo-80"].notna().any()
    finished.set_network(steps=9)
    finished.run(stages=["windows", "rnn_model", "rnn_forecasts"])
    with pytest.raises(InputError, match=r"the intervals of rnn at 2003-.* of other forecasts"):
        exported(finished)
    finished.run(stages=["served_forecasts"])
    assert exported(finished)["rnn-lo-80"].notna().any()
