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
