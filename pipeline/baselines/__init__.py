"""Baselines: forecasts that need no network, as of any row of a series.

In: a series, the rows that are cutoffs, how many steps ahead. Out: a forecast per cutoff and step,
made from rows <= that cutoff only, and the reason where there is none. Numpy alone: no pandas, and
statsmodels only where a regression is nearly collinear.

- `settings.py` which baselines may be declared, and the version of each one's numbers
- `as_of.py` the target up to the cutoffs, and the rows that are forecast
- `naive.py` the last value, the last value one season back, the mean of the last season
- `climatology.py` the mean of earlier rows at the same time of the year
- `grid.py` parameters that are judged as of every row; series side by side
- `smoothing.py` level, trend and season at all points of a grid
- `damped_trend.py` a level and a trend that dies away
- `holt_winters.py` with a season where `seasonality.py` finds one, on logarithms where it can
- `anomaly_persistence.py` the climatology and what is left of how far the series lies off it
- `ar.py` a linear regression on the last rows, with or without season dummies and trend
- `ar_equations.py` its equations: one per complete row, of many series
- `ar_triangles.py` least squares of many folds that share most of their equations
- `ar_all_cutoffs.py` its coefficients at all refit cutoffs of all series, in one pass
- `forecast.py` all of them on all folds: the one door
- `picked.py` which of them a network is to correct, by their errors so far
"""
