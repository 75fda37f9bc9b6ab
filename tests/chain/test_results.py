import pandas as pd
import pytest

from pipeline.chain.results import export_forecasts, leaderboard_rows
from pipeline.errors import InputError


def exported(small, file):
    export_forecasts(small.project, small.data_set, file)
    return pd.read_csv(file) if file.suffix == ".csv" else pd.read_parquet(file)


def test_an_export_holds_every_stored_forecast_beside_its_actual(finished, tmp_path):
    wide = exported(finished, tmp_path / "all.parquet")
    stored = finished.table("rnn_forecasts", "forecasts", "2003-06-01")
    ours = wide[wide["cutoff"] == "2003-06-01"].sort_values(["unique_id", "ds"])
    assert ours["rnn"].tolist() == stored.sort_values(["unique_id", "ds"])["y_hat"].tolist()
    actual = dict(line.split(",") for line in finished.lines("a")[1:])
    ours = ours[ours["unique_id"] == "a"]
    assert [str(float(actual[f"{ds:%Y-%m-%d}"])) for ds in ours["ds"]] == [
        str(y) for y in ours["y"]
    ]
    assert wide[wide["ds"] > "2003-12-01"]["y"].isna().all()
    assert wide[wide["ds"] <= "2003-12-01"]["y"].notna().all()


def test_both_formats_hold_the_same(finished, tmp_path):
    csv, parquet = (exported(finished, tmp_path / f"all.{s}") for s in ("csv", "parquet"))
    parquet = parquet.assign(**{c: parquet[c].dt.strftime("%Y-%m-%d") for c in ("ds", "cutoff")})
    pd.testing.assert_frame_equal(csv, parquet, check_dtype=False)


def test_a_cutoff_that_is_declared_no_more_is_not_exported(finished, tmp_path):
    finished.declare(cutoffs={"first": "2002-12-01", "last": "2003-03-01"})
    wide = exported(finished, tmp_path / "some.csv")
    assert sorted(wide["cutoff"].unique()) == ["2002-12-01", *(f"2003-0{k}-01" for k in (1, 2, 3))]


def test_a_model_that_is_declared_no_more_is_not_exported(finished, tmp_path):
    left = {k: v for k, v in finished.attributes["baselines"].items() if k != "naive"}
    finished.declare(baselines=left)
    assert "naive" not in exported(finished, tmp_path / "some.csv").columns


@pytest.mark.parametrize("name", ["all.xlsx", "all"])
def test_another_ending_is_refused(finished, tmp_path, name):
    with pytest.raises(InputError, match=r"write \.parquet or \.csv"):
        export_forecasts(finished.project, finished.data_set, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_before_a_run_there_is_nothing_to_show(write, tmp_path):
    small = write()
    for ask in (
        lambda: leaderboard_rows(small.project, small.data_set),
        lambda: export_forecasts(small.project, small.data_set, tmp_path / "all.csv"),
    ):
        with pytest.raises(InputError, match="hindcast run toy"):
            ask()


def test_a_leaderboard_has_a_row_per_series_and_model_and_one_for_the_mean(finished):
    rows = leaderboard_rows(finished.project, finished.data_set)
    pairs = {(row["unique_id"], row["model"]) for row in rows}
    assert pairs == {(s, m) for s in (None, "a", "b") for m in finished.data_set.models}
    assert len(rows) == len(pairs)
