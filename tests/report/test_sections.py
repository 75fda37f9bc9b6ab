import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.report.render import sections_of
from pipeline.report.sections import (
    coverage,
    data,
    folds,
    forecasts,
    leaderboard,
    newest,
    seasons,
    seeds,
    stability,
    steps,
    terms,
    trust,
    weights,
)
from pipeline.report.words import error, number, percent
from tests.report.contents import content


@pytest.fixture(scope="module")
def today():
    return content()


@pytest.fixture(scope="module")
def served():
    return content(served=True)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u2011", "-").replace("\u2212", "-")


def test_a_section_without_data_is_left_out_and_all_are_there_with_it(today, served):
    names = [section.name for section in sections_of(today)]
    assert names == [
        "leaderboard",
        "newest",
        "forecasts",
        "steps",
        "trust",
        "folds",
        "data",
        "terms",
    ]
    every = [section.name for section in sections_of(served)]
    first, rest = every[:7], every[7:]
    assert first == [
        "leaderboard",
        "newest",
        "forecasts",
        "steps",
        "seasons",
        "coverage",
        "weights",
    ]
    assert rest == ["trust", "stability", "seeds", "folds", "data", "terms"]


def test_a_model_that_is_not_declared_is_drawn_too(today):
    other = {"ar": "imported"}
    frames = {name: getattr(today, name).replace({"model": other}) for name in
              ("board", "points", "newest")}  # fmt: skip
    found = replace(today, about=replace(today.about, baselines=["naive", "climatology"]), **frames)
    assert "imported" in found.looks
    (table,) = leaderboard.section(found).tables
    assert "imported" in {row[0] for row in table.rows}
    assert len(sections_of(found)) == len(sections_of(today))


def test_nothing_scored_leaves_what_needs_no_score(today):
    nothing = replace(
        today,
        board=today.board.iloc[:0],
        points=today.points.iloc[:0],
        shrinkage=today.shrinkage.iloc[:0],
    )
    names = [section.name for section in sections_of(nothing)]
    assert names == ["newest", "folds", "data", "terms"]


@pytest.mark.parametrize("which", ["today", "served"])
def test_every_figure_is_a_valid_chart_with_a_sentence_and_its_numbers(which, request):
    figures = [f for s in sections_of(request.getfixturevalue(which)) for f in s.figures]
    for figure in figures:
        figure.chart.to_dict()  # validates
        assert figure.sentence.endswith(".")
        assert any(letter.isdigit() for letter in figure.sentence)
        assert figure.table.rows
        assert {len(row) for row in figure.table.rows} == {len(figure.table.head)}
    assert len({figure.sentence for figure in figures}) == len(figures)


def test_the_leaderboard_has_every_model_the_best_first_with_its_luck(today):
    (table,) = leaderboard.section(today).tables
    rows = today.board[today.board["unique_id"].isna() & today.board["step"].isna()]
    assert [row[0].removesuffix(" (reference)") for row in table.rows] == rows["model"].tolist()
    best = rows.iloc[0]
    low, high = (percent(best[name], sign=True) for name in ("skill_lower", "skill_upper"))
    assert table.rows[0][:3] == (
        best["model"],
        percent(best["skill"], sign=True),
        f"{low} to {high}",
    )
    assert table.rows[0][4] == error(best["mase"])
    assert table.strong == {0}


def test_failed_forecasts_are_counted_where_there_are_some(today):
    assert "No forecast failed." in leaderboard.section(today).words[0]
    board = today.board.assign(n_failed=today.board["n_failed"].where(
        today.board["model"] != "rnn", 7))  # fmt: skip
    section = leaderboard.section(replace(today, board=board))
    assert "7 forecasts failed." in section.words[0]
    (table,) = section.tables
    assert {row[0]: row[-1] for row in table.rows}["rnn"] == "7"
    assert table.head[-1] == "failed"


def test_the_served_forecast_stands_out_wherever_it_stands(served):
    (table,) = leaderboard.section(served).tables
    (strong,) = table.strong
    assert table.rows[strong][0] == "served"
    assert "wins" in table.head


def test_one_series_has_numbers_in_its_unit_and_no_mean(today):
    (table,) = leaderboard.section(content(["alone"])).tables
    assert {"MAE", "RMSE", "bias"} <= set(table.head)
    assert len(leaderboard.section(content(["alone"])).figures) == 1
    (several,) = leaderboard.section(today).tables
    assert not {"MAE", "RMSE", "bias"} & set(several.head)


def test_the_newest_forecast_says_its_numbers_and_its_intervals(served):
    figure = newest.section(served).figures[0]
    own = served.newest[(served.newest["unique_id"] == "a") & (served.newest["model"] == "served")]
    said = plain(figure.sentence)
    assert f"served forecasts {number(own['y_hat'].iloc[0])} for 2003-07-01" in said
    last = own["y_hat"].iloc[-1]
    inner, outer = (f"between {number(last - d)} and {number(last + d)}" for d in (2, 4))
    assert f"; of actuals then 80 % should lie {inner}, 95 % {outer}." in said
    assert figure.table.head[-4:] == ("80 % from", "80 % to", "95 % from", "95 % to")
    assert [key.name for key in figure.key] == ["served", "climatology"]


def test_bounds_that_are_not_known_at_the_last_date_are_told(served):
    wide = served.intervals["level"] == 95
    last = served.intervals["ds"] == served.intervals["ds"].max()
    bounds = served.intervals.copy()
    bounds.loc[wide & last, ["lo", "hi"]] = np.nan
    said = plain(newest.section(replace(served, intervals=bounds)).figures[0].sentence)
    assert "80 % should lie between" in said
    assert said.endswith("; too few earlier errors are known for 95 % there.")


def test_intervals_that_are_not_known_yet_are_told(served):
    unknown = replace(served, intervals=served.intervals.assign(lo=np.nan, hi=np.nan))
    figure = newest.section(unknown).figures[0]
    assert "too few earlier errors are known for intervals" in figure.sentence


def test_without_intervals_the_page_says_so(today):
    assert "No intervals are stored" in newest.section(today).words[-1]


def test_forecast_and_actual_say_the_error_of_each_line(today):
    figure = forecasts.section(today).figures[0]
    own = today.points[(today.points["unique_id"] == "a") & (today.points["step"] == 1)]
    for model in ("climatology", "rnn"):
        mae = own.loc[own["model"] == model, "error"].abs().mean()
        assert f"{model} {error(mae)}" in figure.sentence


def test_the_error_by_step_names_the_best_at_both_ends(today):
    figure = steps.section(today).figures[0]
    means = today.board[today.board["unique_id"].isna() & today.board["step"].notna()]
    best = means.sort_values("mase").groupby("step").head(1).set_index("step")
    for step in (1, 3):
        row = best.loc[step]
        assert f"{row['model']}" in figure.sentence
        assert f"({error(row['mase'])})" in figure.sentence
    assert steps.section(content(horizon=1)) is None


def test_the_seasons_name_the_hardest_and_where_the_reference_is_better(served):
    said = seasons.section(served).figures[0].sentence
    own = served.seasons[served.seasons["unique_id"].isna() & (served.seasons["model"] == "served")]
    assert f"errs most in {own.loc[own['mase'].idxmax(), 'season']}" in said
    assert "larger than that of climatology in no season" in said
    worse = served.seasons.copy()
    at = worse["unique_id"].isna() & (worse["model"] == "served") & (worse["season"] == "May")
    worse.loc[at, "mase"] = 9.0
    other = seasons.section(replace(served, seasons=worse)).figures[0].sentence
    assert "larger than that of climatology in May" in other


def test_coverage_names_the_farthest(served):
    at_80, at_95 = coverage.section(served).figures
    assert "those of naive 61" in plain(at_80.sentence)
    assert "held 95" in plain(at_95.sentence)


def test_the_weights_of_the_newest_cutoff_are_said_and_why(served):
    section = weights.section(served)
    last = served.weights[served.weights["cutoff"] == served.weights["cutoff"].max()]
    top = last.groupby("model")["weight"].mean().sort_values(ascending=False)
    assert f"{percent(top.iloc[0])} {top.index[0]}" in section.figures[0].sentence
    assert "a: 0.50 climatology, 0.30 rnn." in section.words


def test_many_candidates_are_summed_up_as_others(served):
    many = pd.concat(
        [served.weights.assign(model=served.weights["model"] + str(k)) for k in range(3)]
    ).assign(weight=lambda f: f["weight"] / 3)
    figure = weights.section(replace(served, weights=many)).figures[0]
    names = [key.name for key in figure.key]
    assert names[-1] == "others"
    (rows,) = figure.chart.to_dict()["datasets"].values()
    shares = pd.DataFrame(json.loads(rows))
    assert np.allclose(shares.groupby("cutoff")["share"].sum(), 1)


def test_what_a_network_is_trusted_with_is_said_by_steps_ahead(today):
    said = trust.section(today).figures[0].sentence
    assert "rnn is trusted with 0.62 at step 1, 0.31 at steps 2-3" in said


def test_stability_and_seeds_say_their_ends(served):
    own = served.stability[served.stability["unique_id"].isna()].set_index("model")["revision"]
    said = stability.section(served).figures[0].sentence
    assert (
        f"{own.idxmin()} moves its forecast of the same date least, by {error(own.min())}" in said
    )
    assert (
        "rnn have a MASE of 0.440, give or take 0.021" in seeds.section(served).figures[0].sentence
    )


def test_the_map_of_folds_names_the_rows_of_the_first_and_the_last(today):
    said = plain(folds.section(today).figures[0].sentence)
    assert "4 of 40 cutoffs, 2000-01-01 to 2003-01-01" in said
    assert "trained on rows from 1990-02-01 to 2000-01-31" in said


def test_verdicts_are_counted_by_rule_and_each_has_its_line(today):
    assert data.section(today).tables == ()
    rows = [("f.csv", k, "y", "a", pd.Timestamp("2000-01-01"), "n/a", "declared as missing",
             "missing") for k in range(2, 90)]  # fmt: skip
    rows.append((None, None, "", "a", pd.NaT, "1 ", "surrounding spaces are removed", "changed"))
    found = pd.DataFrame(rows, columns=today.verdicts.columns).astype({"line": "Int64"})
    section = data.section(replace(today, verdicts=found))
    by_rule, each = section.tables
    assert by_rule.rows[0] == ("declared as missing", "missing", "88")
    assert section.words[0].startswith("88 cells or rows are missing, 1 were changed.")
    assert each.rows[0][:3] == ("f.csv", "2", "y")
    assert each.more == "The first 48 of 89; all are in verdicts.parquet."


def test_terms_are_of_the_numbers_on_the_page(today, served):
    few, all_of_them = ({t for t, _ in terms.section(c).terms} for c in (today, served))
    assert all_of_them - few == {"wins", "interval, coverage", "revision", "weight in the blend"}
    assert "MAE, RMSE" not in few
    assert "MAE, RMSE" in {t for t, _ in terms.section(content(["alone"])).terms}
