"""What can be expected to go wrong."""


class ExpectedError(Exception):
    """Something that is not as it must be. Says in one line what, and what to do; no traceback would help anybody."""
