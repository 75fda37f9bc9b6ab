"""One page per data set: which model to trust, by how much, where it fails, and is it luck.

In: the stored tables. Out: one self-contained HTML file.

- `settings.py` the version
- `content.py` the tables that a page is made of; `shown.py` which series have charts of their own
- `verdict.py` the first sentence
- `sections/` the parts of the page, a file each; `parts.py` what they are put together from
- `words.py` numbers and dates as they are read
- `render.py` the page, from page.html, page.css and page.js
"""
