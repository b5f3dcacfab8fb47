"""`python -m agents.victims.text.train`."""

import sys

from agents.victims.text.train.weights import main

sys.exit(main())
