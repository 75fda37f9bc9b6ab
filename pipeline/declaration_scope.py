"""What must hold of a network of all series: which options have no meaning for many at once.

As the rules in `declaration_rules.py`; `scope: global` is what they are about.
"""

from pipeline.rnn.settings import NetworkSettings


def check_scope(name: str, settings: NetworkSettings) -> None:
    """A network of all series corrects something on each, and trains a number of steps.

    Raises:
        ValueError: an option does not go with `scope: global`; it says which and why.
    """
    if settings.scope == "local":
        return
    path, corrects = f"networks.{name}", settings.corrects
    if settings.preset == "article":
        raise ValueError(
            f"{path}.scope: the article's network is one of a single series; remove preset: article"
        )
    if "none" in (corrects.values() if isinstance(corrects, dict) else [corrects]):
        raise ValueError(
            f"{path}.corrects: what a network of all series learns holds in units of the errors of "
            "what it corrects; with none there is no such unit, declare a baseline for every series"
        )
    if settings.epochs is not None:
        raise ValueError(
            f"{path}.epochs: the windows of many series have no one order of time to pass over "
            "them in; declare steps"
        )
    if settings.stops_early:
        raise ValueError(
            f"{path}.early_stop_patience_steps: a network of all series trains a fixed number of "
            "steps; declare steps, or scope: local"
        )
    if settings.transform == "log":
        raise ValueError(
            f"{path}.transform: log puts the mean of one series right behind the training, and "
            "many have no one number for that; declare log1p, or scope: local"
        )
