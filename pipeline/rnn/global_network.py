"""A trained network of many series: its weights once, and what belongs to each series.

For one series it is a `Network` as any other. A series that was not there when it was trained gets
its scale from its own rows, and is trusted as all series together are. As tensors they are a pack.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from jaxtyping import Float

from pipeline.clean.observations import Series
from pipeline.rnn.correction import Scale
from pipeline.rnn.network import Network, lay_out, texts_in
from pipeline.rnn.pooled import scale_part
from pipeline.rnn.settings import Correctable, NetworkSettings
from pipeline.rnn.shrinkage import Shrinkage
from pipeline.rnn.unscaled import see_folds

FOLDS_AT_ONCE = 256
"""Of series that came after a training: their windows are in memory together."""


@dataclass(frozen=True)
class Member:
    """What a network of many series knows of one.

    Attributes:
        scale: what is corrected, and the spreads.
        shrinkage: what its corrections are multiplied by.
        reason: why none of its windows were trained on, and it is not forecast; else empty.
        n_windows: how many were.
    """

    scale: Scale
    shrinkage: Shrinkage
    reason: str
    n_windows: int


@dataclass(frozen=True)
class GlobalNetwork:
    """One network of one refit cutoff and seed, of all series that were ready there.

    Attributes:
        weights: the row that `layout.py` describes; zeros where it failed.
        status: "ok" or "failed".
        reason: why it failed; empty where it did not.
        losses: as of a local network.
        n_windows: windows it was trained on, of all series.
        shrinkage: what all series together trust it with.
        members: by name of the series.
    """

    weights: Float[np.ndarray, " P"]
    status: Literal["ok", "failed"]
    reason: str
    losses: Float[np.ndarray, " points"]
    n_windows: int
    shrinkage: Shrinkage
    members: dict[str, Member]

    @property
    def untested(self) -> str:
        """Why nothing is known of its worth; empty where something is, or nothing is asked."""
        return self.shrinkage.untested

    def of(self, member: Member) -> Network:
        """The network as it forecasts one of its series."""
        reason = self.reason or member.reason
        return Network(
            self.weights,
            member.scale,
            "failed" if reason else "ok",
            reason,
            self.losses,
            self.n_windows,
            member.shrinkage,
        )


def networks_for(
    networks: Sequence[Sequence[GlobalNetwork]],
    series: Sequence[Series],
    settings: NetworkSettings,
    *,
    horizon: int,
    season_length: int,
) -> list[list[Network]]:
    """The networks of all seeds as they forecast each fold.

    A series that was not ready at their refit cutoff, or could not be trained on there, has its
    scale from its rows so far, and what it corrects where that is picked. Such folds of one series
    share the work on their rows.

    Args:
        networks: of each fold those of one refit cutoff, at least one.
        series: of each fold its rows <= the cutoff of the forecast.
        settings: resolved.
        horizon: steps to forecast.
        season_length: steps in a season.
    """
    members = [_members_of(own, one) for own, one in zip(networks, series, strict=True)]
    late = [k for k, own in enumerate(members) if own is None]
    for start in range(0, len(late), FOLDS_AT_ONCE):
        some = late[start : start + FOLDS_AT_ONCE]
        sizes = {"horizon": horizon, "season_length": season_length}
        for k, fold in zip(
            some, see_folds([series[k] for k in some], settings, **sizes), strict=True
        ):
            own = scale_part(fold, settings)
            members[k] = [Member(own.scale, one.shrinkage, own.reason, 0) for one in networks[k]]
    return [
        [one.of(member) for one, member in zip(own, of_fold or (), strict=True)]
        for own, of_fold in zip(networks, members, strict=True)
    ]


def _members_of(networks: Sequence[GlobalNetwork], series: Series) -> list[Member] | None:
    """What each of them knows of a series; None where one was not trained on it."""
    members = [one.members.get(series.unique_id) for one in networks]
    known = [member for member in members if member is not None and not member.reason]
    return known if len(known) == len(networks) else None


_TEXTS = ("status", "reason", "untested")
"""Attributes of a network that are words."""


def to_tensors(networks: Sequence[GlobalNetwork]) -> dict[str, np.ndarray]:
    """Networks of one declaration as named arrays; members of all of them end to end.

    Args:
        networks: at least one.
    """
    members = [member for one in networks for member in one.members.values()]
    tensors = {
        "weights": np.stack([n.weights for n in networks]),
        "n_windows": np.array([n.n_windows for n in networks], dtype=np.int64),
        "shrinkage": np.stack([n.shrinkage.weights for n in networks]),
        "losses": np.concatenate([n.losses for n in networks]),
        "losses.lengths": np.array([len(n.losses) for n in networks], dtype=np.int64),
        "members": np.array([len(n.members) for n in networks], dtype=np.int64),
        "members.spread": np.array([m.scale.spread for m in members], dtype=np.float64),
        "members.input_spreads": np.stack([m.scale.input_spreads for m in members]),
        "members.shrinkage": np.stack([m.shrinkage.weights for m in members]),
        "members.n_windows": np.array([m.n_windows for m in members], dtype=np.int64),
    }
    for name in _TEXTS:
        tensors |= lay_out(name, [getattr(n, name) for n in networks])
    names = [name for one in networks for name in one.members]
    tensors |= lay_out("members.unique_id", names)
    tensors |= lay_out("members.reference", [m.scale.reference for m in members])
    tensors |= lay_out("members.reason", [m.reason for m in members])
    return tensors | lay_out("members.untested", [m.shrinkage.untested for m in members])


def holds_global(tensors: Mapping[str, np.ndarray]) -> bool:
    """Whether a pack is one of networks of many series."""
    return "members" in tensors


def from_tensors(tensors: Mapping[str, np.ndarray]) -> list[GlobalNetwork]:
    """The networks of `to_tensors`, bit for bit."""
    statuses, reasons, untested = (texts_in(tensors, name) for name in _TEXTS)
    losses = np.split(tensors["losses"], np.cumsum(tensors["losses.lengths"])[:-1])
    members, found, end = _members_in(tensors), [], 0
    for k, size in enumerate(tensors["members"].tolist()):
        start, end = end, end + size
        found.append(
            GlobalNetwork(
                weights=tensors["weights"][k],
                status="ok" if statuses[k] == "ok" else "failed",
                reason=reasons[k],
                losses=losses[k],
                n_windows=int(tensors["n_windows"][k]),
                shrinkage=Shrinkage(tensors["shrinkage"][k], untested[k]),
                members=dict(members[start:end]),
            )
        )
    return found


def _members_in(tensors: Mapping[str, np.ndarray]) -> list[tuple[str, Member]]:
    """Name and member, of all networks one behind the other."""
    names, references, reasons, untested = (
        texts_in(tensors, f"members.{part}")
        for part in ("unique_id", "reference", "reason", "untested")
    )
    spreads, weights = tensors["members.input_spreads"], tensors["members.shrinkage"]
    return [
        (
            name,
            Member(
                Scale(
                    cast(Correctable, references[k]),
                    float(tensors["members.spread"][k]),
                    spreads[k],
                    np.zeros(spreads.shape[1]),
                ),
                Shrinkage(weights[k], untested[k]),
                reasons[k],
                int(tensors["members.n_windows"][k]),
            ),
        )
        for k, name in enumerate(names)
    ]
