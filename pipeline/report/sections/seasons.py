"""The error by season: where in the year, or the week, a model is of use."""

import pandas as pd

from pipeline.plots.seasons import plot_error_by_season
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Section, keys_of
from pipeline.report.words import capped, error, listed

_MODELS = 5
"""Lines, at most."""


def section(content: Content) -> Section | None:
    """A line per model, of the mean over series of MASE."""
    found = content.seasons
    if found is None or content.means(found)["mase"].notna().sum() == 0:
        return None
    own = content.means(found).dropna(subset="mase")
    seasons = list(dict.fromkeys(own["season"]))
    there = set(own["model"])
    models = [m for m in content.leading if m in there][:_MODELS]
    errors = own[own["model"].isin(models)].rename(columns={"mase": "value"})
    looks = {m: content.looks[m] for m in reversed(models)}
    chart = plot_error_by_season(errors, looks, seasons=seasons)
    wide = errors.pivot(index="season", columns="model", values="value").loc[seasons, models]
    cells = wide.reset_index().to_dict("records")
    rows = [(str(r["season"]), *(error(r[m]) for m in models)) for r in cells]
    figure = Figure(
        _sentence(wide, content),
        chart,
        capped(("season", *models), rows),
        key=keys_of(dict(reversed(looks.items()))),
    )
    words = "MASE, over several series their mean. A season is that of the date that is forecast."
    return Section("seasons", "Error by season", (words,), (), (figure,))


def _sentence(wide: pd.DataFrame, content: Content) -> str:
    """The hardest season, and where the first model is behind its reference."""
    first = wide.columns[0]
    own = wide[first]
    told = (
        f"{first} errs most in {own.idxmax()} (MASE {error(own.max())}) and least in "
        f"{own.idxmin()} ({error(own.min())})"
    )
    reference = [m for m in content.of_reference if m in wide.columns and m != first]
    if len(reference) == 1:
        behind = wide.index[wide[first] > wide[reference[0]]].tolist()
        told += f"; its error is larger than that of {reference[0]} in "
        told += listed(behind) if behind else "no season"
    return f"{told}."
