"""Metrics: one number from the scored points of a group.

In: points with their group, actual, forecast and scale. Out: a number per group.

- `metric.py` what a metric is
- `point.py` metrics of point forecasts, and the table METRICS
"""
