"""Plots: looking instead of reading. In: small frames of plain columns. Out: charts, and PNG.

Every chart is a function from a frame to a Vega-Lite chart; the report embeds the same charts that
the UI shows as pictures. Nothing here knows where the numbers lie, or what a store is.

- `thin.py` long series in few points, extremes kept
- `theme.py` the one look: card, fonts, colours, the colour of a model
- `axes.py` axes of time and of values, at any magnitude; `panel.py` lines in a small panel
- `names.py` names in little room
- `observations.py` every column over time; `gaps.py` what is missing, and every verdict
- `folds.py` which rows a cutoff trains on, reads and is scored on
- `coefficients.py` terms of a regression over the cutoffs; `training.py` loss curves
- `forecasts.py` forecasts beside what came true; `fan.py` one that is still open
- `scores.py` the error by step ahead, `seasons.py` by season; `dots.py` a number and its range by
  name; `shares.py` what a blend is made of
- `page.py` charts as a page embeds them
- `png.py` a chart as a PNG under 100 kB
"""
