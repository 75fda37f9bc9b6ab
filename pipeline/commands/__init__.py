"""The commands of `hindcast`: a file is what a person types; the door is `cli` beside here.

Click, words and exit codes belong here; what is computed does not. Nothing heavy, and no Dagster,
is loaded before a command needs it.

- `asked.py` which data sets a command is about, and what of them is due
- `run.py`, `plan.py` compute what is due, or say what would be
- `results.py` the leaderboard, and the forecasts as a file
- `report.py` the page about a data set
- `new.py` a person's own CSV files become a data set; `answers.py` puts the questions to them
- `ui.py` Dagster's UI
"""
