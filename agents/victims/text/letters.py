"""What letters stand for: forms of one letter, letters that look like others, and how Chinese ones are read.

Each letter has one plain form, whatever script, width or style it is dressed in, and each Chinese letter one syllable,
without its tone, so that words written by sound (``威信``, ``wei xin``) are heard as what they mean. The tables are in
``letters.json``; ``train/letters.py`` makes it and names the sources.
"""

import json
import re
import unicodedata
from importlib.resources import files
from typing import Any, Final

from schemas.confusables import INVISIBLE

LETTERS_FILE: Final = "letters.json"
_TABLES: Final[dict[str, Any]] = json.loads(files("agents.victims.text").joinpath(LETTERS_FILE).read_bytes())

_VARIANTS: Final = {ord(a): b for a, b in zip(_TABLES["from"], _TABLES["to"], strict=True)}
_JOINED: Final[dict[str, str]] = _TABLES["joined"]
_SOME_JOINED: Final = re.compile("|".join(_JOINED))

_COMPATIBLE: Final = re.compile(
    "[\uff0e\uff0f\uff04\uff10-\uff19\uff20-\uff3a\uff41-\uff5a\uff61\u2460-\u24ff\u3220-\u3247\u3280-\u32b0"
    "\u2100-\u214f\u2160-\u217f\u2070-\u209f\ufb00-\ufb06\u2f00-\u2fd5\uf900-\ufaff\u1d00-\u1dbf"
    "\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff\u00c0-\u024f\u1e00-\u1eff]"
)
"""Full-width, circled, styled and accented letters: the ones that NFKD undresses."""
_INVISIBLE: Final = re.compile(f"[\u0300-\u036f{INVISIBLE}]")
"""What is not seen, or sits upon another letter."""


class _Plain(dict[int, str]):
    """Each letter's plain form, worked out when it is first met. The astral planes are not kept: a bound on memory."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if _COMPATIBLE.match(letter):
            letter = unicodedata.normalize("NFKD", letter)
        form = _INVISIBLE.sub("", letter).translate(_VARIANTS).lower()
        if code <= _BMP_LAST:
            self[code] = form
        return form


_BMP_LAST: Final = 0xFFFF
_PLAIN: Final = _Plain()

SYLLABLES: Final[tuple[str, ...]] = tuple(_TABLES["readings"])
SYLLABLE_AT: Final = 0xE000
"""Syllables are private letters from here on, in the order of ``SYLLABLES``; words follow them (``reading``)."""

SOUND: Final = {syllable: chr(SYLLABLE_AT + i) for i, syllable in enumerate(SYLLABLES)}
SOUNDS: Final[dict[int, str | None]] = {
    ord(letter): SOUND[s] for s, letters in _TABLES["readings"].items() for letter in letters
}
"""Chinese letters to their syllables, as ``str.translate`` takes it."""


def plain(text: str) -> str:
    """Each letter in its plain form, in lower case; nothing invisible, nothing accented.

    >>> plain("ＩＣＢＣ．cc Раураl 請將⼾")
    'icbc.cc paypal 请将户'
    """
    if text.isascii():
        return text.lower()
    text = text.translate(_PLAIN)
    if _SOME_JOINED.search(text):
        text = _SOME_JOINED.sub(lambda found: _JOINED[found[0]], text)
    return text


def heard(letters: str) -> str:
    """Chinese letters as their syllables; whatever else there is stays.

    >>> heard("威信") == heard("微信") == SOUND["wei"] + SOUND["xin"]
    True
    """
    return letters.translate(SOUNDS)
