"""Words of our own: texts by the thousand from templates, for training, never for measuring.

The labelled data is of 2013-2017 and lacks most of the police's classes; the templates (``words/``) say by
class what today's scripts and today's honest senders say. In a template ``[a|b]`` is one of several, ``[a|b]?``
may be left out, ``，?`` too, and ``<slot>`` is a row of ``slots.txt``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Final

LEFT_OUT: Final = 0.2
"""How often what may be left out is."""

WEIGHT_MIN: Final = 36
"""A text made weighs at least so much, a Chinese letter three and any other one: shorter ones say nothing."""

_CHOICE: Final = re.compile(r"\[([^\[\]]*)\](\?(?!\?))?|<(\w+)>(\??)|([，。： ,\u4e00-\u9fff])\?|\\(.)")


@dataclass(frozen=True, slots=True)
class Template:
    """One template: ``section`` is a wording of a fraud, or a kind of honest text."""

    section: str
    text: str


def templates(name: str) -> list[Template]:
    """The templates of ``scams`` or ``honest``, in the order of the file."""
    section, found = "", []
    for line in _lines(name):
        if line.startswith("# "):
            section = line[2:]
        else:
            found.append(Template(section, line))
    return found


def texts(template: Template, count: int, dice: Random, weight_min: int = WEIGHT_MIN) -> Iterator[str]:
    """Up to ``count`` different texts of one template."""
    seen = set()
    for _ in range(3 * count):
        text = made(template.text, dice)
        if len(text.encode()) >= weight_min and text not in seen:
            seen.add(text)
            yield text
        if len(seen) == count:
            return


def made(template: str, dice: Random) -> str:
    """One text of a template.

    >>> made("[您好|你好]，?[<kin>]?", Random(1))
    '您好，老妈'
    """

    def chosen(found: re.Match[str]) -> str:
        choice, optional, slot, slot_optional, mark, literal = found.groups()
        if literal is not None:
            return str(literal)
        if (optional or slot_optional or mark) and dice.random() < LEFT_OUT:
            return ""
        if mark is not None:
            return str(mark)
        return str(dice.choice(SLOTS[slot] if slot else choice.split("|")))

    text = _CHOICE.sub(chosen, template)
    return _CHOICE.sub(chosen, text).strip("，, ")


def _lines(name: str) -> list[str]:
    lines = files("agents.victims.text.train").joinpath("words", f"{name}.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line]


def _slots() -> dict[str, list[str]]:
    rows = (line.partition(" = ") for line in _lines("slots"))
    return {name: values.split("|") for name, _, values in rows}


SLOTS: Final = _slots()
