import numpy as np
import pandas as pd
import pytest

from pipeline.calendar import steps_of
from pipeline.plots.gaps import plot_gaps
from tests.plots.charts import ODD, drawn, subtitle_of, title_of

EMPTY, ABSENT, SPACES = "empty cell", "no row for this step of the grid", "spaces are removed"

START = int(steps_of(np.array("2000-01-01", dtype="M8[D]"), "MS"))


def spans(names, rows=120) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": list(names), "first": START, "last": START + rows - 1})


def cells(*rows) -> pd.DataFrame:
    """Each: series, column, step from the start, rule, verdict."""
    frame = pd.DataFrame(rows, columns=["unique_id", "column", "step", "rule", "verdict"])
    return frame.astype({"step": "int64"}).assign(step=lambda f: f["step"] + START)


def many(names, columns, *, count: int) -> pd.DataFrame:
    random = np.random.default_rng(1)
    found = [
        (str(n), str(c), int(s), str(rule), "missing")
        for n, c, s, rule in zip(
            random.choice(names, count),
            random.choice(columns, count),
            random.integers(0, 120, count),
            random.choice([EMPTY, ABSENT], count),
            strict=True,
        )
    ]
    return cells(*dict.fromkeys(found)).drop_duplicates(["unique_id", "column", "step"])


def bars(chart) -> list[dict]:
    """The rows of the marks that say something, from the spec."""
    import json

    spec = chart.to_dict(validate=False)
    return json.loads(spec["datasets"][spec["layer"][1]["data"]["name"]])


def test_cells_that_follow_each_other_are_one_bar_from_the_first_to_behind_the_last():
    chart = plot_gaps(
        cells(
            ("a", "y", 3, EMPTY, "missing"),
            ("a", "y", 4, EMPTY, "missing"),
            ("a", "y", 5, ABSENT, "missing"),
            ("a", "t", 4, EMPTY, "missing"),
            ("a", "y", 9, EMPTY, "missing"),
        ),
        spans("a"),
        columns=["y", "t"],
        freq="MS",
    )
    day = {k: pd.Timestamp(f"2000-{k:02}-01").value // 10**6 for k in range(1, 13)}
    found = {(b["row"], b["rule"], b["start"], b["end"]) for b in bars(chart)}
    assert found == {
        (0, EMPTY, day[4], day[6]),
        (0, ABSENT, day[6], day[7]),
        (1, EMPTY, day[5], day[6]),
        (0, EMPTY, day[10], day[11]),
    }


@pytest.mark.parametrize("series", [1, 500])
def test_where_nothing_is_to_be_said_the_title_says_that(series):
    names = [f"s{k:03}" for k in range(series)]
    chart = plot_gaps(cells(), spans(names), columns=["y"], freq="MS")
    assert title_of(chart) == "No gap, no verdict"
    assert "each observed and taken as it stands" in subtitle_of(chart)
    drawn(chart)


def test_the_title_counts_missing_and_changed_cells():
    chart = plot_gaps(
        cells(("a", "y", 3, EMPTY, "missing"), ("b", "y", 3, SPACES, "changed")),
        spans("abc"),
        columns=["y"],
        freq="MS",
    )
    assert title_of(chart) == "1 cell is missing, 1 changed on the way in"
    assert subtitle_of(chart).startswith("of 360 cells (0.28 %); in 2 of 3 series")


def test_a_change_alone_is_no_gap():
    chart = plot_gaps(cells(("a", "y", 3, SPACES, "changed")), spans("a"), columns=["y"], freq="MS")
    assert title_of(chart) == "No gap, 1 changed on the way in"


def test_five_hundred_series_are_counted_over_time_and_no_cell_is_lost():
    import json

    names = [f"s{k:03}" for k in range(500)]
    some = many(names, ["y", "t"], count=3_000)
    chart = plot_gaps(some, spans(names), columns=["y", "t"], freq="MS")
    spec = chart.to_dict()
    panels = [panel for panel in spec["vconcat"] if ": " in panel["title"]["text"]]
    assert len(panels) == 2
    for panel, column in zip(panels, ["y", "t"], strict=True):
        rows = json.loads(spec["datasets"][panel["data"]["name"]])
        counted = sum(row["value"] - row["base"] for row in rows)
        assert counted == (some["column"] == column).sum()
    drawn(chart)


def test_odd_names_and_columns_are_drawn():
    names = ODD[:6]
    drawn(plot_gaps(many(names, ["it's [a].b", "y"], count=40), spans(names),
                    columns=["it's [a].b", "y"], freq="MS"))  # fmt: skip


def test_one_row_of_one_series_is_drawn():
    drawn(plot_gaps(cells(), spans("a", rows=1), columns=["y"], freq="D"))
