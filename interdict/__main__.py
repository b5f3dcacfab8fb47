"""`python -m interdict`."""

from interdict.cli import main

main()
