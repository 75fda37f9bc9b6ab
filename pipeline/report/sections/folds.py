"""What each cutoff may know: the rows a model was trained on, reads, and is scored on."""

import pandas as pd

from pipeline.plots.folds import GREY, NOT_READY, PARTS, map_of_folds
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Key, Section
from pipeline.report.words import capped, count, date
from pipeline.report.words import key as key_of


def section(content: Content) -> Section | None:
    """The map of the first shown series: that of the others differs in its ends at most."""
    if content.stretches.empty:
        return None
    name = content.stretches["unique_id"].iloc[0]
    own = content.stretches[content.stretches["unique_id"] == name]
    used = own["part"].unique().tolist()
    key = [Key(part, colour) for part, colour in PARTS.items() if part in used]
    key += [Key(NOT_READY, GREY)] if "" in used else []
    rows = [
        (
            key_of(r["cutoff"]),
            r["part"] or r["state"].replace("_", " "),
            date(r["start"]),
            _last(r["end"]),
        )
        for r in own.to_dict("records")
    ]
    table = capped(("cutoff", "rows", "from", "to"), rows, left=2)
    figure = Figure(_sentence(own, content), map_of_folds(own), table, key=tuple(key))
    words = (
        f"For {content.folds_of}. Every forecast is made from rows up to its cutoff, and scored on "
        "rows after it; the check no_leak holds that against a changed future."
    )
    return Section("folds", "What each forecast may know", (words,), (), (figure,))


def _sentence(own: pd.DataFrame, content: Content) -> str:
    keys = own["cutoff"].unique()
    told = f"{count(len(keys))} of {count(content.about.n_cutoffs)} cutoffs, {key_of(keys[0])} to "
    told += key_of(keys[-1])
    trained = own[own["part"] == "trained on"]
    if len(trained):
        first, last = trained.iloc[0], trained.iloc[-1]
        told += (
            f": the first is trained on rows from {date(first['start'])} to {_last(first['end'])}, "
            f"the last on those up to {_last(last['end'])}"
        )
    horizon = content.about.horizon
    return f"{told}; each forecasts {count(horizon)} {'step' if horizon == 1 else 'steps'}."


def _last(end: pd.Timestamp) -> str:
    """The end of a stretch is the first date that is not in it: named is the day before."""
    return date(end - pd.Timedelta(days=1))
