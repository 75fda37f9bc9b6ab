"""Tables of an event: any name is shown as it is, and any number of series fits."""

import html
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.components import metadata
from pipeline.components.markdown import COLUMNS, ROWS, markdown_table
from tests.strategies import SmallProject, values_of

RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ODD = [
    "a|b",
    "two\nlines",
    "*bold* and __bold__ and ~~gone~~",
    "[link](http://x.org)",
    "![picture](http://x.org/a.png)",
    "<http://x.org>",
    "<b>html</b>",
    "`code`",
    "&amp;",
    "back\\slash\\",
    "a\\|b",
    "  spaces  \t between ",
]


def cells(shown: str) -> list[list[str]]:
    """The texts of a rendered table, the header first; no tag may stand inside one."""
    page = RENDERER.render(shown)
    rows = re.findall(r"<tr>(.*?)</tr>", page, flags=re.DOTALL)
    found = [re.findall(r"<t[hd]>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in rows]
    assert not any("<" in cell for row in found for cell in row), page
    return [[html.unescape(cell) for cell in row] for row in found]


@pytest.mark.parametrize("name", ODD)
def test_a_name_is_shown_as_it_is_spelled_in_one_line(name):
    shown = markdown_table(pd.DataFrame({"unique_id": [name], name: [1.0]})).value
    line = " ".join(name.split())
    assert cells(shown) == [["unique_id", line], [line, "1"]]


@given(st.text("ab*_`[]()<>!|\\~&#: \n", min_size=1, max_size=20))
def test_no_name_is_anything_but_text(name):
    shown = markdown_table(pd.DataFrame({"unique_id": [f"x{name}x"]})).value
    assert cells(shown) == [["unique_id"], [" ".join(f"x{name}x".split())]]


def test_addresses_of_pages_and_people_become_no_links():
    # The renderer of the UI links bare ones too; this one does not know how to.
    shown = markdown_table(pd.DataFrame({"unique_id": ["http://x.org www.x.org a@x.org"]})).value
    assert not re.search(r"http:|www\.|a@", shown)


def test_what_does_not_fit_is_counted():
    wide = pd.DataFrame({f"series {k}": [0.5] * 100 for k in range(400)})
    shown = markdown_table(wide).value
    found = cells(shown)
    assert (len(found), len(found[0])) == (1 + ROWS, COLUMNS)
    assert f"and {100 - ROWS} rows more, {400 - COLUMNS} columns more" in shown
    assert len(shown) < 10_000


def test_a_small_table_is_shown_whole():
    shown = markdown_table(pd.DataFrame({"a": [1.23456], "b": [float("nan")]})).value
    assert cells(shown) == [["a", "b"], ["1.235", ""]]
    assert "more" not in shown


def test_coefficients_of_many_series_fit_into_an_event(tmp_path):
    small = SmallProject.write(tmp_path / "project")
    for number in range(40):
        small.write_series(f"series number {number}", values_of(number))
    stages = ["raw_observations", "clean_observations", "windows", "baseline_forecasts"]
    small.run(["2003-12-01"], stages)
    shown = metadata._coefficients(small.project, "toy", "2003-12-01").value
    assert "columns more" in shown
    assert len(shown) < 3_000
