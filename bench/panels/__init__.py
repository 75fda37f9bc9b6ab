"""Panels of monthly series with a known structure: how much can be learnt of them is known exactly.

    python -m bench.panels          # the optimal error beside climatology's, by step
    from bench.panels.panel import panel
    panel("threshold", series=200, rows=250, seed=0).frame

The series of a panel are alike: one law in units of a scale, around a level and a season of their
own. A longer panel goes on where a shorter one ends, and more series leave the first ones as they
were, to the last bit: every number comes from the seed, the structure, the series and the row.

- `panel.py` series in their units, the long frame, the optimal forecast any number of steps ahead
- `law.py` random numbers, and what a law says about itself
- `linear.py` seasonal_ar, common_shock, noise; `nonlinear.py` threshold, level_shift, intermittent

Every law is stationary from its first row on. Its `best` is the mean of a row given all earlier
ones and the law's constants, in closed form or by an exact filter; `further` carries it more rows
ahead. `ratio` is the squared error of `best` divided by the variance, once the start is forgotten:
the other part is what there is to learn.
"""
