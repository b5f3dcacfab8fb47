"""Coverage-guided fuzzing of the decoders: `make fuzz SECONDS=60`.

Any bytes whatever: a decoder returns an event or raises `Rejected`, and what is refused is mended or not; anything else
ends the run with the input that did it. Needs atheris (libFuzzer for Python), which the make target installs;
hypothesis tests the same property always.
"""

import sys

import atheris

with atheris.instrument_imports(include=["schemas"]):
    from schemas.codec import Rejected, decoder
    from schemas.mending import mender
    from schemas.topics import TOPICS

READ = [topic for topic in TOPICS if topic.kind in ("input", "reference") and topic.model is not None]
DECODERS = [(decoder(topic), mender(topic)) for topic in READ]


def one(data: bytes) -> None:
    """The first byte chooses the topic, the rest is the record."""
    if data:
        decode, mend = DECODERS[data[0] % len(DECODERS)]
        try:
            decode(data[1:])
        except Rejected as problem:
            mend(data[1:], problem)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
