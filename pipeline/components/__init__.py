"""The Dagster half: a declaration becomes assets with lineage, partitions, checks and events.

- `hindcast.py` HindcastComponent: DataSet -> Definitions
- `assets.py` one asset per stage
- `partitions.py` cutoffs as partitions, and how far scores look ahead
- `events.py` one materialization per cutoff; `left_out.py` where a backfill asks for too many
- `marks.py` what Dagster calls stale; `anew.py` what is up to date all the same is recorded anew;
  `told.py` whether Dagster has been told of everything
- `metadata.py` what the UI shows beside a materialization; `markdown.py` tables in it
- `automation.py` job, schedule and sensor; `ticks.py` what a tick decides, `watch.py` what the
  sensor sees, `history.py` which runs there were; `freshness.py` when a forecast is late;
  `webhook.py` what is told of a failed run
- `scaffolder.py` what `dg scaffold defs` writes
- `checks.py` no leak, folds that are ready, references that suit
- `clock.py` the time that it is
- `home.py` the folder of the history; `launch.py` runs started by the command line
- `columns.py` what every asset holds
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.components.hindcast import HindcastComponent

__all__ = ["HindcastComponent"]


def __getattr__(name: str) -> "type[HindcastComponent]":
    """The component, so that `type:` is short; loaded with Dagster when it is asked for."""
    if name != "HindcastComponent":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pipeline.components.hindcast import HindcastComponent

    return HindcastComponent


def __dir__() -> list[str]:
    """`dg` finds components by looking through these names."""
    return [*globals(), *__all__]
