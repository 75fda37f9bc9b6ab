import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.plots.page import in_the_dark, page_spec, variable_of
from pipeline.report.content import Content
from pipeline.report.render import render, sections_of
from tests.report.contents import ODD, Page, content


@pytest.fixture(scope="module")
def served() -> Content:
    return content(served=True)


@pytest.fixture(scope="module")
def page(served) -> bytes:
    return render(served)


def test_the_page_begins_with_the_verdict_and_has_every_section(served, page):
    seen = Page(page)
    assert seen.open == []
    assert "The blend is served: its error is" in seen.text
    assert "gains 1.2 %, which may be luck, p = 0.41." in seen.text
    names = [section.name for section in sections_of(served)]
    assert [a.get("id") for a in seen.of("section")] == names
    assert [a["href"] for a in seen.of("a")] == [f"#{name}" for name in names]


def test_equal_content_gives_equal_bytes(page):
    assert render(content(served=True)) == page


def test_nothing_is_fetched(page):
    seen = Page(page)
    assert [a for a in seen.of("script") if "src" in a] == []
    assert [a["href"] for a in seen.of("link")] == ["data:,"]
    (policy,) = (a["content"] for a in seen.of("meta") if "http-equiv" in a)
    assert "default-src 'none'" in policy
    assert seen.of("img") + seen.of("iframe") == []
    assert "url(" not in "".join(s for s in seen.scripts if "font" in s and len(s) < 20000)


def test_every_chart_is_an_image_with_a_sentence_and_its_table(served, page):
    seen = Page(page)
    images = [a for a in seen.of("div") if a.get("role") == "img"]
    figures = [figure for section in sections_of(served) for figure in section.figures]
    assert [a["aria-label"] for a in images] == [figure.sentence for figure in figures]
    drawn = [a["data-chart"] for a in seen.of("div") if "data-chart" in a]
    assert drawn == [str(k) for k in range(len(figures))]
    assert len(seen.of("details")) == len(figures)
    assert len(charts_of(page)["specs"]) == len(figures)


def charts_of(page: bytes) -> dict:
    (text,) = (s for s in Page(page).scripts if s.startswith('{"config"'))
    return json.loads(text)


def test_the_library_stands_there_once_and_the_page_is_small(page):
    assert page.count(b"window.vegaEmbed = ") + page.count(b"window.vegaEmbed=") == 1
    assert len(page) < 1_500_000


def test_charts_have_the_colours_of_the_page(page):
    text = json.dumps(charts_of(page)["specs"])
    assert not re.search(r'"#[0-9a-f]{6}"', text)
    used = set(re.findall(r"var\(--c([0-9a-f]{6})\)", text))
    for colour in used:
        assert page.count(f"--c{colour}: ".encode()) == 2  # in the light and in the dark
        assert f"--c{colour}: {in_the_dark('#' + colour)};".encode() in page


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""

    def light(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_lines_are_seen_on_both_grounds(served):
    for look in served.looks.values():
        assert contrast(look.colour, "#fdfcfa") >= 2
        assert contrast(in_the_dark(look.colour), "#15181b") >= 3


@pytest.mark.parametrize("odd", [ODD, "<!--", "a' onclick='x", "{{ 7 * 7 }}", "\u2028", "#aabbcc"])
def test_a_series_can_be_called_anything(odd):
    found = render(content([odd, "b"], served=True))
    seen = Page(found)
    assert odd.replace("\u2028", " ").strip() in seen.text
    assert "alert(1)" not in "".join(s for s in seen.scripts if not s.startswith('{"config"'))
    assert len(seen.of("script")) == 3
    assert all("onclick" not in attributes for _, attributes in seen.tags)
    assert odd in texts_of(charts_of(found))


def texts_of(value) -> list[str]:
    """Every name that charts write: in labels' expressions, and in rows."""
    if isinstance(value, dict):
        return [text for v in value.values() for text in texts_of(v)]
    if isinstance(value, list):
        return [text for v in value for text in texts_of(v)]
    if isinstance(value, str) and value.endswith("[datum.value]"):
        return json.loads(value.removesuffix("[datum.value]"))
    return [value] if isinstance(value, str) else []


def test_cells_of_the_files_are_escaped(served):
    verdicts = pd.DataFrame(
        [("<b>.csv", 2, "<i>", "a", pd.NaT, ODD, "declared as missing", "missing")],
        columns=served.verdicts.columns,
    )
    seen = Page(render(replace(served, verdicts=verdicts)))
    assert ODD in seen.text
    assert seen.of("b") + seen.of("i") == []
    assert len(seen.of("script")) == 3


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2000])
def test_a_page_of_any_number_of_series_stays_under_three_megabytes(count):
    names = [f"series {k:04}" for k in range(count)]
    found = many(names) if count > 10 else content(names, served=True)
    page = render(found)
    assert len(page) < 3_000_000
    figures = next(s for s in sections_of(found) if s.name == "newest").figures
    assert len(figures) == min(count, 6)
    if count > 10:
        assert "Of 2 000 series the 3 on which" in Page(page).text


def many(names: list[str]) -> Content:
    """Thousands of series: the board of one, repeated under their names."""
    few = content(names[:6], served=True)
    own = few.board[few.board["unique_id"] == names[0]]
    shift = np.linspace(-0.3, 0.3, len(names))
    rows = [
        own.assign(unique_id=n, skill=own["skill"] + d) for n, d in zip(names, shift, strict=True)
    ]
    board = pd.concat([few.board[few.board["unique_id"].isna()], *rows], ignore_index=True)
    about = replace(few.about, references=dict.fromkeys(names, "climatology"))
    return replace(few, board=board, about=about)


def test_colours_of_charts_are_variables_and_texts_are_left_alone(served):
    figure = next(s for s in sections_of(served) if s.name == "leaderboard").figures[0]
    spec = page_spec(figure.chart)
    assert not {"config", "$schema", "title", "background"} & set(spec)
    (rows,) = (r for r in spec["datasets"].values() if "colour" in r[0])
    assert {row["colour"] for row in rows} == {
        variable_of(served.looks[m].colour) for m in served.ranked["model"]
    }
