"""All that is served at some cutoffs: the one door to this folder.

The blend, the intervals of it and of every model, how probable the declared event is, and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from pipeline.served.blend import Blend, Rules, blend
from pipeline.served.calibrate import Intervals, calibrate
from pipeline.served.past import Past
from pipeline.served.probability import probabilities
from pipeline.served.settings import LEVELS, SERVED, WITHOUT_NETWORKS
from pipeline.served.words import explain


@dataclass(frozen=True)
class Served:
    """What is served from a cutoff on, and what it is made of.

    Attributes:
        rules: what may be in the blend.
        first: place of the first cutoff that was asked for.
        past: with the served forecast as one more model, and with what would be served if there
            were no networks, where there are some.
        made: the blend at all cutoffs of the past.
        levels: of the intervals, in percent.
        intervals: of all models of the past, from the first cutoff on.
        above: the declared threshold; None: no event is declared.
        probability: that y lies above it, of all models, from the first cutoff on.
        sentences: of each series at each cutoff from the first on.
    """

    rules: Rules
    first: int
    past: Past
    made: Blend
    levels: tuple[float, ...]
    intervals: Intervals
    above: float | None
    probability: Float[np.ndarray, "S A M H"] | None
    sentences: list[list[str]]

    def at(self, place: int) -> "Served":
        """The same of one of the cutoffs that were asked for, by its place among them."""
        own, among_all = slice(place, place + 1), slice(self.first + place, self.first + place + 1)
        probable = self.probability
        return replace(
            self,
            first=0,
            past=self.past.at(among_all),
            made=Blend(*(part[:, among_all] for part in self.made)),
            intervals=Intervals(*(part[:, own] for part in self.intervals)),
            probability=None if probable is None else probable[:, own],
            sentences=[said[own] for said in self.sentences],
        )


def serve(
    past: Past,
    rules: Rules,
    *,
    first: int,
    dates: Sequence[str],
    levels: tuple[float, ...] = LEVELS,
    above: float | None = None,
) -> Served:
    """What is served at every cutoff from a place on.

    An interval is made of the errors of what was served at the `n_calibration` cutoffs before, and
    each of these was made of as many before it: the past must reach 2 `n_calibration` cutoffs back
    from the first that is asked for, or to the first there is. Then a cutoff's bytes are the same
    whichever others are asked for with it.

    Args:
        past: of all series of the data set.
        rules: what may be in the blend.
        first: place of the first cutoff that is asked for.
        dates: every cutoff of the past, as it is to be written.
        levels: of the intervals, in percent.
        above: the threshold of the declared event.
    """
    made = blend(past, rules)
    said = {SERVED: (made.y_hat, made.failed)}
    if (others := rules.without_networks) is not None:
        without = blend(past, others, out=made.out)
        said[WITHOUT_NETWORKS] = (without.y_hat, without.failed)
    together = past.with_models(said)
    sizes = {"n_calibration": rules.n_calibration, "first": first}
    probable = None if above is None else probabilities(together, above, **sizes)
    return Served(
        rules=rules,
        first=first,
        past=together,
        made=made,
        levels=levels,
        intervals=calibrate(together, levels, **sizes),
        above=above,
        probability=probable,
        sentences=explain(past, made, rules, first=first, dates=dates),
    )
