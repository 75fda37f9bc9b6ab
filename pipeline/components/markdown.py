"""A table as Markdown: short enough for an event, and every name in it shown as it is."""

import re
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    import pandas as pd

ROWS = 60
"""Of a table or a list in the UI."""

COLUMNS = 16
"""Of a table: a series or a model may have one each."""

_CHARACTERS = 60
"""Of a name; an event is kept for ever."""

_MARKS = re.compile(r"[\\`*_\[\]<>|~&!#:@.]")
"""What may begin emphasis, a link, a cell, HTML or an entity inside a line."""


def markdown_table(frame: "pd.DataFrame") -> dg.MetadataValue:
    """A table with four significant digits; what is past `ROWS` and `COLUMNS` is counted."""
    shown = frame.iloc[:ROWS, :COLUMNS]
    lines = [" | ".join(map(_text, shown.columns)), " | ".join("---" for _ in shown.columns)]
    lines += [" | ".join(_cell(v) for v in row) for row in shown.itertuples(index=False)]
    more = {"rows": len(frame) - ROWS, "columns": len(frame.columns) - COLUMNS}
    left = [f"{number} {what} more" for what, number in more.items() if number > 0]
    rest = f"\n\nand {', '.join(left)}" if left else ""
    return dg.MetadataValue.md("\n".join(f"| {line} |" for line in lines) + rest)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}"
    return _text(value)


def _text(value: object) -> str:
    """A name in one line, as it is spelled: what Markdown would read as its own is escaped."""
    line = " ".join(str(value).split())
    if len(line) > _CHARACTERS:
        line = f"{line[: _CHARACTERS - 1]}\u2026"
    return _MARKS.sub(r"\\\g<0>", line)
