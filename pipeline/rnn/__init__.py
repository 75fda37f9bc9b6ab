"""Recurrent networks: all networks of a run trained together, each exactly as if it were alone.

In: series cut at their refit cutoff, and the settings of one network. Out: trained networks, which
forecast from any later cutoff of their series.

- `settings.py` what may be declared, `presets.py` what holds where nothing is
- `correction.py` what a network sees and what it is to forecast, `spreads.py` its scales; before
  them `unscaled.py` signals and windows
- `references.py` what is corrected of each series, where that is picked by past errors
- `as_of.py` the reference's errors and the anomalies of the other columns, as of their own time;
  `together.py` once for all folds that share the rows
- `transform.py` the scale on which it corrects: values, roots or logarithms; `ratio.py` factors
- `two_fits.py` a first fit for measuring, a second one on all; `shrinkage.py` what the second is
  trusted with
- `pooled.py` many series as one fold, for `train_global.py`; `standing.py` what else is seen there,
  `global_network.py` one network of many series, and as tensors
- `train.py` from series to networks; `group.py` those that train together, `memory.py` in halves
  where they do not fit
- `steps.py` the loop over the optimizer's steps, `one_step.py` one of them, `captured.py` the graph
  of it on a GPU; `state.py` all that changes, `curve.py` the losses; `early_stop.py`,
  `checkpoint.py`
- `outputs.py` what networks say of windows of their own folds; `smearing.py` makes means of what
  was learnt on logarithms
- `forecast.py` from networks and newer rows to forecasts; `seen.py` what a network is shown then
- `network.py` a trained network, and its tensors for the store
- `stack.py` F networks as one program over flat rows of weights; `cells/` the recurrences,
  `kernels/` the same steps compiled
- `layout.py` where each parameter lies in its row, `start.py` what it begins from
- `batches.py` which windows each network sees at each step
- `losses.py` of points and quantiles; `optimizer.py` clipping, Adam, the learning rate's schedule
- `random_numbers.py` numbers without state, `device.py` CPU or GPU
"""
