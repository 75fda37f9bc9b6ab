"""What a person can mend.

`InputError` is for mistakes in files, declarations and commands: it names the place, the value, the
rule and what to do, and ends a command with exit code 2. Our own mistakes stay `assert`s.
"""


class InputError(Exception):
    """A person can mend this; the message says where, what, which rule, and what to do."""
