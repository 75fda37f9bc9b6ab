"""The page in a real browser, as a person opens it: from the disk, without a network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.report.render import render, sections_of
from tests.report.contents import ODD, content
from tests.system.browser import browser, screenshots

pytestmark = pytest.mark.slow

CONTENTS = {
    "today": lambda: content(),
    "served": lambda: content(served=True, horizon=12),
    "alone": lambda: content(["only"], served=True, horizon=1),
    "odd": lambda: content([ODD, "x" * 80, "Zürich 東京"], served=True),
}


@pytest.fixture(scope="module")
def window() -> Iterator[Any]:
    with browser("") as found:
        yield found


@pytest.mark.parametrize(
    ("name", "width", "theme"),
    [
        *((name, 390, "light") for name in CONTENTS),
        *((name, 1200, "dark") for name in CONTENTS),
        ("served", 390, "dark"),
        ("served", 1200, "light"),
    ],
)
def test_the_page_is_drawn_in_silence_on_a_phone_and_on_a_desk(
    window, name, width, theme, tmp_path
):
    found = CONTENTS[name]()
    path = tmp_path / f"{name}.html"
    path.write_bytes(render(found))
    page, asked, said = window.page, [], []
    del window.complaints[:]
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-drawn]", timeout=60_000)
    figures = [figure for section in sections_of(found) for figure in section.figures]
    page.screenshot(path=screenshots(tmp_path) / f"report-{name}-{width}-{theme}.png",
                    full_page=True)  # fmt: skip
    assert window.complaints == said == []
    assert asked == [path.as_uri()]
    assert page.locator("[role=img] svg").count() == len(figures)
    assert all(marks_of(page))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert too_wide(page, width) == []
    assert page.evaluate("document.title") == "toy: hindcast report"
    grounds = {"light": "rgb(253, 252, 250)", "dark": "rgb(21, 24, 27)"}
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == grounds[theme]


def marks_of(page: Any) -> list[int]:
    """Of every chart how many of its lines, areas, dots and bars can be seen."""
    return page.evaluate(
        """[...document.querySelectorAll("[role=img] svg")].map((svg) =>
          [...svg.querySelectorAll(".mark-line path, .mark-area path, .mark-symbol path, \
            .mark-rect path, .mark-rule line")].filter((mark) => {
              const box = mark.getBoundingClientRect();
              return box.width + box.height > 1;
            }).length)"""
    )


def too_wide(page: Any, width: int) -> list[str]:
    """Charts that reach beyond their place."""
    return page.evaluate(
        """(width) => [...document.querySelectorAll("[role=img]")].filter((place) => {
          const svg = place.querySelector("svg").getBoundingClientRect();
          return svg.right > width || svg.width > place.clientWidth + 1;
        }).map((place) => place.getAttribute("aria-label"))""",
        width,
    )


def test_a_page_that_is_turned_is_drawn_in_its_new_width(window, tmp_path):
    path = tmp_path / "turned.html"
    path.write_bytes(render(content()))
    page = window.page
    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-drawn]", timeout=60_000)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(
        """() => [...document.querySelectorAll("[role=img]")].every((place) =>
          place.querySelector("svg").getBoundingClientRect().width <= place.clientWidth + 1)"""
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_numbers_are_there_without_a_script(window, tmp_path):
    path: Path = tmp_path / "plain.html"
    path.write_bytes(render(content()))
    page = window.page.context.browser.new_page(java_script_enabled=False)
    page.goto(path.as_uri())
    page.locator("details summary").first.click()
    assert page.locator("details table").first.is_visible()
