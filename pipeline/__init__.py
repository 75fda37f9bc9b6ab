"""Hindcast: honest forecasting as a declarative data pipeline. The stages in reading order.

- `declaration.py` what a data set may declare, `declaration_rules.py`, `declaration_names.py`
  and `declaration_scope.py` what must hold between its parts; `declaration_file.py` reads it from
  YAML, `declaration_words.py` says what is wrong in it, `strict.py` takes nothing else
- `calendar.py` time as whole steps; `tables.py` every stored table, `board_tables.py` those of the
  leaderboard, `packs.py` every pack of tensors; `errors.py` what one can mend; `mean_test.py`
  whether a mean is zero, of numbers that go together
- `folds/` one series at one cutoff, and what its result depends on
- `raw/` CSV files -> rows; `clean/` rows -> a regular grid; `windows/` inputs, targets at a cutoff
- `baselines/` the simple forecasts; `rnn/` networks that correct them, all trained as one program
- `imported/` forecasts that another program made, as one more model
- `served/` what a user acts on: a blend, with intervals; `scores/` forecasts against actuals
- `leaderboard/` which model is how good; `report/` one page about it
- `plots/` what a person looks at, as charts and PNG
- `store/` whole or absent files; `chain/` what is due, and the run that makes it
- `scaffold/` somebody's own CSV files -> a declaration, for `hindcast new`
- `components/`, `definitions.py`, `defs/`, `commands/`, `cli.py` the Dagster half: all before it
  works without
"""
