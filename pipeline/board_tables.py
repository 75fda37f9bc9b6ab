"""The stored tables of the leaderboard beside `tables.LEADERBOARD`: column, dtype, unit, meaning.

What holds of the tables in `tables.py` holds here.
"""

from pipeline.tables import MODEL, Column, Table

SUMMARY = Table(
    "summary",
    (
        MODEL,
        Column(
            "skill_score",
            "float64",
            "",
            "1 - geometric mean over tasks of error / the reference's error, each within 0.01 and "
            "100; a task is a series, or a cutoff where there is one series",
        ),
        Column(
            "skill_score_lower",
            "float64",
            "",
            "95 % of resampled tasks lie between this and skill_score_upper; null with fewer than "
            "8 series, or too few cutoffs of the only one",
        ),
        Column("skill_score_upper", "float64", "", "see skill_score_lower"),
        Column("win_rate", "float64", "of 1", "how often it beats another model on a task"),
        Column("win_rate_lower", "float64", "of 1", "as skill_score_lower"),
        Column("win_rate_upper", "float64", "of 1", "as skill_score_lower"),
        Column(
            "seed_mean",
            "float64",
            "",
            "of a network: MASE of single seeds, mean over series and seeds; their mean forecast "
            "is often better",
        ),
        Column("seed_sd", "float64", "", "standard deviation over seeds; null of a single one"),
        Column("n_tasks", "int64", "", "tasks; series without a scale are none"),
        Column("n_scored", "int64", "points", "forecasts held against an actual"),
        Column("num_failures", "int64", "", "tasks in which it failed somewhere"),
    ),
)
"""A row per model, in the form of fev's leaderboard, the best skill first."""

_SERIES = Column("unique_id", "text", "", "name of the series; null for the mean over series")

BY_SEASON = Table(
    "seasons",
    (
        _SERIES,
        Column("season", "text", "", "month that is forecast, quarter of quarterly data"),
        MODEL,
        Column("n_scored", "int64", "points", "forecasts of that season held against an actual"),
        Column("mae", "float64", "of the target", "mean absolute error; null over several series"),
        Column("mase", "float64", "", "mean absolute error divided by each cutoff's scale"),
        Column("skill", "float64", "", "1 - MASE / MASE of the declared reference in that season"),
    ),
)
"""Where in the year a model is good; the leaderboard's numbers, season by season."""

STABILITY = Table(
    "stability",
    (
        _SERIES,
        MODEL,
        Column("n", "int64", "points", "forecasts of a time that the cutoff before forecast too"),
        Column(
            "revision",
            "float64",
            "",
            "mean absolute change from the cutoff before, divided by the later cutoff's scale",
        ),
    ),
)
"""How much forecasts of the same time change; without rows where no time is forecast twice."""

REFIT_VALUE = Table(
    "refit",
    (
        MODEL,
        Column("refit", "int32", "cutoffs", "fitted at every so many; 0 is once, at the first"),
        Column("n", "int64", "points", "forecasts by fits not older than that"),
        Column("mase", "float64", "", "of these forecasts, mean over series"),
        Column(
            "skill",
            "float64",
            "",
            "1 - mase / that of the references on the same points: what to compare, since fits of "
            "another age stand before other points",
        ),
    ),
)
"""What it is worth to fit more often, up to as often as declared; of models that are fitted."""
