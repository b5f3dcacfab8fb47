"""The console command: composes schemas, streams and agents; simulator, replay, demo and bench."""

__version__ = "0.1.0"
