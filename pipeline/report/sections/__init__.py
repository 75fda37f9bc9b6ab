"""A file per section of the page; each says `section(content)`, None where its data is absent.

- `leaderboard.py` which model is how good, with luck
- `newest.py` the forecast that is still open
- `forecasts.py` forecasts beside what came true
- `steps.py` the error by step ahead, `seasons.py` by season
- `coverage.py` whether intervals hold what they say
- `folds.py` what each cutoff may know
- `stability.py` how much a forecast moves between cutoffs, `seeds.py` between seeds
- `weights.py` what the blend is made of, `trust.py` what networks are trusted with
- `data.py` what was refused or changed on the way in
- `terms.py` what each number means
"""
