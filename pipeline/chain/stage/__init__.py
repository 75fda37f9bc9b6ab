"""A file per asset, in the order of the chain; its docstring is the asset's description.

- `raw_observations.py` copies of the CSV files
- `clean_observations.py` rows on a regular grid, and what was found wrong
- `windows.py` which windows a network may learn from, at every cutoff
- `baseline_forecasts.py` the simple forecasts
- `rnn_model.py` all networks of a run, trained as one program
- `rnn_forecasts.py` their forecasts
- `imported_forecasts.py` those that another program made
- `served_forecasts.py` a blend of all, and intervals
- `scores.py` forecasts against actuals
- `leaderboard.py` which model is how good
- `report.py` one page about it

Each holds `settings` (what it uses of the declaration), `wants` (what each slot depends on) and
`make` (the due ones). Heavy libraries load inside `make`.
"""
