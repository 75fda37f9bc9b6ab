"""The error by step ahead: how far into the future a model is of use."""

import altair as alt
import numpy as np

from pipeline.plots.scores import lines_by_step
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Section, keys_of
from pipeline.report.words import capped, error, listed

_MODELS = 8
"""Lines, at most."""

_HEIGHT = 280


def section(content: Content) -> Section | None:
    """A line per model; None where there is one step."""
    metric = "mae" if len(content.series) == 1 else "mase"
    rows = content.whole(content.board["step"].notna())
    rows = rows[np.isfinite(rows[metric].to_numpy(dtype=np.float64))]
    if rows["step"].nunique() < 2:
        return None
    there = set(rows["model"])
    models = [m for m in content.leading if m in there][:_MODELS]
    errors = rows.loc[rows["model"].isin(models), ["model", "step", metric]]
    errors = (
        errors.rename(columns={metric: "value"})
        .astype({"step": int})
        .sort_values(["model", "step"])
    )
    lines, _, cut = lines_by_step(errors, models, dict(content.looks))
    chart = alt.layer(*lines).properties(width="container", height=_HEIGHT)
    wide = errors.pivot(index="step", columns="model", values="value")[models]
    best = wide.idxmin(axis=1)
    first, last = wide.index[0], wide.index[-1]
    sentence = (
        f"{metric.upper()} by step ahead: at step {first} {best[first]} is the best "
        f"({error(wide.loc[first, best[first]])}), at step {last} {best[last]} "
        f"({error(wide.loc[last, best[last]])})"
    )
    reference = [m for m in content.of_reference if m in models]
    told = [f"{m} goes from {error(wide.loc[first, m])} to {error(wide.loc[last, m])}"
            for m in reference]  # fmt: skip
    sentence += f"; the reference {listed(told)}" if told else ""
    sentence += f"; {cut[0]}" if cut else ""
    rows_of = [(str(step), *(error(v) for v in line)) for step, line in wide.iterrows()]
    looks = {m: content.looks[m] for m in models}
    figure = Figure(f"{sentence}.", chart, capped(("step", *models), rows_of), key=keys_of(looks))
    words = "In the unit of the target." if metric == "mae" else "The mean over series."
    return Section("steps", "Error by step ahead", (words,), (), (figure,))
