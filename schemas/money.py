"""One money in which amounts are compared: the yuan, in fen.

The rates are rough (mid-2025, from general knowledge; not checked against a source, and further off where a currency
falls fast): whether a payment is ten times the usual does not hang on them, and nothing is ever booked by them. Minor
units are those of ISO 4217.
"""

from collections.abc import Mapping
from typing import Final

from schemas.fields import MONEY_MINOR_MAX

HOME: Final = "CNY"
RATES_AS_OF: Final = "2025-06"
_HOME_DECIMALS: Final = 2

_OTHER_DECIMALS: Final[Mapping[int, str]] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS: Final[Mapping[str, int]] = {
    currency: places for places, currencies in _OTHER_DECIMALS.items() for currency in currencies.split()
}

_RATES: Final = """
    AED 1.95   AFN .1     ALL .085   AMD .0187  ANG 4      AOA .0078  ARS .006   AUD 4.68   AWG 3.99   AZN 4.22
    BAM 4.25   BBD 3.59   BDT .059   BGN 4.25   BHD 19.1   BIF .0024  BMD 7.18   BND 5.59   BOB 1.04   BRL 1.29
    BSD 7.18   BTN .084   BWP .53    BYN 2.19   BZD 3.57   CAD 5.26   CDF .0025  CHF 8.9    CLF 300    CLP .0076
    CNY 1      COP .00176 CRC .0142  CUP .3     CVE .0755  CZK .335   DJF .0403  DKK 1.115  DOP .121   DZD .055
    EGP .145   ERN .479   ETB .053   EUR 8.32   FJD 3.19   FKP 9.73   GBP 9.73   GEL 2.64   GHS .69    GIP 9.73
    GMD .1     GNF .00083 GTQ .935   GYD .0343  HKD .916   HNL .275   HTG .0548  HUF .0208  IDR .00044 ILS 2.07
    INR .084   IQD .00548 IRR .00017 ISK .058   JMD .0448  JOD 10.1   JPY .049   KES .0556  KGS .0821  KHR .00179
    KMF .0169  KPW .008   KRW .0052  KWD 23.5   KYD 8.62   KZT .0138  LAK .00033 LBP .00008 LKR .0239  LRD .036
    LSL .404   LYD 1.32   MAD .79    MDL .42    MGA .0016  MKD .135   MMK .0034  MNT .002   MOP .889   MRU .18
    MUR .158   MVR .465   MWK .00414 MXN .381   MYR 1.69   MZN .112   NAD .404   NGN .0047  NIO .195   NOK .711
    NPR .0525  NZD 4.33   OMR 18.7   PAB 7.18   PEN 2.01   PGK 1.74   PHP .126   PKR .0253  PLN 1.96   PYG .00092
    QAR 1.97   RON 1.64   RSD .071   RUB .0905  RWF .005   SAR 1.91   SBD .86    SCR .49    SDG .012   SEK .755
    SGD 5.59   SHP 9.73   SLE .316   SOS .01257 SRD .19    SSP .0016  STN .34    SVC .82    SYP .00055 SZL .404
    THB .22    TJS .74    TMT 2.05   TND 2.46   TOP 3.02   TRY .179   TTD 1.06   TWD .243   TZS .0028  UAH .172
    UGX .002   USD 7.18   UYI .178   UYU .178   UYW 1.1    UZS .00057 VES .06    VND .000275 VUV .0602 WST 2.6
    XAF .0127  XCD 2.66   XOF .0127  XPF .0697  YER .03    ZAR .404   ZMW .31    ZWG .267
"""
YUAN: Final[Mapping[str, float]] = {
    currency: float(rate) for currency, rate in zip(*[iter(_RATES.split())] * 2, strict=True)
}
"""What one unit of a currency (ISO 4217) is worth, in yuan."""
_FEN: Final[Mapping[str, float]] = {
    currency: rate * 10 ** (_HOME_DECIMALS - _DECIMALS.get(currency, _HOME_DECIMALS)) for currency, rate in YUAN.items()
}


def in_words(amount_minor: int, currency: str) -> str:
    """An amount in a currency's minor unit as people write it.

    >>> in_words(1_234_50, "CNY"), in_words(5_000, "JPY"), in_words(1_500, "KWD")
    ('1,234.50 CNY', '5,000 JPY', '1.500 KWD')
    """
    places = _DECIMALS.get(currency, _HOME_DECIMALS)
    return f"{amount_minor / 10**places:,.{places}f} {currency}"


def fen(amount_minor: int, currency: str) -> int:
    """What an amount in a currency's minor unit is worth, in fen, at most `schemas.fields.MONEY_MINOR_MAX` either way.

    A currency that is not known counts as the yuan.

    >>> fen(674_000, "USD"), fen(9_360_000, "KRW"), fen(2_560_000, "BHD"), fen(480_00, "CNY")
    (4839320, 4867200, 4889600, 48000)
    """
    worth = round(amount_minor * _FEN.get(currency, 1.0))
    return max(-MONEY_MINOR_MAX, min(MONEY_MINOR_MAX, worth))
