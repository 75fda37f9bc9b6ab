"""What was refused or changed on the way in: every cell has its file and line."""

import pandas as pd

from pipeline.report.content import Content
from pipeline.report.parts import Section
from pipeline.report.words import NONE, capped, count, date


def section(content: Content) -> Section:
    """Counts by rule, and the first of the cells."""
    found = content.verdicts
    if found.empty:
        words = "Every cell was taken as it stands in the files, and no row is missing."
        return Section("data", "The data", (words,))
    missing, changed = ((found["verdict"] == v).sum() for v in ("missing", "changed"))
    words = f"{count(missing)} cells or rows are missing, {count(changed)} were changed."
    words += " Nothing was filled, clipped or dropped."
    sizes = found.groupby(["rule", "verdict"]).size().rename("n").reset_index()
    sizes = sizes.sort_values("n", ascending=False, kind="stable")
    rules = [(r["rule"], r["verdict"], count(r["n"])) for r in sizes.to_dict("records")]
    by_rule = capped(("rule", "verdict", "cells"), rules, left=2)
    cells = [
        (r["file"] or NONE, count(r["line"]), r["column"] or NONE, r["unique_id"] or NONE,
         _day(r["ds"]), r["value"] or NONE, r["rule"])
        for r in found.head(400).to_dict("records")
    ]  # fmt: skip
    head = ("file", "line", "column", "series", "date", "value", "rule")
    each = capped(head, cells, left=7)
    if len(found) > len(each.rows):
        more = f"The first {len(each.rows)} of {count(len(found))}; all are in verdicts.parquet."
        each = type(each)(each.head, each.rows, each.left, more=more)
    return Section("data", "The data", (words,), (by_rule, each))


def _day(ds: pd.Timestamp) -> str:
    return NONE if pd.isna(ds) else date(ds)
