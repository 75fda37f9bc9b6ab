"""Every figure and number of docs/networks.md, made by the project's own cells.

    python -m bench.networks                        # minutes; writes docs/img/networks, the results
    python -m bench.networks --quick --to FOLDER    # a minute: the same path, too short to quote

- `memory.py` the hidden state; `outputs.py` outputs at every lag, other window lengths
- `gradient.py` the gradient as a sum, its Jacobian; `plain.py` the plain recurrences, for autograd
- `shapes.py` broadcast against batched product, and a loss that broadcasts
- `held_out.py` folds before the first test cutoff, and errors on them; `starts.py` first states,
  `training.py` the training loop with them
- `initial_state.py`, `window_length.py` the two questions
- `run.py` how much is measured and where it goes; `drawing.py` lines on cards, `quoted.py` the
  page's numbers
"""
