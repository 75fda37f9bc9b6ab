"""Optional accelerators: the same steps of training, made by compiled code.

Never needed: without them the same numbers, up to rounding, are made in plain torch.

- `steps.c` many optimizer steps of one network at a time, all in the cache of one core;
  `rnn.h`, `gru.h`, `lstm.h` a step of each cell, `products.h` matrix products
- `compiled.py` compiles it for a network's shape and calls it
"""
