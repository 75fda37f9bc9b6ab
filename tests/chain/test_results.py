import json
import re

import numpy as np
import pandas as pd
import pytest

from pipeline.board_tables import LEADERBOARD
from pipeline.chain.export import export_forecasts
from pipeline.chain.results import NotMadeError, leaderboard_rows, print_boards
from pipeline.errors import InputError
from pipeline.store.files import table_from_bytes, table_to_bytes


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


@pytest.mark.slow
def test_bounds_of_a_network_that_forecasts_quantiles_lie_around_it_by_level(write, tmp_path):
    small = write()
    own = small.attributes["networks"]["rnn"]
    small.set_network("wide", **own, loss="quantile", level=[80, 97.5])
    small.run()
    export_forecasts(small.project, small.data_set, tmp_path / "out.parquet")
    found = pd.read_parquet(tmp_path / "out.parquet")
    bounds = ["wide-lo-97.5", "wide-lo-80", "wide", "wide-hi-80", "wide-hi-97.5"]
    assert [name for name in found if name.startswith("wide")] == ["wide", *bounds[:2], *bounds[3:]]
    assert found[bounds].notna().all(axis=None)
    assert (np.diff(found[bounds].to_numpy(), axis=1) > 0).all()
    members = small.table("rnn_forecasts", "members", "2003-05-01")
    low = members[(members["model"] == "wide") & np.isclose(members["quantile"], 0.1)]
    means = low.groupby(["unique_id", "ds"])["y_hat"].mean()
    ours = found[found["cutoff"] == "2003-05-01"].set_index(["unique_id", "ds"])["wide-lo-80"]
    np.testing.assert_allclose(ours.loc[means.index], means, rtol=1e-12)


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


@pytest.mark.slow
def test_a_model_that_changed_its_kind_is_exported_as_what_it_is_now(finished, tmp_path):
    naive = exported(finished, tmp_path / "before.csv")["naive"]
    finished.declare(networks=None)
    finished.set_baseline("rnn", model="naive")
    assert "rnn" not in exported(finished, tmp_path / "not_yet.csv").columns
    finished.run()
    assert exported(finished, tmp_path / "now.csv")["rnn"].tolist() == naive.tolist()


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
        with pytest.raises(NotMadeError, match="hindcast run toy"):
            ask()


@pytest.mark.parametrize(
    ("stage", "file"),
    [
        ("leaderboard", "leaderboard"),
        ("clean_observations", "pack"),
        ("rnn_forecasts", "forecasts"),
    ],
)
@pytest.mark.parametrize("harm", ["gone", "other bytes"])
def test_a_damaged_result_is_told_as_such_and_a_run_makes_it_again(
    finished, tmp_path, stage, file, harm
):
    def ask():
        if stage == "leaderboard":
            return leaderboard_rows(finished.project, finished.data_set)
        return exported(finished, tmp_path / "all.csv").to_dict("list")

    whole = repr(ask())
    path = next((finished.root / "storage" / "toy" / stage).rglob(f"{file}-*"))
    path.unlink() if harm == "gone" else path.write_bytes(b"other")
    said = rf"toy/{stage}.* is (absent|damaged).*; `hindcast run toy` makes it again"
    with pytest.raises(InputError, match=said) as error:
        ask()
    assert not isinstance(error.value, NotMadeError)
    finished.run()
    assert repr(ask()) == whole


def test_a_number_too_large_for_one_is_shown_as_none(finished, capsys):
    store = finished.project.store
    manifest, content = store.load("leaderboard.parquet", "toy", "leaderboard")
    board = table_from_bytes(content).assign(mse=float("inf"), rmse=1.25e170, skill=-float("inf"))
    files = {"leaderboard.parquet": table_to_bytes(board, LEADERBOARD)}
    store.commit("toy", "leaderboard", files=files, entries=manifest.entries)
    rows = leaderboard_rows(finished.project, finished.data_set)
    assert {(row["mse"], row["rmse"], row["skill"]) for row in rows} == {(None, 1.25e170, None)}
    assert all("summary" not in row for row in rows), "its file is not there"
    print_boards(finished.project, {"toy": rows})
    shown = [line.split() for line in capsys.readouterr().out.splitlines() if " naive " in line]
    assert shown
    assert all((cells[4], cells[5], cells[8]) == ("1.2500e+170", "-", "-") for cells in shown)


def test_a_leaderboard_has_a_row_per_series_and_model_and_one_for_the_mean(finished):
    rows = leaderboard_rows(finished.project, finished.data_set)
    pairs = {(row["unique_id"], row["model"]) for row in rows}
    assert pairs == {(s, m) for s in (None, "a", "b") for m in finished.data_set.scored_models}
    assert len(rows) == len(pairs)


def test_every_row_carries_what_stands_beside_it_and_all_is_json(finished):
    rows = leaderboard_rows(finished.project, finished.data_set)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    whole = {row["model"]: row for row in rows if row["unique_id"] is None}
    assert whole["rnn"]["summary"]["training_seconds"] > 0
    assert whole["rnn"]["summary"]["seed_sd"] > 0
    assert whole["naive"]["summary"]["training_seconds"] is None
    assert list(whole["ar"]["refit"]) == list(whole["rnn"]["refit"]) == ["1", "3"]
    assert "refit" not in whole["naive"]
    table = finished.table("leaderboard", "seasons")
    for row in rows:
        own = table["unique_id"].isna() if row["unique_id"] is None else table["unique_id"] == "a"
        if row["unique_id"] == "b":
            continue
        own = table[own & (table["model"] == row["model"])]
        assert {k: v["mase"] for k, v in row["seasons"].items()} == dict(
            zip(own["season"], own["mase"], strict=True)
        )
        assert row["revision"] >= 0
        assert row["rank"] in range(1, len(whole) + 1)
        assert row["luck"] == ""


def test_ranks_are_printed_with_their_bounds(finished, capsys):
    rows = leaderboard_rows(finished.project, finished.data_set)
    print_boards(finished.project, {"toy": rows})
    said = capsys.readouterr().out
    lines = [line.rstrip() for line in said.splitlines() if " naive " in line]
    naive = next(r for r in rows if r["unique_id"] is None and r["model"] == "naive")
    last = len({r["model"] for r in rows})
    assert naive["rank_lower"] == naive["rank_upper"] == last
    assert lines[0].endswith(f" {last} ({last})"), "the mean over series comes first"
    assert any(re.search(r" \d \(\d-\d\)$", line.rstrip()) for line in said.splitlines())
    assert max(map(len, said.splitlines())) <= 146


def test_a_row_for_programs_has_every_number_of_the_board(finished):
    _, content = finished.project.store.load("leaderboard.parquet", "toy", "leaderboard")
    board = table_from_bytes(content).set_index(["unique_id", "step", "model"])
    numbers = set(LEADERBOARD.names) - {"unique_id", "step", "model"}
    for row in leaderboard_rows(finished.project, finished.data_set):
        assert row.keys() > numbers
        if row["unique_id"] is not None:
            for name in ("rmsse", "wape", "smape", "tweedie", "n_floored"):
                assert row[name] == board.loc[(row["unique_id"], np.nan, row["model"]), name]
