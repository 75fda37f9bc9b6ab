"""The recurrences, a file each; the docstring of each is its equations.

- `rnn.py` the tanh one, `gru.py` and `lstm.py` those with gates
- `squash.py` sigmoid and tanh for the gates, `gradients.py` what comes back to a step from outside

A cell is a module with `GATES`, blocks of hidden units in its weight matrices, `STATES`, what it
hands from step to step, and `run_cell(inputs, weights, start) -> States`; the stack lists them by
name.
"""
