"""Raw: a person's CSV files become one long table, and nothing in it is guessed.

In: the bytes of CSV files (UTF-8, comma, one header line; a file is a series, or a column names the
series) and the declared columns. Out: rows as read, a verdict for each cell that is missing or was
changed, and the columns nobody declared. Whatever is ambiguous is an error that names file, line,
column, value and rule.

- `settings.py` what may be declared, and the version
- `read.py` files -> long frame and verdicts
- `dialect.py` encoding, line ends, the header
- `rows.py` lines -> cells of text, and where each stands
- `text.py` columns of text: trimmed, compared, matched
- `values.py` text -> numbers
- `times.py` text -> dates
- `verdicts.py` the list of what is missing or was changed
"""
