"""Coverage-guided fuzzing of the decoders: `make fuzz SECONDS=60`.

Any bytes whatever: a decoder returns an event or raises `Rejected`; anything else ends the run with the input that did
it. Needs atheris (libFuzzer for Python), which the make target installs; hypothesis tests the same property always.
"""

import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["schemas"]):
    from schemas.codec import Rejected, decoder
    from schemas.topics import TOPICS

DECODERS = [decoder(topic) for topic in TOPICS if topic.kind in ("input", "reference") and topic.model is not None]


def one(data: bytes) -> None:
    """The first byte chooses the topic, the rest is the record."""
    if data:
        with suppress(Rejected):
            DECODERS[data[0] % len(DECODERS)](data[1:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
