"""The forecast that is still open: the newest one of each shown series."""

import numpy as np
import pandas as pd

from pipeline.plots.fan import plot_fan
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Section, Table, keys_of
from pipeline.report.shown import said
from pipeline.report.words import capped, date, number

_SEASONS, _ROWS = 3, 40
"""Of what was observed before it: the longer of the two."""


def section(content: Content) -> Section | None:
    """A fan for each series that has a forecast."""
    if content.newest.empty:
        return None
    forecasts = content.newest
    figures = [
        _figure(name, forecasts[forecasts["unique_id"] == name], content)
        for name in content.shown
        if (forecasts["unique_id"] == name).any()
    ]
    if not figures:
        return None
    words = [said(content.board, len(content.shown))]
    if content.intervals is None:
        words.append("No intervals are stored: the lines say nothing of how sure they are.")
    kept = tuple(word for word in words if word)
    return Section("newest", "The newest forecast", kept, (), tuple(figures))


def _figure(name: str, forecasts: pd.DataFrame, content: Content) -> Figure:
    there = set(forecasts["model"])
    order = [m for m in content.leading_on(name) if m in there] or sorted(there)
    models = order[:2]
    own = pd.concat([forecasts[forecasts["model"] == m].sort_values("ds") for m in models])
    intervals = _intervals(name, models[0], content)
    history = content.history[content.history["unique_id"] == name]
    rows = max(_SEASONS * content.about.season, 2 * content.about.horizon, _ROWS)
    observed = history[history["ds"] <= own["cutoff"].iloc[0]].tail(rows)
    first = own[own["model"] == models[0]]
    chart = plot_fan(observed, own, intervals, content.looks)
    looks = {m: content.looks[m] for m in models}
    return Figure(
        _sentence(name, first, intervals),
        chart,
        _table(own, models, intervals),
        title=name,
        key=keys_of(looks),
    )


def _intervals(name: str, model: str, content: Content) -> pd.DataFrame:
    found = content.intervals
    if found is None:
        return pd.DataFrame({k: np.empty(0) for k in ("ds", "level", "lo", "hi")})
    own = found[(found["unique_id"] == name) & (found["model"] == model)]
    return own.sort_values(["level", "ds"])[["ds", "level", "lo", "hi"]]


def _sentence(name: str, first: pd.DataFrame, intervals: pd.DataFrame) -> str:
    begin, end = first.iloc[0], first.iloc[-1]
    told = (
        f"{name}, from {date(begin['cutoff'])}: {begin['model']} forecasts "
        f"{number(begin['y_hat'])} for {date(begin['ds'])}"
    )
    if len(first) > 1:
        told += f" and {number(end['y_hat'])} for {date(end['ds'])}"
    return f"{told}{_of_the_bounds(intervals, end['ds'])}."


def _of_the_bounds(intervals: pd.DataFrame, end: pd.Timestamp) -> str:
    """What the actual of the last date should lie between, and where too little is known of it."""
    if intervals.empty:
        return ""
    if intervals.dropna().empty:
        return "; too few earlier errors are known for intervals"
    last = intervals[intervals["ds"] == end]
    known, unknown = last.dropna(), last[last["lo"].isna()]
    bounds = [
        f"{row['level']:g}\u00a0% between {number(row['lo'])} and {number(row['hi'])}"
        for row in known.to_dict("records")
    ]
    words = ", ".join(bounds).replace("between", "should lie between", 1)
    told = f"; of actuals then {words}" if bounds else ""
    for level in unknown["level"]:
        told += f"; too few earlier errors are known for {level:g}\u00a0% there"
    return told


def _table(own: pd.DataFrame, models: list[str], intervals: pd.DataFrame) -> Table:
    wide = own.pivot(index="ds", columns="model", values="y_hat")
    levels = sorted(intervals["level"].unique())
    heads = [*models]
    for level in levels:
        bounds = intervals[intervals["level"] == level].set_index("ds")[["lo", "hi"]]
        names = [f"{level:g} % {side}" for side in ("from", "to")]
        wide = wide.join(bounds.set_axis(names, axis=1))
        heads += names
    rows = [
        (date(r["ds"]), *(number(r[head]) for head in heads))
        for r in wide.reset_index().to_dict("records")
    ]
    return capped(("date", *heads), rows)
