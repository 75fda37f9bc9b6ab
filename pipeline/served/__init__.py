"""What a user acts on: a blend of all forecasts, with intervals that past errors bear out.

In: forecasts of this and of earlier cutoffs, actuals up to this one. Out: the served forecast, why
it is what it is, and intervals for every model.

- `settings.py` what may be declared, and the version
"""
