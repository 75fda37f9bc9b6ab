"""Scores: forecasts held against what came true.

In: forecasts of all models, the clean rows. Out: a row per forecast whose actual is observed, the
same points for every model, with its error and the scales that make errors of series comparable;
the same of bounds and probabilities.

- `settings.py` the version of the scores
- `score.py` forecasts against actuals
- `same_points.py` every model on the same points, or an error
- `scale.py` what an error is divided by: the seasonal naive's error up to the cutoff
- `uncertainty.py` bounds and probabilities against actuals
- `calibration.py` how well they hold, of each group of points
- `metrics/` one number from many points
"""
