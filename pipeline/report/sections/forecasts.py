"""Forecasts beside what came true, cutoff after cutoff."""

import pandas as pd

from pipeline.plots.forecasts import strips_of_one
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Section, Table
from pipeline.report.shown import said
from pipeline.report.words import count, date, error, newest, number

_MODELS = 3
"""Strips of a series."""

_POINTS = 150
"""Dates of a strip, at most: the newest."""


def section(content: Content) -> Section | None:
    """Strips of the first models for each shown series, of one step ahead."""
    one = content.points[content.points["step"] == 1]
    figures = [_figure(n, one[one["unique_id"] == n], content) for n in content.shown]
    found = tuple(figure for figure in figures if figure is not None)
    if not found:
        return None
    words = "One step ahead: what was forecast for a date, on the line of what was observed."
    more = said(content.board, len(content.shown))
    return Section(
        "forecasts", "Forecast and actual", (words, *([more] if more else [])), (), found
    )


def _figure(name: str, points: pd.DataFrame, content: Content) -> Figure | None:
    if points.empty:
        return None
    there = set(points["model"])
    models = [m for m in content.leading_on(name) if m in there][:_MODELS]
    dates = sorted(points["ds"].unique())
    some = points[points["ds"].isin(dates[-_POINTS:])]
    own = pd.concat([some[some["model"] == m].sort_values("ds") for m in models])
    history = content.history[content.history["unique_id"] == name]
    shown = history[history["ds"].between(own["ds"].min(), own["ds"].max())]
    chart = strips_of_one(shown, own, content.looks)
    sizes = own.groupby("model")["error"].apply(lambda e: e.abs().mean())
    errors = ", ".join(f"{m} {error(sizes[m])}" for m in models)
    which = "" if len(dates) <= _POINTS else f", the newest {_POINTS} of {count(len(dates))} dates"
    sentence = (
        f"{name}, {date(own['ds'].min())} to {date(own['ds'].max())}{which}: mean absolute error "
        f"{errors}."
    )
    return Figure(sentence, chart, _table(own, models), title=name)


def _table(own: pd.DataFrame, models: list[str]) -> Table:
    wide = own.pivot_table(index=["ds", "y"], columns="model", values="y_hat", aggfunc="first")
    rows = [
        (date(r["ds"]), number(r["y"]), *(number(r[m]) for m in models))
        for r in wide.reset_index().to_dict("records")
    ]
    return newest(("date", "observed", *models), rows)
