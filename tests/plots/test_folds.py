import json

import pandas as pd

from pipeline.plots.folds import PARTS, plot_folds
from tests.plots.charts import ODD, drawn, title_of

KEYS = [f"{year}-01-01" for year in range(2005, 2015)]


def stretches(names, *, ready_from: int = 3) -> pd.DataFrame:
    """Ten cutoffs, the first of them not ready."""
    rows = []
    for name in names:
        for place, key in enumerate(KEYS):
            start, now = pd.Timestamp("2000-01-01"), pd.Timestamp(key)
            if place < ready_from:
                rows.append((name, key, "", start, now, "too_short"))
                continue
            year = pd.Timedelta(days=365)
            borders = [start, now - year, now, now + year, now + 2 * year]
            rows += [
                (name, key, part, borders[k], borders[k + 1], "ready")
                for k, part in enumerate(
                    ["trained on", "seen, not trained on", "forecast, scored",
                     "forecast, not observed yet"]
                )
            ]  # fmt: skip
            rows.append((name, key, "input of the forecast", now - 2 * year, now, "ready"))
    return pd.DataFrame(rows, columns=["unique_id", "cutoff", "part", "start", "end", "state"])


def rows_of(chart) -> list[dict]:
    spec = chart.to_dict()
    return max((json.loads(text) for text in spec["datasets"].values()), key=len)


def test_every_stretch_is_drawn_from_where_it_starts_to_where_it_ends():
    some = stretches(["a", "b"])
    found = rows_of(plot_folds(some, title="t", subtitle="s"))
    wanted = {
        ("ab".index(r.unique_id), r.cutoff, r.start.value // 10**6, r.end.value // 10**6,
         PARTS.get(r.part, "#c9ced5"))
        for r in some.itertuples()
    }  # fmt: skip
    assert {(r["cell"], r["cutoff"], r["start"], r["end"], r["colour"]) for r in found} == wanted


def test_folds_that_are_not_ready_say_why():
    found = rows_of(plot_folds(stretches(["a"]), title="t", subtitle="s"))
    assert {(r["cutoff"], r["said"]) for r in found if r["said"]} == {
        (key, "too short") for key in KEYS[:3]
    }


def test_in_tight_rows_a_reason_is_said_once_by_series():
    found = rows_of(plot_folds(stretches("abcd"), title="t", subtitle="s"))
    assert [(r["cell"], r["cutoff"]) for r in found if r["said"]] == [
        (k, KEYS[0]) for k in range(4)
    ]


def test_six_series_with_odd_names_are_drawn():
    drawn(plot_folds(stretches(ODD[:6]), title="t", subtitle="s"))


def test_no_fold_ready_is_drawn():
    drawn(plot_folds(stretches(["a"], ready_from=99), title="t", subtitle="s"))


def test_without_a_cutoff_the_title_says_so():
    chart = plot_folds(stretches([]), title="t", subtitle="s")
    assert title_of(chart) == "No cutoff exists yet"
    drawn(chart)
