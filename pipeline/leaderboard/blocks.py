"""Resampling in circular blocks: how often each of n things in a row is drawn, in every draw.

Neighbours that go together are drawn together (Politis and Romano 1992, "A circular
block-resampling procedure for stationary data"). The draws depend on n and the length alone: the
same for every model, whatever was drawn before.
"""

import numpy as np
from jaxtyping import Float

DRAWS, SEED = 1000, 123
"""As fev has them, so that bounds over independent tasks are the same as there."""


def draw_counts(n: int, *, length: int) -> Float[np.ndarray, "draws n"]:
    """How often each is in a draw of n; the last block of a draw may be cut.

    Args:
        n: how many there are.
        length: of a block; 1 for things that do not go together.
    """
    starts = np.random.default_rng(SEED).integers(0, n, size=(DRAWS, -(-n // length)))
    places = (starts[:, :, None] + np.arange(length)).reshape(DRAWS, -1)[:, :n] % n
    rows = np.arange(DRAWS)[:, None] * n
    return np.bincount((rows + places).ravel(), minlength=DRAWS * n).reshape(DRAWS, n).astype(float)
