"""Metrics: one number from the scored points of a group.

In: points with their group, actual, forecast and scale, their bounds or their probability. Out: a
number per group.

- `metric.py` what a metric is
- `point.py` metrics of point forecasts
- `interval.py` of intervals: coverage, Winkler score
- `quantile.py` of quantiles: pinball loss, CRPS
- `event.py` of probabilities: Brier score
"""
