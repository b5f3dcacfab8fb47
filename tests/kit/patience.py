"""How long a test waits for what must come, on a machine as slow as may be."""

PATIENCE_S = 100.0
"""No claim about speed: a test ends as soon as it has come, and pytest's own `timeout` breaks off what takes longer."""
