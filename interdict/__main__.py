"""`python -m interdict`."""

import gc

gc.disable()  # while its modules are read: what is made then stays, and the collector would walk it over and over
from interdict.cli import main  # noqa: E402

gc.freeze()
gc.enable()
main()
