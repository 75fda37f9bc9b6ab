"""Every figure of docs/accuracy.md, made by the pipeline's own chain on the same points for all.

    make bench-accuracy                             # all parts; keeps bench/results/accuracy.json
    python -m bench.accuracy shipped/jobs           # a part; the others stay as they are
    python -m bench.accuracy --quick shipped/jobs   # the same path, too short to quote; not kept

- `cases.py` the data sets, and panels declared like them; `forecasts.py` their chain, no Dagster
- `measures.py` ratios, seeds, the leaderboard's numbers; `autoets.py` the peer beside them
- `picked.py` a forecast chosen by past errors; `compared.py` the models of one case
- `parts.py` what is measured; `tables.py` how it is shown; `page.py` the page anew
"""
