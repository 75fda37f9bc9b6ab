"""Leaderboard: which model is better, by how much, on the same points.

In: the scores of all cutoffs, the reference of each series. Out: a row per model for the mean over
series and for each series, for all steps together and for each.

- `settings.py` the version of the leaderboard
- `rank.py` from points to rows, best first
- `skill.py` against the reference, and the mean over series
- `scaled_errors.py` scaled errors of every cutoff or time: what luck and drift are worked out from
- `blocks.py` resampling of what goes together with its neighbours
- `intervals.py` how well bounds and probabilities hold
- `luck.py` how large a skill may be in truth, and how surprising a difference is
- `share.py` what networks add to the served forecast
- `ranks.py` between which places a model may lie
- `summary.py` a row per model in the form of fev's leaderboard
- `seasons.py` errors by month or quarter
- `stability.py` how much forecasts of the same time change
- `refit.py` what it is worth to fit more often
- `drift.py` where the newest errors leave what earlier ones let expect
"""
