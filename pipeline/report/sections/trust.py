"""What each network is trusted with: by what its corrections are multiplied."""

import pandas as pd

from pipeline.plots.dots import Scale, plot_dots
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Section
from pipeline.report.words import capped, count


def section(content: Content) -> Section | None:
    """A figure per network that is shrunk, a dot per group of steps ahead."""
    found = content.shrinkage
    if found is None or found.empty:
        return None
    rows = found[found["unique_id"].isna()]
    models = list(dict.fromkeys(rows["model"]))
    figures = tuple(_figure(rows[rows["model"] == m], m, content) for m in models)
    words = (
        "A network's correction is multiplied by a weight from 0 to 1, measured on windows held "
        "back from a first fit; 0 where there are too few rows to hold any back. At 0 its "
        "forecast is the one it corrects."
    )
    return Section("trust", "What each network is trusted with", (words,), (), figures)


def _figure(rows: pd.DataFrame, model: str, content: Content) -> Figure:
    steps = [f"step {s}" if s == "1" else f"steps {s}" for s in rows["steps"]]
    drawn = pd.DataFrame(
        {
            "name": steps,
            "value": rows["mean"].to_numpy(),
            "low": rows["min"].to_numpy(),
            "high": rows["max"].to_numpy(),
            "colour": content.looks[model].colour,
            "number": [f"{v:.2f}" for v in rows["mean"]],
        }
    )
    said = ", ".join(f"{v:.2f} at {s}" for s, v in zip(steps, rows["mean"], strict=True))
    networks = count(rows["n_networks"].max())
    sentence = f"{model} is trusted with {said}: the mean over {networks} networks, of which the "
    sentence += f"least has {rows['min'].min():.2f} and the most {rows['max'].max():.2f}."
    cells = [
        (s, *(f"{r[k]:.2f}" for k in ("mean", "min", "max")), count(r["n_networks"]))
        for s, r in zip(steps, rows.to_dict("records"), strict=True)
    ]
    head = ("steps ahead", "mean", "smallest", "largest", "networks")
    chart = plot_dots(drawn, Scale(rule=0.0, limits=(0.0, 1.0)))
    return Figure(sentence, chart, capped(head, cells), title=model)
