"""Phones and accounts. All are made up, and nothing in them tells whose they are.

Townspeople, shops, strangers and scammers take theirs from one sequence, stirred by a bijection: neither a prefix
nor how close two numbers lie says anything of the person. That matters more than it looks: a number that gave its owner
away would be learned before anything else.
"""

from random import Random

PREFIXES = ("130", "131", "135", "137", "138", "139", "150", "151", "152", "157", "158", "159", "176", "177",
            "180", "182", "185", "186", "187", "188", "189", "191", "198", "199")  # fmt: skip
RESOLD_PREFIXES = ("162", "165", "167", "170", "171")
"""Of virtual operators: honest people have them too, scammers more often."""
AREA_CODES = ("010", "021", "0755", "020", "0571", "028", "027", "025")
FOREIGN = ("1", "44", "61", "65", "66", "81", "82", "84", "60", "63", "855", "95", "852", "853")
BANKS = (
    "工商银行",
    "建设银行",
    "农业银行",
    "中国银行",
    "交通银行",
    "招商银行",
    "邮储银行",
    "民生银行",
    "浦发银行",
    "城市银行",
)
BANK_LINES = ("95588", "95533", "95599", "95566", "95559", "95555", "95580", "95568", "95528", "96588")
"""The service line of each bank, by its index."""

_STIR_PHONE = 73_687_871
_STIR_ACCOUNT = 7_368_787_123_777
"""Coprime to ten, so that multiplying is a bijection of eight or thirteen digits."""
_RESOLD_EVERY = 29
"""One number in so many is a virtual operator's."""


class Numbers:
    """The sequence of a run.

    Args:
        seed: of the run.
    """

    def __init__(self, seed: int) -> None:
        rng = Random(f"{seed}/numbers")
        self._phones = rng.randrange(10**8)
        self._accounts = rng.randrange(10**13)
        self._bins = tuple(f"62{rng.randrange(10_000):04d}" for _ in BANKS)
        self._next = 0

    def phone(self) -> str:
        """A mobile number that nobody has yet."""
        number = self._take()
        return _mobile(_resold_or_not(number), self._stirred(number))

    def resold(self) -> str:
        """The same, of a virtual operator."""
        number = self._take()
        return _mobile(RESOLD_PREFIXES[number % len(RESOLD_PREFIXES)], self._stirred(number))

    def fixed(self) -> str:
        """A landline, as the network shows it."""
        number = self._take()
        return f"{AREA_CODES[number % len(AREA_CODES)]}{2 + number % 7}{self._stirred(number) % 10**7:07d}"

    def foreign(self) -> str:
        """A number abroad."""
        number = self._take()
        return f"+{FOREIGN[number % len(FOREIGN)]}{10**8 + self._stirred(number)}"

    def voip(self) -> str:
        """A line of a call centre: what networks show of it is a 95, a 400 or a landline."""
        number = self._take()
        digits = f"{self._stirred(number):08d}"
        return (f"95{digits[:6]}", f"400{digits[:7]}", f"0{AREA_CODES[number % 8][1:]}{digits}")[number % 3]

    def gateway(self) -> str:
        """Who sends a firm's texts: a number that begins with 106."""
        number = self._take()
        return f"106{5 + number % 5}{self._stirred(number):08d}{number % 100:02d}"

    def account(self, bank: int) -> str:
        """A bank account that nobody has yet.

        Args:
            bank: its index in `BANKS`.
        """
        number = self._take()
        return f"{self._bins[bank]}{(number * _STIR_ACCOUNT + self._accounts) % 10**13:013d}"

    def _take(self) -> int:
        self._next += 1
        return self._next

    def _stirred(self, number: int) -> int:
        return (number * _STIR_PHONE + self._phones) % 10**8


def _resold_or_not(number: int) -> str:
    if number % _RESOLD_EVERY == 0:
        return RESOLD_PREFIXES[number // _RESOLD_EVERY % len(RESOLD_PREFIXES)]
    return PREFIXES[number % len(PREFIXES)]


def _mobile(prefix: str, digits: int) -> str:
    return f"+86{prefix}{digits:08d}"
