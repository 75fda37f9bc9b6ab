"""The page of a data set whose files nobody has looked at: every line to be mended by hand.

`hindcast new` writes a better one from the files themselves; this is for `dg scaffold defs`.
"""

TEMPLATE = """\
# `hindcast new NAME FILE.csv` fills this in from the file; by hand, mend the lines below. Every key
# is described in pipeline/declaration.py. Until a file is there, the data set waits for it.
type: pipeline.components.HindcastComponent
attributes:
  files: data/{name}/*.csv # put CSV files there: commas, UTF-8, one line with the column names
  columns:
    ds: date # the column with the time, or [Year, Month, Day]
    # ds_format: "%d.%m.%Y" # where days are not written 2024-01-31
    # unique_id: store # the column that names the series; without it a file is one
    y: value # the column that is forecast
    # hist_exog: [price] # further columns for the network, known up to a cutoff
    # missing: [n/a] # what stands in cells of numbers where nothing was observed; empty always does
  freq: MS # a row a month (its first day), QS a quarter, W a week (its Sunday), D a day
  horizon: 12 # steps ahead
  # One forecast a month, each from the rows up to there only. `every:` W for days, say.
  cutoffs: {{first: "2020-01-01"}}
  networks:
    rnn: {{refit: 12}} # trained anew at every 12th cutoff
"""


def template_of(name: str) -> str:
    """The page under the name of its folder."""
    return TEMPLATE.format(name=name)
