"""What a user acts on: a blend of all forecasts, with intervals that past errors bear out.

In: forecasts of this and of earlier cutoffs, actuals up to this one. Out: the served forecast, why
it is what it is, and intervals for every model.

- `settings.py` what may be declared, and the version
- `serve.py` all that is served, the one door to this folder
- `past.py` what was said and observed, and what of it is known at a cutoff
- `evidence.py` what each model's errors were; `guard.py` who is left out whatever they were
- `blend.py` the weights, and the sum; `words.py` why, in a sentence
- `earlier.py` the errors before each cutoff; `calibrate.py` intervals, `probability.py` events
- `frames.py` rows of the stored tables
"""
