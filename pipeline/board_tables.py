"""The stored tables of the leaderboard: column, dtype, unit, meaning.

What holds of the tables in `tables.py` holds here.
"""

from pipeline.tables import MODEL, Column, Table

LEADERBOARD = Table(
    "leaderboard",
    (
        Column(
            "unique_id",
            "text",
            "",
            "name of the series; null for the mean over series: of several, without numbers in "
            "the unit of the target",
        ),
        Column("step", "int32", "steps", "horizon step; null for all steps together"),
        MODEL,
        Column("n_scored", "int64", "points", "forecasts held against an actual"),
        Column(
            "n_failed", "int64", "points", "of these, taken from the reference: the model failed"
        ),
        Column(
            "n_scaled",
            "int64",
            "points",
            "of n_scored, with a scale: mase, rmsse and tweedie are of these",
        ),
        Column(
            "n_wape",
            "int64",
            "points",
            "of n_scored, of series whose actuals are not all zero: wape is of these",
        ),
        Column(
            "n_floored",
            "int64",
            "points",
            "of n_scaled, forecasts raised to a hundredth of the scale for tweedie",
        ),
        Column("mae", "float64", "of the target", "mean absolute error"),
        Column("rmse", "float64", "of the target", "root of the mean squared error"),
        Column("mse", "float64", "of the target squared", "mean squared error"),
        Column("mase", "float64", "", "mean absolute error divided by each cutoff's scale"),
        Column("bias", "float64", "of the target", "mean of forecast minus actual"),
        Column(
            "rmsse", "float64", "", "root of the mean squared error over each cutoff's rmsse_scale"
        ),
        Column("wape", "float64", "", "sum of absolute errors over sum of absolute actuals"),
        Column("smape", "float64", "", "mean of 2 |error| / (|actual| + |forecast|), 0 to 2"),
        Column(
            "tweedie",
            "float64",
            "of the target to the power 1/2",
            "mean Tweedie deviance of power 1.5; null where an actual is below zero",
        ),
        Column("n_bounded_80", "int64", "points", "of n_scored, with bounds of 80 %"),
        Column("n_bounded_95", "int64", "points", "of n_scored, with bounds of 95 %"),
        Column("coverage_80", "float64", "of 1", "share of actuals within the bounds of 80 %"),
        Column("coverage_95", "float64", "of 1", "share of actuals within the bounds of 95 %"),
        Column(
            "winkler_80",
            "float64",
            "of the target",
            "mean width of the intervals of 80 %, and 10 times what an actual lies outside",
        ),
        Column(
            "winkler_95",
            "float64",
            "of the target",
            "mean width of the intervals of 95 %, and 40 times what an actual lies outside",
        ),
        Column("pinball", "float64", "of the target", "mean pinball loss of five quantiles"),
        Column(
            "crps", "float64", "of the target", "continuous ranked probability score from these"
        ),
        Column("crps_over_scale", "float64", "", "crps divided by each cutoff's scale"),
        Column("n_probabilities", "int64", "points", "of n_scored, with a probability: brier"),
        Column(
            "brier",
            "float64",
            "",
            "mean squared error of the probability that y lies above the declared threshold",
        ),
        Column("skill", "float64", "", "1 - MASE / MASE of the declared reference"),
        Column("mse_skill", "float64", "", "1 - MSE / MSE of the declared reference"),
        Column(
            "skill_lower",
            "float64",
            "",
            "with 95 % confidence the skill in the long run lies between this and skill_upper; "
            "null of the reference, and where there are too few cutoffs to bound it",
        ),
        Column("skill_upper", "float64", "", "see skill_lower"),
        Column(
            "p_value",
            "float64",
            "of 1",
            "probability of errors at least so different from the reference's if both were equally "
            "good; null of the reference, and where there are too few cutoffs",
        ),
        Column(
            "p_value_hln",
            "float64",
            "of 1",
            "the same by Harvey, Leybourne and Newbold; too small where horizons overlap",
        ),
        Column("luck", "text", "", "why nothing is said of luck; else empty"),
        Column("skill_climatology", "float64", "", "1 - MASE / MASE of climatology, if there"),
        Column(
            "skill_seasonal_naive",
            "float64",
            "",
            "1 - MASE / MASE of seasonal_naive, if there",
        ),
        Column(
            "rank",
            "int32",
            "",
            "1 has the smallest MASE; null for single steps and without a scale",
        ),
        Column(
            "rank_lower",
            "int32",
            "",
            "with about 95 % confidence the rank in the long run lies between this and rank_upper; "
            "null where there are too few cutoffs",
        ),
        Column("rank_upper", "int32", "", "see rank_lower"),
    ),
)


SHRINKAGE = Table(
    "shrinkage",
    (
        Column("unique_id", "text", "", "name of the series; null for all series"),
        MODEL,
        Column("steps", "text", "steps", "steps ahead that share a weight, as 2-3"),
        Column("mean", "float64", "", "what corrections are multiplied by: over folds and seeds"),
        Column("min", "float64", "", "the smallest of them"),
        Column("max", "float64", "", "the largest"),
        Column("n_networks", "int64", "networks", "of folds and seeds, those that did not fail"),
    ),
)

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
