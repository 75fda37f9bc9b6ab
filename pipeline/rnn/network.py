"""A trained network: its weights, what it corrects, how its training went; and as tensors.

The tensors are a pack of networks of one declaration, for a store that knows names and arrays only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from jaxtyping import Float, UInt8

from pipeline.rnn.correction import Scale
from pipeline.rnn.settings import Correctable
from pipeline.rnn.shrinkage import Shrinkage


@dataclass(frozen=True)
class Network:
    """One network of one fold and seed.

    Attributes:
        weights: the row that `layout.py` describes, in the dtype it was trained in; zeros where it
            failed.
        scale: what is corrected, and the spreads: all that a forecast needs besides the weights.
        status: "ok" or "failed".
        reason: why it failed; empty where it did not.
        losses: mean training loss of equal parts of the steps, at most 200, in order.
        n_windows: windows it was trained on.
        shrinkage: what its corrections are multiplied by.
    """

    weights: Float[np.ndarray, " P"]
    scale: Scale
    status: Literal["ok", "failed"]
    reason: str
    losses: Float[np.ndarray, " points"]
    n_windows: int
    shrinkage: Shrinkage

    @property
    def untested(self) -> str:
        """Why nothing is known of its worth; empty where something is, or nothing is asked."""
        return self.shrinkage.untested

    @property
    def reference(self) -> Correctable:
        """What it corrects, or "none"."""
        return self.scale.reference

    @property
    def spread(self) -> float:
        """The spread of the reference's errors, in the unit of the target on its scale."""
        return self.scale.spread


_TEXTS = ("reference", "status", "reason", "untested")
"""Attributes of a network that are words."""


def to_tensors(networks: Sequence[Network]) -> dict[str, np.ndarray]:
    """Networks of one declaration as named arrays: numbers stacked, texts as UTF-8 bytes.

    Args:
        networks: at least one; all with weights and input spreads of one shape.
    """
    assert networks, "an empty pack"
    tensors = {
        "weights": np.stack([n.weights for n in networks]),
        "spread": np.array([n.scale.spread for n in networks], dtype=np.float64),
        "input_spreads": np.stack([n.scale.input_spreads for n in networks]),
        **_centres_of(networks),
        "n_windows": np.array([n.n_windows for n in networks], dtype=np.int64),
        "shrinkage": np.stack([n.shrinkage.weights for n in networks]),
        "losses": np.concatenate([n.losses for n in networks]),
        "losses.lengths": np.array([len(n.losses) for n in networks], dtype=np.int64),
    }
    for name in _TEXTS:
        tensors |= lay_out(name, [getattr(n, name) for n in networks])
    return tensors


def lay_out(name: str, texts: Sequence[str]) -> dict[str, np.ndarray]:
    """Texts end to end as UTF-8 bytes, and their lengths."""
    found = [text.encode() for text in texts]
    return {
        name: np.frombuffer(b"".join(found), dtype=np.uint8).copy(),
        f"{name}.lengths": np.array([len(text) for text in found], dtype=np.int64),
    }


def texts_in(tensors: Mapping[str, np.ndarray], name: str) -> list[str]:
    """The texts that `lay_out` was given."""
    return [part.tobytes().decode() for part in _cut(tensors, name)]


def _centres_of(networks: Sequence[Network]) -> dict[str, np.ndarray]:
    """The centres, where there are some: packs without a transform are as they were before it."""
    centres = np.stack([n.scale.centres for n in networks])
    return {"centres": centres} if centres.any() else {}


def from_tensors(tensors: Mapping[str, np.ndarray]) -> list[Network]:
    """The networks of `to_tensors`, bit for bit."""
    references, statuses, reasons, untested = (texts_in(tensors, name) for name in _TEXTS)
    losses, spreads = _cut(tensors, "losses"), tensors["input_spreads"]
    centres = tensors.get("centres", np.zeros(spreads.shape[:2]))
    return [
        Network(
            weights=tensors["weights"][k],
            scale=Scale(
                cast(Correctable, references[k]),
                float(tensors["spread"][k]),
                spreads[k],
                centres[k],
            ),
            status="ok" if statuses[k] == "ok" else "failed",
            reason=reasons[k],
            losses=losses[k],
            n_windows=int(tensors["n_windows"][k]),
            shrinkage=Shrinkage(tensors["shrinkage"][k], untested[k]),
        )
        for k in range(len(tensors["spread"]))
    ]


def _cut(
    tensors: Mapping[str, np.ndarray], name: str
) -> list[Float[np.ndarray, " part"] | UInt8[np.ndarray, " part"]]:
    """What was laid end to end, cut at its lengths."""
    borders = np.cumsum(tensors[f"{name}.lengths"])[:-1]
    return np.split(tensors[name], borders)
