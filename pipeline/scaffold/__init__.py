"""Scaffold: a person's own CSV files become a data set, from what the files show.

In: CSV files, a name, answers. Out: `pipeline/defs/NAME/defs.yaml` and copies of the files, or one
sentence and nothing. What the files show in one way only is taken; everything else is a question.
It stands on the chain and on the stages, and no stage knows of it.

- `question.py` what only a person can say, and the error where nobody is there to say it
- `sheet.py` the files as columns of text; `dialect.py` what of them cannot be read, and what to do
- `marks.py` cells between semicolons, decimal commas: a command that writes them otherwise
- `rewrite.py` such commands for hourly rows, and for weeks that are dated by another day
- `date_formats.py` text that is a date, and how it is written
- `dates.py` which column is the time; `date_parts.py` year, month and day in their own columns
- `series.py` which column names the series
- `numbers.py` which columns are numbers, and which of those are nobody's measurements
- `target.py` which one is forecast, which others the networks may see
- `spacing.py` the freq from the distances between rows
- `models.py` which models the rows can carry; `cutoffs.py` from when on they are judged
- `reference.py` what is compared with: a mean over the years, or the season before
- `proposal.py` all of this for files and answers; `page.py` it as a commented defs.yaml
- `place.py` files and declaration on the disk: both or none; `summary.py` what was understood
- `template.py` the page where no file is there to be read
- `new.py` the door
"""
