"""The chain: what is computed, when it is due, and the run that computes and commits it.

The only place that joins the stages (pure: arrays and frames) with the store (files). Nothing here
knows Dagster.

- `stages.py` the stages in order: the rows that plan, run and lineage read
- `stage/` a file per stage: what each of its slots depends on, and how due ones are made
- `known.py` a data set at one moment: rows, cutoffs, folds, keys
- `project.py` where declarations, files, results and history lie
- `frames.py` imported forecasts, held against the folds
- `plan.py` what is due and why; `difference.py` of one artifact
- `launches.py` the runs that a plan needs; `not_ready.py` why folds have no forecast, in words
- `earlier.py` what is up to date, and what is needed of earlier cutoffs
- `past_keys.py` keys of what was forecast at each cutoff, `past.py` the numbers, for the served
- `run.py` compute what is due, commit it; `tables.py` tables of which a part is due
- `trainings.py` which networks there are, of one series or of all, and what they depend on
- `used_networks.py` the stored ones that a fold is forecast with
- `packs.py` trained networks in the store; `checkpoints.py` where an unfinished training stands
- `trusted.py` what became of networks, and how far held-back data trusts them
- `board_parts.py` what stands beside the leaderboard; `board_rows.py` the same row by row
- `results.py` the leaderboard for people, and where the report lies; `export.py` forecasts for
  other programs
- `pictures.py` PNG by asset; `picture_rows.py`, `loss_curves.py` what they are of;
  `report_rows.py` what a report is of
- `suits.py` does a network correct what suits its series?
- `leak.py` does anything change when there is `another_future.py`? `fold_alone.py` one made again;
  `checked.py` what passed
- `environment.py` where results are made, and may be rounded otherwise
- `progress.py` done, percent, time left: on a terminal or as log lines
"""
