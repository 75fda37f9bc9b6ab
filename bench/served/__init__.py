"""What the served forecast promises, held against cases in which the truth is known.

    python -m bench.served                 # prints all of it
    python -m bench.served --keep          # bench/results/served.json, figures of docs/served.md

- `simulated.py` panels in which the reference is optimal, or a network is a fifth better, or breaks
- `covered.py` how often intervals hold the actual, for errors of different kinds
- `shipped.py` the shipped data: served, the best model picked, the mean of all; coverage, events
"""
