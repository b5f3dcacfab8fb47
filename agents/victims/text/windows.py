"""A text in sentences, and a long one in windows: what a fraud is worth does not fall with the innocent words
around it.

An evader pads: sixty letters of fraud among a thousand of chatter weigh next to nothing in their sum. So a long text is
also read piece by piece, each piece as if it were a message, and the text is as bad as its worst piece:

    text      ..................FRAUD............      (links taken out, their places kept)
    sentences [    ][           ][       ][  ]         at full stops: what is said in another excuses nothing
    windows   [      ][      ][      ][      ]         50 Chinese letters, or 150 Latin ones: a message
                  [      ][      ][      ]             and again, half a window on
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

WINDOW_WEIGHT: Final = 150
"""What the letters of a window weigh, a Chinese one three, any other one: a sentence of Latin ones needs three
times as many."""

HANZI_WEIGHT: Final = 3
SENTENCE_BYTES_MIN: Final = 36
"""A sentence of fewer bytes (12 Chinese letters) is not read by itself: it says too little."""

_SENTENCE_END: Final = re.compile("[。！？；!?;\n]|[.] ")
_LETTER: Final = re.compile("[a-z\u4e00-\u9fff]")


def windows(text: str) -> Iterator[str]:
    """The sentences of a marked text, and the windows over it, half a window apart; none where all of it is
    one. What is no letter weighs nothing.

    >>> [len(window) for window in windows("好" * 100)]
    [50, 50, 50]
    """
    sentences = _SENTENCE_END.split(text)
    if len(sentences) > 1:
        yield from (sentence for sentence in sentences if len(sentence.encode()) >= SENTENCE_BYTES_MIN)
    places = [found.start() for found in _LETTER.finditer(text)]
    weights = list(accumulate(HANZI_WEIGHT if text[place] >= "一" else 1 for place in places))
    total = weights[-1] if weights else 0
    if total <= WINDOW_WEIGHT:
        return
    half = WINDOW_WEIGHT // 2
    for before in range(0, total - half, half):
        first, last = bisect_left(weights, before + 1), bisect_left(weights, before + WINDOW_WEIGHT)
        yield text[places[first] : places[min(last, len(places) - 1)] + 1 if last < len(places) - 1 else len(text)]
