"""What each number of the page means."""

from pipeline.report.content import Content
from pipeline.report.parts import Section
from pipeline.served.settings import WITHOUT_NETWORKS

_TERMS = (
    ("cutoff", "The last date that a forecast may know. It is as it would have been made then."),
    ("MAE, RMSE", "Mean absolute error; root of the mean squared error. In the target's unit."),
    ("bias", "Mean of forecast minus actual: above 0 the forecasts are too high."),
    (
        "MASE",
        "Absolute error divided by the mean absolute difference of one season in the rows up to "
        "the cutoff. It has no unit, so series can be averaged. Below 1 is better than repeating "
        "last season did there.",
    ),
    (
        "skill",
        "1 \u2212 MASE / MASE of the reference. 0 is as good as the reference, 100 % is "
        "perfect, below 0 is worse. Over several series both are means over these.",
    ),
    (
        "95 %",
        "Where the skill lies in the long run, with so much confidence. Errors of neighbouring "
        "cutoffs go together, which makes it wider.",
    ),
    (
        "luck, p",
        "The probability of so large a difference, or a larger one, if both were equally good "
        "(Diebold and Mariano, with a variance of Lazarus, Lewis, Stock and Watson). Below 0.05 "
        "luck hardly explains it. A dash: too few cutoffs tell.",
    ),
    (
        "points, failed",
        "Points are forecasts held against an actual, the same for every model; failed are those "
        "taken from the reference, since the model had none.",
    ),
)

_OPTIONAL = (
    ("wins", "In what share of comparisons with other models the error is the smaller one."),
    ("training", "Seconds to train all networks of the model."),
    (
        "interval, coverage",
        "From the errors of earlier cutoffs (split conformal): of actuals 80 or 95 % should lie "
        "inside. Coverage is how many did.",
    ),
    (
        "revision",
        "Mean absolute change of the forecast of one date from one cutoff to the next, divided as "
        "MASE is.",
    ),
    (
        "weight in the blend",
        "The model's share in the served forecast: larger where its earlier errors were smaller.",
    ),
    (
        WITHOUT_NETWORKS,
        "The same blend had there been no networks: what they add is the difference to served.",
    ),
    (
        "trust",
        "What a network's correction is multiplied by, from 0 to 1: by how much it would have "
        "helped on windows held back from a first fit.",
    ),
)


def section(content: Content) -> Section:
    """Of the terms those whose numbers are on the page."""
    summary = content.summary
    columns = set() if summary is None else set(summary.columns)
    there = {
        "wins": "win_rate" in columns,
        "training": "training_seconds" in columns,
        "interval, coverage": content.intervals is not None,
        "revision": content.stability is not None,
        "weight in the blend": content.weights is not None,
        WITHOUT_NETWORKS: WITHOUT_NETWORKS in set(content.board["model"]),
        "trust": content.shrinkage is not None and not content.shrinkage.empty,
    }
    alone = len(content.series) == 1
    always = [t for t in _TERMS if alone or t[0] not in ("MAE, RMSE", "bias")]
    more = [term for term in _OPTIONAL if there[term[0]]]
    return Section("terms", "What the numbers mean", terms=(*always, *more))
