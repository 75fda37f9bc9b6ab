"""The Dagster half: a declaration becomes assets with lineage, partitions, checks and events.

- `hindcast.py` HindcastComponent: DataSet -> Definitions
- `assets.py` one asset per stage
- `partitions.py` cutoffs as partitions, and how far scores look ahead
- `events.py` one materialization per cutoff
- `metadata.py` what the UI shows beside a materialization
- `checks.py` no leak, and folds that are ready
- `launch.py` runs started by the command line
"""

from pipeline.components.hindcast import HindcastComponent

__all__ = ["HindcastComponent"]
