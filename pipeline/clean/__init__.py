"""Clean: rows as read become series on a regular grid, and nothing is filled.

In: the raw rows, the declared freq and columns. Out: `Observations`, one array a series from its
first row to its last, NaN where nothing was observed; and a verdict for each step without a row.
The order of rows and files changes no number of it.

- `settings.py` the version
- `observations.py` the clean rows in memory, the form that every later stage reads
- `clean.py` raw rows -> observations and verdicts
- `grid.py` dates off the grid, rows given twice, steps without a row
- `pack.py` observations as tensors, and back
"""
