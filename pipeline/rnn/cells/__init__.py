"""The recurrences, a file each; the docstring of each is its equations.

- `rnn.py` the tanh one

A cell is a module with `GATES`, blocks of hidden units in its weight matrices, and
`run_cell(inputs, weights) -> States`; the stack lists them by name.
"""
