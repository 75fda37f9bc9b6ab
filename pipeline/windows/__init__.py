"""Windows: inputs and targets of a network, from the rows up to a cutoff and no others.

In: one series on its grid and the row of a cutoff. Out: where each training window starts, which of
its targets are observed, and the last inputs before the cutoff; real tensors on request. Values are
raw; gaps in the inputs are filled as of their own time, with a mask beside them.

- `settings.py` the version
- `mask.py` gaps, filled as of their time
- `calendar_features.py` the place in the season, as sine and cosine
- `cut.py` windows up to a cutoff
"""
