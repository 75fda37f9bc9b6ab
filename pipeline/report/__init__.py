"""One page per data set: which model to trust, by how much, where it fails, and is it luck.

In: the stored tables. Out: one self-contained HTML file.

- `settings.py` the version
"""
