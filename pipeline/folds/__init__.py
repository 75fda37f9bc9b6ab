"""Folds: one series at one cutoff, and what its result depends on.

In: the declaration and the clean rows. Out: the list of cutoffs, the state of every fold, its keys.

- `cutoffs.py` the partitions of a data set and their cutoffs
- `fold.py` which folds are ready, and why the others are not
- `keys.py` what a result depends on, hashed
"""
