"""Whether intervals hold what they say: the share of actuals that lay inside."""

import pandas as pd

from pipeline.plots.dots import Scale, plot_dots
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Section
from pipeline.report.words import capped, percent

_LEVELS = (80, 95)


def section(content: Content) -> Section | None:
    """A figure per level at which something was measured."""
    rows = content.ranked
    figures = []
    for level in _LEVELS:
        column = f"coverage_{level}"
        if column in rows and rows[column].notna().any():
            figures.append(_figure(rows[rows[column].notna()], level, content))
    if not figures:
        return None
    words = "Of actuals that should lie in an interval, how many did; near the line is right."
    return Section("coverage", "Coverage of the intervals", (words,), (), tuple(figures))


def _figure(rows: pd.DataFrame, level: int, content: Content) -> Figure:
    shares = rows[f"coverage_{level}"].tolist()
    models = rows["model"].tolist()
    drawn = content.dots(models, shares, [percent(v) for v in shares])
    far = sorted(zip(models, shares, strict=True), key=lambda each: abs(each[1] - level / 100))
    (near, best), (worst, held) = far[0], far[-1]
    sentence = f"Of intervals at {level}\u00a0% those of {near} held {percent(best)}, nearest to it"
    sentence += (
        f"; those of {worst} {percent(held)}, farthest." if held != best else ", as all did."
    )
    cells = [(m, percent(v)) for m, v in zip(models, shares, strict=True)]
    chart = plot_dots(drawn, Scale("~%", rule=level / 100))
    return Figure(sentence, chart, capped(("model", "inside"), cells), title=f"{level}\u00a0%")
