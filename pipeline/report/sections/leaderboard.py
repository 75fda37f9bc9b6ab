"""Which model is how good: skill with its interval, as a picture and as a table."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.plots.dots import Scale, plot_dots
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Section, Table
from pipeline.report.shown import judged
from pipeline.report.words import NONE, capped, count, error, listed, percent, probability
from pipeline.served.settings import SERVED

_IN_UNITS = ("mae", "rmse", "bias")
"""Columns that only one series has."""


def section(content: Content) -> Section | None:
    """The models, the best first; of several series also each of these."""
    rows = content.ranked
    if rows.empty:
        return None
    alone = len(content.series) == 1
    whose = content.series[0] if alone else f"the mean over {len(content.series)} series"
    against = listed(content.of_reference)
    words = f"Of {whose}, on {count(rows['n_scored'].max())} points that every model was scored on."
    words += f" Skill is against {against}: 0\u00a0% is as good, 100\u00a0% perfect."
    if len(content.of_reference) > 1:
        words += " Each series has its own reference."
    words += " " + _failures(rows)
    figures = [_figure(rows, content)] if rows["skill"].notna().any() else []
    if not alone:
        figures += [_by_series(content)]
    table = _table(rows, content, alone=alone)
    return Section("leaderboard", "Which model is how good", (words,), (table,), tuple(figures))


def _failures(rows: pd.DataFrame) -> str:
    """How many forecasts are not the model's own."""
    failed = int(rows["n_failed"].sum())
    return f"{count(failed)} forecasts failed." if failed else "No forecast failed."


def _figure(rows: pd.DataFrame, content: Content) -> Figure:
    known = rows[rows["skill"].notna()]
    drawn = pd.DataFrame(
        {
            "name": known["model"],
            "value": known["skill"],
            "low": known["skill_lower"],
            "high": known["skill_upper"],
            "colour": [content.looks[m].colour for m in known["model"]],
            "number": [percent(v, sign=True) for v in known["skill"]],
        }
    ).reset_index(drop=True)
    chart = plot_dots(drawn, Scale("~%", rule=0.0, limits=(-1.0, 1.0)))
    best, worst = known.iloc[0], known.iloc[-1]
    bounded = ", with its 95\u00a0% interval" if known["skill_lower"].notna().any() else ""
    sentence = (
        f"Skill by model{bounded}: {best['model']} has the largest, "
        f"{percent(best['skill'], sign=True)}{_interval(best)}; {worst['model']} the smallest, "
        f"{percent(worst['skill'], sign=True)}{_interval(worst)}."
    )
    cells = [
        (r["model"], percent(r["skill"], sign=True), percent(r["skill_lower"], sign=True),
         percent(r["skill_upper"], sign=True))
        for r in known.to_dict("records")
    ]  # fmt: skip
    return Figure(sentence, chart, capped(("model", "skill", "lower", "upper"), cells))


def _interval(row: pd.Series) -> str:
    if pd.isna(row["skill_lower"]):
        return ""
    return f" ({percent(row['skill_lower'])} to {percent(row['skill_upper'])})"


def _table(rows: pd.DataFrame, content: Content, *, alone: bool) -> Table:
    """A row per model; a column more for what a summary or intervals tell."""
    summary = content.summary
    more = summary.set_index("model") if summary is not None else pd.DataFrame()
    extra = [(name, title) for name, title, _ in _EXTRA if name in more.columns]
    head = ["model", "skill", "95 %", "luck", "MASE"]
    head += [name.upper() if name != "bias" else name for name in _IN_UNITS] if alone else []
    some_failed = bool(rows["n_failed"].any())
    head += [title for _, title in extra] + ["failed"] * some_failed
    written = {name: write for name, _, write in _EXTRA}
    cells = []
    for row in rows.to_dict("records"):
        model = row["model"]
        line = [
            f"{model} (reference)" if model in content.of_reference else model,
            percent(row["skill"], sign=True),
            _range(row),
            probability(row["p_value"]),
            error(row["mase"]),
            *([error(row[name]) for name in _IN_UNITS] if alone else []),
        ]
        known = model in more.index
        line += [written[n](more.loc[model, n]) if known else NONE for n, _ in extra]
        cells.append((*line, *[count(row["n_failed"])] * some_failed))
    strong = frozenset(k for k, row in enumerate(rows["model"]) if row == SERVED) or {0}
    return Table(tuple(head), tuple(cells), strong=frozenset(strong))


_EXTRA = (
    ("win_rate", "wins", lambda value: percent(float(value))),
    ("training_seconds", "training, s", error),
)
"""Columns of the summary, their heads, and how they are written."""


def _range(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["skill_lower"]):
        return NONE
    low, high = (percent(row[name], sign=True) for name in ("skill_lower", "skill_upper"))
    return f"{low} to {high}"


def _by_series(content: Content) -> Figure:
    """Skill of the judged model on every series, the worst first."""
    model = judged(content.board)
    whole = content.board[content.board["step"].isna() & content.board["unique_id"].notna()]
    own = whole[(whole["model"] == model) & whole["skill"].notna()].sort_values("skill")
    rows = pd.concat([own.head(12), own.tail(12)]).drop_duplicates("unique_id")
    drawn = pd.DataFrame(
        {
            "name": rows["unique_id"],
            "value": rows["skill"],
            "low": rows["skill_lower"],
            "high": rows["skill_upper"],
            "colour": content.looks[model].colour,
            "number": [percent(v, sign=True) for v in rows["skill"]],
        }
    ).reset_index(drop=True)
    ahead = int((own["skill"] > 0).sum())
    sentence = f"Skill of {model} by series: it is above 0 on {ahead} of {count(len(own))}"
    if len(own):
        low, high = own.iloc[0], own.iloc[-1]
        sentence += (
            f", the smallest on {low['unique_id']} ({percent(low['skill'], sign=True)}), the "
            f"largest on {high['unique_id']} ({percent(high['skill'], sign=True)})"
        )
    if len(rows) < len(own):
        sentence += f"; drawn are the {len(rows)} at the ends"
    cells = [
        (r["unique_id"], content.about.references[r["unique_id"]], percent(r["skill"], sign=True),
         _range(r), probability(r["p_value"]), error(r["mase"]))
        for r in own.to_dict("records")
    ]  # fmt: skip
    head = ("series", "reference", "skill", "95 %", "luck", "MASE")
    scale = Scale("~%", rule=0.0, limits=(-1.0, 1.0))
    return Figure(
        f"{sentence}.", plot_dots(drawn, scale), capped(head, cells, left=2), title="By series"
    )
