"""The exported frame is read by utilsforecast as it is, with intervals where there are some."""

import numpy as np
import pandas as pd
import pytest
from utilsforecast.evaluation import evaluate
from utilsforecast.losses import bias, coverage, mae, rmse

from pipeline.chain.export import export_forecasts
from pipeline.chain.stages import WHOLE
from pipeline.folds.cutoffs import Cutoff
from pipeline.store.files import table_to_bytes
from pipeline.store.manifest import Entry
from pipeline.tables import INTERVALS
from tests.strategies import SmallProject

LEVELS = (80.0, 95.0)
POINT = ["unique_id", "ds", "cutoff"]


def exported(small: SmallProject) -> pd.DataFrame:
    path = small.root / "out.parquet"
    export_forecasts(small.project, small.data_set, path)
    return pd.read_parquet(path)


def store_intervals(small: SmallProject, *, unknown: str = "") -> pd.DataFrame:
    """Intervals around every forecast, as the stage would store them; all rows that were stored.

    The widths are of no meaning; those at the cutoff `unknown` have no bounds yet.
    """
    plain = exported(small)
    models = [name for name in small.data_set.models if name in plain]
    long = plain.melt(POINT, models, var_name="model", value_name="y_hat")
    months = long["ds"].dt.to_period("M").astype("int64")
    long["step"] = months - long["cutoff"].dt.to_period("M").astype("int64")
    rows = pd.concat([long.assign(level=level) for level in LEVELS], ignore_index=True)
    half = rows["level"] / 20 + rows["step"]
    rows = rows.assign(lo=rows["y_hat"] - half, hi=rows["y_hat"] + half, n_errors=24)
    rows.loc[rows["cutoff"] == unknown, ["lo", "hi"]] = np.nan
    for cutoff in small.known.cutoffs:
        commit(small, cutoff, rows[rows["cutoff"] == cutoff.ds])
    return rows


def commit(small: SmallProject, cutoff: Cutoff, rows: pd.DataFrame) -> None:
    small.project.store.commit(
        small.name,
        "served_forecasts",
        cutoff.key,
        files={"intervals.parquet": table_to_bytes(rows, INTERVALS)},
        entries={WHOLE: Entry({}, "")},
    )


def test_a_frame_without_intervals_is_read_by_utilsforecast_unchanged(finished):
    frame = exported(finished)
    found = evaluate(frame, metrics=[mae, rmse, bias])
    models = finished.data_set.models
    assert set(found.columns) == {"unique_id", "cutoff", "metric", *models}
    known = frame[frame["y"].notna()]
    for model in models:
        error = (known[model] - known["y"]).abs()
        ours = error.groupby([known["unique_id"], known["cutoff"]]).mean()
        theirs = found[found["metric"] == "mae"].set_index(["unique_id", "cutoff"])[model]
        pd.testing.assert_series_equal(theirs.reindex(ours.index), ours, check_names=False)


def test_intervals_stand_behind_their_model_and_utilsforecast_reads_them_unchanged(finished):
    rows = store_intervals(finished, unknown="2002-12-01")
    frame = exported(finished)
    for model in finished.data_set.models:
        at = frame.columns.get_loc(model)
        behind = [f"{model}-lo-95", f"{model}-lo-80", f"{model}-hi-80", f"{model}-hi-95"]
        assert frame.columns[at + 1 : at + 5].tolist() == behind
        for level, side in ((80.0, "lo"), (95.0, "hi")):
            own = rows[(rows["model"] == model) & (rows["level"] == level)]
            own = own.sort_values(["unique_id", "cutoff", "ds"])[side].to_numpy()
            np.testing.assert_array_equal(frame[f"{model}-{side}-{level:.0f}"], own)
    early = frame["cutoff"] == "2002-12-01"
    assert frame.loc[early].filter(regex="-(lo|hi)-").isna().all(axis=None)
    assert frame.loc[~early].filter(regex="-(lo|hi)-").notna().all(axis=None)
    found = evaluate(frame, metrics=[mae, coverage], level=[80, 95])
    assert set(found["metric"]) == {"mae", "coverage_level80", "coverage_level95"}
    some = frame[(frame["cutoff"] == "2003-05-01") & (frame["unique_id"] == "a")]
    inside = some["y"].between(some["naive-lo-80"], some["naive-hi-80"]).mean()
    row = found[(found["cutoff"] == "2003-05-01") & (found["unique_id"] == "a")]
    assert row.set_index("metric").loc["coverage_level80", "naive"] == inside


def test_a_network_with_quantiles_keeps_its_own_bounds_and_has_no_others(write):
    small = write()
    small.set_network("wide", **small.attributes["networks"]["rnn"], loss="quantile", level=[80])
    small.run()
    before = exported(small)
    store_intervals(small)
    after = exported(small)
    assert [c for c in after if c.startswith("wide")] == ["wide", "wide-lo-80", "wide-hi-80"]
    pd.testing.assert_frame_equal(after[list(before)], before)
    assert "naive-hi-95" in after


def test_intervals_of_some_cutoffs_alone_are_empty_at_the_others(finished):
    store_intervals(finished)
    folder = finished.project.store.folder("toy", "served_forecasts", "2003-05-01")
    (folder / "manifest.json").unlink()
    frame = exported(finished)
    empty = frame["naive-lo-80"].isna()
    assert (empty == (frame["cutoff"] == "2003-05-01")).all()


@pytest.mark.parametrize("model", ["naive", "rnn"])
def test_intervals_of_a_model_that_is_declared_no_more_are_left_out(finished, model):
    store_intervals(finished)
    part = "networks" if model == "rnn" else "baselines"
    left = {k: v for k, v in finished.attributes[part].items() if k != model}
    finished.declare(**{part: left})
    assert not [c for c in exported(finished) if c.startswith(f"{model}-") or c == model]
