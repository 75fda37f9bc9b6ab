"""How much a forecast of the same date moves from one cutoff to the next."""

from pipeline.plots.dots import Scale, plot_dots
from pipeline.report.content import Content
from pipeline.report.parts import Figure, Section
from pipeline.report.words import capped, count, error


def section(content: Content) -> Section | None:
    """The mean over series of each model's revisions; None where no date was forecast twice."""
    found = content.stability
    if found is None or content.means(found)["revision"].notna().sum() == 0:
        return None
    own = content.means(found).dropna(subset="revision").sort_values(["revision", "model"])
    models, sizes = own["model"].tolist(), own["revision"].tolist()
    drawn = content.dots(models, sizes, [error(v) for v in sizes])
    sentence = (
        f"From one cutoff to the next {models[0]} moves its forecast of the same date least, by "
        f"{error(sizes[0])} of the scale of MASE, and {models[-1]} most, by {error(sizes[-1])}."
    )
    rows = list(zip(models, map(error, sizes), map(count, own["n"]), strict=True))
    chart = plot_dots(drawn, Scale(rule=0.0))
    figure = Figure(sentence, chart, capped(("model", "revision", "pairs"), rows))
    words = "A forecast that jumps at every cutoff is hard to act on, however good it is."
    return Section("stability", "How much forecasts move", (words,), (), (figure,))
