import numpy as np
import pandas as pd
import pytest

from pipeline.plots.observations import plot_observations
from tests.plots.charts import ODD, drawn, subtitle_of, title_of, walks


def headings(chart) -> list[str]:
    return [panel["title"]["text"] for panel in chart.to_dict(validate=False)["vconcat"]]


def test_a_panel_per_column_the_target_first():
    rows = walks(["rain"]).assign(t=1.0, h=2.0, s=3.0)
    chart = plot_observations(rows, {"y": "Rain", "h": "Humidity", "t": "Temp", "s": "Sun"})
    assert headings(chart) == ["Rain", "Humidity", "Temp", "Sun"]
    assert title_of(chart) == "rain, as in the file"
    drawn(chart)


def test_few_series_have_a_panel_each_and_many_share_one_by_colour():
    assert headings(plot_observations(walks("abc"), {"y": "v"})) == ["a: v", "b: v", "c: v"]
    shared = plot_observations(walks("abc").assign(e=1.0, f=1.0), {"y": "v", "e": "e", "f": "f"})
    assert headings(shared) == ["v", "e", "f"]


def test_of_sixty_series_the_first_eight_are_drawn_and_the_title_says_so():
    names = [f"s{k:02}" for k in range(60)]
    chart = plot_observations(walks(reversed(names)), {"y": "v"})
    assert title_of(chart).startswith("8 of 60 series")
    assert headings(chart) == [f"{name}: v" for name in names[:8]]
    drawn(chart)


def test_a_long_line_is_thinned_and_the_subtitle_says_so():
    chart = plot_observations(walks("a", rows=9_000, freq="D"), {"y": "v"})
    assert "thinned to 2\u00a0000 points" in subtitle_of(chart)
    assert "thinned" not in subtitle_of(plot_observations(walks("a"), {"y": "v"}))


def test_names_that_break_paths_and_expressions_are_drawn():
    drawn(plot_observations(walks(ODD[:7]), {"y": ODD[0]}))


def test_gaps_constants_empty_columns_and_any_magnitude_are_drawn():
    rows = walks(["one"]).assign(
        empty=np.nan, constant=5.0, big=lambda f: f["y"] * 1e12, tiny=lambda f: f["y"] * 1e-9
    )
    rows.loc[10:20, "y"] = np.nan
    drawn(plot_observations(rows, {c: c for c in ("y", "empty", "constant", "big", "tiny")}))


@pytest.mark.parametrize("freq", ["MS", "QS", "W", "D"])
def test_one_row_and_a_few_rows_of_any_freq_are_drawn(freq):
    drawn(plot_observations(walks(["a"], rows=1, freq=freq), {"y": "v"}))
    drawn(plot_observations(walks(["a"], rows=5, freq=freq), {"y": "v"}))


def test_without_a_row_the_title_says_so():
    empty = pd.DataFrame({"unique_id": [], "ds": pd.to_datetime([]), "y": []})
    chart = plot_observations(empty, {"y": "v"})
    assert title_of(chart) == "There is no row yet"
    drawn(chart)
