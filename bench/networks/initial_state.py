"""What the initial hidden state does: to a trained network's forecast, and to errors if trained so.

Influence: the same trained networks forecast from h_0 = 0 and from a random h_0; how far apart are
the two, as a share of what the network says at all? Errors: networks trained and shown held-out
windows with each of five first states, all from the same start, windows and draws.
"""

from typing import Any

import numpy as np
import torch

from bench.networks.drawing import Line, card, panel
from bench.networks.held_out import Case, Score, difference, held_out, score_of, shown
from bench.networks.outputs import LENGTHS, LOOKS
from bench.networks.starts import KINDS, Kind, first_states
from bench.networks.trained import Ready
from bench.networks.training import Start, Trained, start_of, train
from pipeline.plots.theme import Chart, Look
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import run_stack
from pipeline.rnn.steps import run_steps

LONG = "ten times the steps"

FLOAT32 = 1e-6
"""An influence below this is rounding."""


def influence(ready: Ready, lags: int) -> float:
    """Mean |f(random h_0) - f(0)| over mean |f(0)|, of networks that are shown so many lags."""
    generator = torch.Generator().manual_seed(0)
    starts = first_states(
        "random", ready.rows, ready.rows[:, :0], ready.seen, ready.layout,
        lags=lags, generator=generator,
    )  # fmt: skip
    still, moved = ready.outputs(lags), ready.outputs(lags, starts)
    return float((moved - still).abs().mean() / still.abs().mean())


def influences(ready: Ready) -> dict[str, float]:
    """The influence by window length."""
    known = min(int(c.ends.min()) for c in ready.corrections) + 1
    return {str(n): influence(ready, n) for n in LENGTHS if n <= known}


def drawn(found: dict[str, dict[str, dict[str, float]]]) -> Chart:
    """Influence by window length.

    Args:
        found: by series, then cell (and LONG behind it where trained longer), then length.
    """
    looks = dict(LOOKS)
    for cell in ("rnn", "lstm"):
        looks[f"{cell}, {LONG}"] = Look(LOOKS[cell].colour, (5, 3), 1.4)
    panels = []
    for name, by_kind in found.items():
        lines = [
            Line([float(n) for n in one], list(one.values()), looks[kind])
            for kind, one in by_kind.items()
        ]
        across = "lags shown" if name == list(found)[-1] else ""
        panels.append(panel(lines, name, across=across, steep=(1e-8, 1e1), height=110))
    said = "mean |f(h0) - f(0)| over mean |f(0)|, h0 uniform within -1 and 1"
    return card(panels, looks, title="How far a random first state moves the forecast",
                subtitle=said)  # fmt: skip


def errors_by_start(
    case: Case, settings: NetworkSettings, *, seeds: int
) -> tuple[dict[str, Any], Trained]:
    """Held-out errors of networks trained with each first state; and those that began from zero.

    Returns:
        For each kind the error over the reference's, and its difference from zero's, with standard
        error, in percent of zero's; how far our loop with zero is from the pipeline's.
    """
    assert settings.input_size is not None
    start = start_of(case, settings, case.folds, seeds, before=settings.input_size)
    scores, kept = {}, {}
    for kind in KINDS:
        kept[kind] = train(start, settings, kind)
        scores[kind] = _score(start, kept[kind], kind, case, settings)
    of_zero = scores["zero"]
    numbers: dict[str, Any] = {
        kind: {"ratio": score.single} | _against(score, of_zero) for kind, score in scores.items()
    }
    _, state = run_steps(start.group, start.rows.clone(), settings)
    numbers["learned"]["mean_size"] = kept["learned"].own.abs().mean().item()
    numbers["from_the_pipeline"] = (state.rows - kept["zero"].rows).abs().max().item()
    numbers["folds"], numbers["seeds"] = len(case.folds), seeds
    return numbers, kept["zero"]


def _against(score: Score, zero: Score) -> dict[str, float]:
    apart = difference(score.single_by_fold, zero.single_by_fold)
    percent = 100 / zero.single
    return {"percent": apart.mean * percent, "standard_error": apart.standard_error * percent}


def _score(
    start: Start, networks: Trained, kind: Kind, case: Case, settings: NetworkSettings
) -> Score:
    lags, layout = settings.input_size, start.group.layout
    assert lags is not None
    corrections = [
        held_out(fold, fitted.scale, case, settings)
        for fold, fitted in zip(case.folds, start.corrections, strict=True)
    ]
    seen = shown(corrections, start.which)
    starts = first_states(
        kind, networks.rows, networks.own, seen, layout,
        lags=lags, generator=torch.Generator().manual_seed(1),
    )  # fmt: skip
    with torch.inference_mode():
        outputs = run_stack(networks.rows, seen.inputs(lags), layout, starts)
    return score_of(outputs, corrections)


def clipping(
    case: Case, settings: NetworkSettings, clipped: Trained, *, seeds: int
) -> dict[str, Any]:
    """What clipping does in training: how often, and to the held-out error.

    Args:
        case: the folds.
        settings: resolved.
        clipped: networks trained with these settings from zero, as `errors_by_start` gives them.
        seeds: of each fold.
    """
    assert settings.input_size is not None
    start = start_of(case, settings, case.folds, seeds, before=settings.input_size)
    free = settings.model_copy(update={"clip": "none"})
    with_it, without = (
        _score(start, networks, "zero", case, settings)
        for networks in (clipped, train(start, free, "zero"))
    )
    assert isinstance(settings.clip, float)
    shortened = clipped.norms > settings.clip
    return {
        "share_of_steps": 100 * shortened.double().mean().item(),
        "largest_norm": clipped.norms.max().item(),
        "without": _against(without, with_it),
    }


def kept_per_lag(by_length: dict[str, float]) -> float:
    """The part of the influence that one lag more leaves: slope of its logarithm from 3 lags on.

    Where it is above the rounding of float32; 0 where it never is.
    """
    above = {int(n): v for n, v in by_length.items() if int(n) >= 3 and v > FLOAT32}
    if len(above) < 2:
        return 0.0
    return float(np.exp(np.polyfit(list(above), np.log(list(above.values())), 1)[0]))
