"""Where results lie: whole or absent, found by what they depend on, verified when read.

In: bytes and what they depend on. Out: the same bytes, or the plain statement that there are none.

- `names.py` any name as one safe part of a path, and back
- `atomic.py` a file that is old or new, never half
- `manifest.py` the small JSON file that says what an artifact is
- `files.py` Parquet and safetensors as bytes that do not depend on the moment
- `store.py` commit and read artifacts
"""
