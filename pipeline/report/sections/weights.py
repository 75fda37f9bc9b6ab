"""What the blend is made of, cutoff after cutoff."""

import pandas as pd

from pipeline.plots.shares import plot_shares
from pipeline.plots.theme import Look
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Key, Section
from pipeline.report.words import count, date, listed, newest, percent

_OTHER = Look("#b4bac2", (), 1.0)

_MODELS = 7
"""Areas, at most; the rest is one."""


def section(content: Content) -> Section | None:
    """Shares over time, the mean over series and steps; and why, of the shown series."""
    found = content.weights
    if found is None or found.empty:
        return None
    shares = (
        content.means(found).groupby(["cutoff", "model"])["weight"].mean().unstack().fillna(0.0)
    )
    shares = shares.div(shares.sum(axis=1), axis=0)
    order = shares.mean().sort_values(ascending=False, kind="stable").index.tolist()
    kept, rest = order[:_MODELS], order[_MODELS:]
    shares = shares[kept].assign(**({"others": shares[rest].sum(axis=1)} if rest else {}))
    looks = {m: content.looks.get(m, _OTHER) for m in shares.columns}
    long = shares.reset_index().melt("cutoff", var_name="model", value_name="share")
    rows = [(date(c), *(percent(v) for v in line)) for c, line in shares.iterrows()]
    figure = Figure(
        _sentence(shares),
        plot_shares(long, looks),
        newest(("cutoff", *shares.columns), rows),
        key=tuple(Key(m, look.colour) for m, look in looks.items()),
    )
    words = "The mean over series and steps ahead; every weight is of errors known at its cutoff."
    reasons = _reasons(content)
    return Section("weights", "What the blend is made of", (words, *reasons), (), (figure,))


def _sentence(shares: pd.DataFrame) -> str:
    first, last = shares.iloc[0], shares.iloc[-1]
    top = last.sort_values(ascending=False, kind="stable").head(3)
    told = listed([f"{percent(v)} {m}" for m, v in top.items() if v > 0])
    grown = (last - first).sort_values(kind="stable")
    sentence = f"Of {count(len(shares))} cutoffs the newest, {date(last.name)}, is {told}"
    if len(shares) > 1 and grown.iloc[-1] > 0.005:
        m = grown.index[-1]
        sentence += f"; most of all grew {m}, from {percent(first[m])} to {percent(last[m])}"
    return f"{sentence}."


def _reasons(content: Content) -> list[str]:
    """Of each shown series what it is served, in the words of the blend."""
    found = content.reasons
    if found is None:
        return []
    return [f"{r['unique_id']}: {r['words']}." for r in found.to_dict("records") if r["words"]]
