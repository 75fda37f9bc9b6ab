"""docs/accuracy.md from the results: its tables whole, and every number that its text quotes.

A table stands between `<!-- table NAME -->` and `<!-- end -->`; a number in the text is followed by
a comment that names it, as in `bench/networks/quoted.py`.
"""

import json
import re
from typing import Any

from bench.accuracy.cases import ROOT
from bench.accuracy.tables import table
from bench.networks import quoted

RESULTS = ROOT / "bench" / "results" / "accuracy.json"
TUNED = ROOT / "bench" / "results" / "tune.json"
PAGE = ROOT / "docs" / "accuracy.md"

_TABLE = re.compile(r"(?P<mark><!-- table (?P<name>[^>]+) -->)\n.*?(?P<end><!-- end -->)", re.S)


def read_results() -> dict[str, Any]:
    """All that is measured: the parts of the accuracy page, and `tune` beside them."""
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    tuned = json.loads(TUNED.read_text()) if TUNED.is_file() else {}
    return results | {"tune": tuned}


def refreshed(page: str, results: dict[str, Any]) -> str:
    """The page with its tables and numbers as the results have them.

    Raises:
        KeyError: a table or a number has a name that the results do not have.
    """
    whole = _TABLE.sub(lambda m: f"{m['mark']}\n{table(m['name'], results)}{m['end']}", page)
    return "".join(quoted.refreshed(whole, results))


def write_page() -> None:
    """The page, where there is one, from what is kept."""
    if PAGE.is_file():
        PAGE.write_text(refreshed(PAGE.read_text(), read_results()))


def tables_of(page: str) -> list[str]:
    """The names of the page's tables."""
    return [m["name"] for m in _TABLE.finditer(page)]
