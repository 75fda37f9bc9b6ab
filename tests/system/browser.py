"""A headless Chromium on the pages of a `dagster dev`; what a page complains of is kept.

Chromium is the system's own: nothing is downloaded.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.system.dagster_dev import wait_for

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SECONDS = 30
"""A busy machine takes this long at most to draw a page."""


@dataclass
class Browser:
    """A window with one page.

    Attributes:
        page: Playwright's page.
        address: of the `dagster dev`.
        complaints: errors of the console, of scripts and of requests since the window opened.
    """

    page: Any
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str, *texts: str) -> None:
        """Go to a page and wait until these texts are there."""
        self.page.goto(f"{self.address}{path}")
        self.sees(*texts)

    def sees(self, *texts: str, seconds: float = SECONDS) -> None:
        """Wait until every one of these texts can be seen."""
        for text in texts:
            found = self.page.get_by_text(text).locator("visible=true").first
            found.wait_for(timeout=1000 * seconds)

    def row(self, name: str) -> Any:
        """The row of a table of which a cell says this and nothing else, once it can be seen."""
        cell = self.page.get_by_text(name, exact=True)
        found = self.page.get_by_role("row").filter(has=cell).first
        found.wait_for(timeout=1000 * SECONDS)
        return found

    def click(self, name: str) -> None:
        """Click the button with this name."""
        self.page.get_by_role("button", name=name).first.click()

    def until(self, selector: str, *, seconds: float = 120) -> None:
        """Open the page again and again until it shows what the selector finds."""

        def there() -> bool:
            self.page.reload()
            self.page.wait_for_load_state("networkidle")
            return bool(self.page.locator(selector).count())

        wait_for(there, seconds)

    def set_theme(self, theme: str) -> None:
        """As under Settings: Light or Dark; holds from the next page on."""
        self.page.evaluate(f"localStorage.setItem('dagster-theme', JSON.stringify('{theme}'))")

    def shoot(self, path: Path) -> None:
        """A picture of the window, once nothing moves any more."""
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=path, animations="disabled")


@contextmanager
def browser(address: str) -> Iterator[Browser]:
    """A browser for as long as the block runs; the test is skipped where there is none."""
    api = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install -e '.[dev]'"
    )
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium: neither chromium nor google-chrome is on the PATH")
    with api.sync_playwright() as playwright:
        process = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        page = process.new_page(viewport={"width": 1400, "height": 900})
        found = Browser(page, address)
        _listen(page, found.complaints)
        yield found
        process.close()


def _listen(page: Any, complaints: list[str]) -> None:
    def console(message: Any) -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text}")

    def answered(answer: Any) -> None:
        if answer.status >= 400:
            complaints.append(f"{answer.status}: {answer.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on("response", answered)


def screenshots(folder: Path) -> Path:
    """Where pictures go: HINDCAST_SCREENSHOTS, or a folder of the test's own."""
    found = Path(os.environ.get("HINDCAST_SCREENSHOTS") or folder)
    found.mkdir(parents=True, exist_ok=True)
    return found
