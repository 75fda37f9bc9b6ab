"""Terms of the regressions over the cutoffs: do they settle, or do they wander?"""

import re
from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from pipeline.plots.axes import domain_of, time_axis, time_domain, value_axis
from pipeline.plots.panel import in_cells
from pipeline.plots.theme import (
    WIDTH,
    Chart,
    Look,
    blank,
    finished,
    inline,
    key_of,
)

_CELLS = 18
"""Terms of a block at most: the largest."""

_HEIGHT, _BETWEEN = 62, 8
"""Pixels of a cell, and between two."""

_LAG, _SEASON = re.compile(r"y\.L(\d+)"), re.compile(r"s\((\d+),\d+\)")


def middle_and_range(coefficients: pd.DataFrame) -> pd.DataFrame:
    """Median, lowest and highest over the series, by model, term and cutoff.

    Args:
        coefficients: columns of `tables.COEFFICIENTS`.
    """
    groups = coefficients.groupby(["model", "term", "cutoff"], sort=True)["coefficient"]
    return groups.agg(value="median", low="min", high="max").reset_index()


def plot_coefficients(
    coefficients: pd.DataFrame,
    looks: Mapping[str, Look],
    *,
    unit: str,
    about: str,
    seasons: Sequence[str] = (),
) -> Chart:
    """A cell per term, a line per model: median and range over the series against the cutoff.

    Args:
        coefficients: columns of `tables.COEFFICIENTS`; const and seasons all in one unit.
        looks: of all models.
        unit: of const and seasons, in words.
        about: of which series and cutoffs.
        seasons: the name of each position in the season, where it has one.
    """
    finite = coefficients[np.isfinite(coefficients["coefficient"].to_numpy(dtype=np.float64))]
    if finite.empty:
        return blank("No regression is fitted yet", about)
    rows = middle_and_range(finite)
    span = time_domain(rows["cutoff"].to_numpy())
    used = {m: looks[m] for m in looks if m in set(rows["model"])}
    blocks: list[Chart] = [key_of(used)]
    said = [about]
    for name, terms in _blocks(rows["term"].unique().tolist()).items():
        shown = _largest(rows, terms)
        if len(shown) < len(terms):
            said.append(f"the {len(shown)} largest of {len(terms)} {name.lower()}")
        words = f"{name}, no unit" if name == "Lags" else f"{name}, {unit}"
        if name == "Seasons" and seasons:
            words = f"Seasons against {seasons[0]}, {unit}"
        labels = [_said(term, seasons) for term in shown]
        named = dict(zip(shown, labels, strict=True))
        blocks.append(_block(rows, named, used, words=words, span=span))
    if finite["unique_id"].nunique() > 1:
        said.append("line: median over series; band: their range")
    return finished(
        alt.vconcat(*blocks, spacing=12),
        "Coefficients of the regressions, by cutoff",
        "; ".join(said),
    )


def _blocks(terms: list[str]) -> dict[str, list[str]]:
    """Terms of one kind have one scale: lags, seasons, constant."""
    lags = sorted((t for t in terms if _LAG.fullmatch(t)), key=_number)
    seasons = sorted((t for t in terms if _SEASON.fullmatch(t)), key=_number)
    rest = [t for t in terms if t not in {*lags, *seasons}]
    found = {"Lags": lags, "Seasons": seasons, "Constant": rest}
    return {name: some for name, some in found.items() if some}


def _number(term: str) -> int:
    return int(re.findall(r"\d+", term)[0])


def _largest(rows: pd.DataFrame, terms: list[str]) -> list[str]:
    """The terms with the largest medians, in their own order."""
    if len(terms) <= _CELLS:
        return terms
    size = rows[rows["term"].isin(terms)].assign(size=lambda f: f["value"].abs())
    kept = set(size.groupby("term")["size"].max().nlargest(_CELLS).index)
    return [term for term in terms if term in kept]


def _block(
    rows: pd.DataFrame,
    terms: Mapping[str, str],
    looks: Mapping[str, Look],
    *,
    words: str,
    span: tuple[int, int],
) -> Chart:
    """Cells of one kind on one scale, under the names that `terms` gives them."""
    cells = {term: place for place, term in enumerate(terms)}
    some = rows[rows["term"].isin(terms)]
    some = some.assign(
        cell=some["term"].map(cells), look=some["model"].map(_numbers(looks)), zero=0
    )
    domain = domain_of(some[["low", "high"]].to_numpy().ravel())
    data = inline(some[["cell", "look", "cutoff", "value", "low", "high", "zero"]])
    chart = alt.layer(*_layers(looks, domain=domain, span=span, few=_few(some)), data=data)
    across = _across(len(terms))
    width = (WIDTH - (across - 1) * _BETWEEN) // across
    title = alt.Title(words, anchor="start", frame="bounds", fontSize=13, offset=8)
    chart = chart.properties(width=width, height=_HEIGHT)
    named = in_cells(chart, list(terms.values()), columns=across, width=width, spacing=_BETWEEN)
    return named.properties(title=title)


def _across(cells: int) -> int:
    """Cells in a line: those that leave the fewest places empty, at best six."""
    if cells <= 4:
        return 4
    return min((6, 5, 4), key=lambda columns: -cells % columns)


def _numbers(looks: Mapping[str, Look]) -> dict[str, str]:
    """A model by its place: what names a colour in the spec is no user's text."""
    return {model: str(place) for place, model in enumerate(looks)}


def _few(rows: pd.DataFrame) -> bool:
    """Whether a line would have no length."""
    return rows["cutoff"].nunique() == 1


def _layers(
    looks: Mapping[str, Look], *, domain: tuple[float, float], span: tuple[int, int], few: bool
) -> list[Chart]:
    """The range as a band, the median as a line; zero where it lies within."""
    names = list(_numbers(looks).values())
    colours = alt.Scale(domain=names, range=[look.colour for look in looks.values()])
    dashes = alt.Scale(domain=names, range=[list(k.dash or (1, 0)) for k in looks.values()])
    colour = alt.Color(field="look", type="nominal", legend=None, scale=colours)
    dash = alt.StrokeDash(field="look", type="nominal", legend=None, scale=dashes)
    ends = (span[0], span[1]) if not few else (sum(span) // 2,)
    x = time_axis(span, field="cutoff", at=ends, flush=not few)
    y, low = value_axis(domain, ticks=3), value_axis(domain, field="low", ticks=3)
    band = alt.Chart().mark_area(opacity=0.22).encode(x=x, y=low, y2=alt.Y2(field="high"))
    line = alt.Chart().mark_line(strokeWidth=1.7, point=few).encode(x=x, y=y, strokeDash=dash)
    at_zero = value_axis(domain, field="zero", ticks=3)
    at_zero["aggregate"] = "min"  # one line a cell
    zero = alt.Chart().mark_rule(color="#aeb5bd").encode(y=at_zero)
    layers = [band.encode(color=colour), line.encode(color=colour)]
    return [zero, *layers] if domain[0] < 0 < domain[1] else layers


def _said(term: str, seasons: Sequence[str]) -> str:
    """A term in words."""
    lag, season = _LAG.fullmatch(term), _SEASON.fullmatch(term)
    if lag:
        return f"lag {lag[1]}"
    if season and seasons:
        return seasons[int(season[1]) - 1]
    return f"season {season[1]}" if season else term
