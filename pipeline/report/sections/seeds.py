"""How much of a network's error is the luck of its random numbers."""

import pandas as pd

from pipeline.plots.dots import Scale, plot_dots
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Section
from pipeline.report.words import capped, error


def section(content: Content) -> Section | None:
    """Of each network the mean MASE of its seeds, and a standard deviation to each side."""
    found = content.summary
    if found is None or "seed_sd" not in found or found["seed_sd"].notna().sum() == 0:
        return None
    own = found[found["seed_sd"].notna()]
    whole = content.ranked.set_index("model")["mase"]
    rows = [(r["model"], r["seed_mean"], r["seed_sd"]) for r in own.to_dict("records")]
    drawn = [(name, mean, mean - sd, mean + sd, name) for name, mean, sd in rows]
    for name, _, _ in rows:
        if name in whole.index:
            drawn.append((f"{name}, mean of its seeds", whole[name], None, None, name))
    reference = [m for m in content.of_reference if m in whole.index]
    drawn += [(f"{m} (reference)", whole[m], None, None, m) for m in reference]
    frame = pd.DataFrame(drawn, columns=pd.Index(["name", "value", "low", "high", "model"]))
    frame = frame.astype({"value": float, "low": float, "high": float})
    frame = frame.assign(
        colour=[content.looks[m].colour for m in frame["model"]],
        number=[error(v) for v in frame["value"]],
    )
    sentence = "; ".join(
        f"single seeds of {name} have a MASE of {error(mean)}, give or take {error(sd)}"
        for name, mean, sd in rows
    )
    cells = [(name, error(mean), error(sd)) for name, mean, sd in rows]
    figure = Figure(
        f"{sentence[:1].upper()}{sentence[1:]}.",
        plot_dots(frame, Scale()),
        capped(("network", "mean of MASE", "standard deviation"), cells),
    )
    words = "What is forecast is the mean of the seeds; that of one alone may be better by luck."
    return Section("seeds", "Spread between seeds", (words,), (), (figure,))
