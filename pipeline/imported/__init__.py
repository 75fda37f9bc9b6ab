"""Forecasts that another program made: a frame of its own becomes the rows of one more model.

In: Parquet or CSV files in the form of Nixtla's cross-validation, a column per model. Out: what
they forecast for each fold. Nothing of them can be computed here, so nothing is ever filled in.

- `settings.py` where a frame lies, which column of it is the model, and the version
- `read.py` files -> a frame; what is no frame is refused
- `cells.py` text and Arrow columns -> names, steps and numbers
- `frame.py` the rows of a frame by fold
- `points.py` which points of the folds a frame lacks, in words
"""
