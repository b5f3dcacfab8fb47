"""One web address, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.addresses import address, host, is_public_suffix
from schemas.confusables import skeleton, visible


@pytest.mark.parametrize(
    "written",
    [
        "ICBC-VIP.cc", " icbc-vip.cc ", "icbc-vip.cc.", ".icbc-vip.cc", "*.icbc-vip.cc", "www.icbc-vip.cc",
        "WWW.icbc-vip.cc.", "http://icbc-vip.cc", "HTTPS://icbc-vip.cc/", "hxxps://icbc-vip[.]cc", "//icbc-vip.cc",
        "http:\\\\icbc-vip.cc\\", "icbc-vip.cc:8443", "http://icbc-vip.cc:80/?a=b", "https://icbc.com.cn@icbc-vip.cc",
        "http://user:word@icbc-vip.cc/#top", "icbc-vip(dot)cc", "icbc-vip[点]cc", "icbc-vip。cc", "icbc-vip．cc",
        "icbc-vip․cc", "ｉｃｂｃ－ｖｉｐ.ｃｃ", "icbc\u200b-vip.c\u00adc", "icbc%2Dvip.cc", "ftp://icbc-vip.cc",
    ],
)  # fmt: skip
def test_a_host_has_one_spelling(written: str) -> None:
    assert address(written) == "icbc-vip.cc"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("t.cn/AbC", "t.cn/AbC"),
        ("https://T.cn/AbC/?x=/y", "t.cn/AbC"),
        ("t.cn/AbC#x", "t.cn/AbC"),
        ("银行vip.cc", "银行vip.cc"),
        ("xn--vip-bs7i163c.cc", "银行vip.cc"),
        ("XN--VIP-BS7I163C.CC/a", "银行vip.cc/a"),
        ("xn--!.cc", "xn--!.cc"),
        ("http://103.21.4.5/a", "103.21.4.5/a"),
        ("http://1729430533/a", "103.21.4.5/a"),
        ("http://0x67150405", "103.21.4.5"),
        ("http://0147.025.04.05", "103.21.4.5"),
        ("http://103.1377285", "103.21.4.5"),
        ("http://256.1.1.1", "256.1.1.1"),
        ("http://089.1.1.1", "089.1.1.1"),
        ("www.cn", "www.cn"),
        ("", ""), ("http://", ""), ("/a/b", ""), ("...", ""), ("a b", ""), ("x" * 300 + ".cc", ""),
    ],
)  # fmt: skip
def test_a_path_an_idn_and_a_number_are_read_as_a_browser_reads_them(written: str, meant: str) -> None:
    assert address(written) == meant


@given(st.text(max_size=80))
def test_whatever_is_written_is_an_address_or_none(written: str) -> None:
    named = address(written)
    assert host(named.partition("/")[0]) == named.partition("/")[0] or not named.isascii()


def test_names_below_which_anybody_may_register_are_known_from_the_package() -> None:
    assert all(map(is_public_suffix, ["cn", "com.cn", "co.uk", "github.io", "公司.cn"]))
    assert not any(map(is_public_suffix, ["icbc-vip.cc", "icbc.com.cn", "someone.github.io", "103.21.4.5"]))


@pytest.mark.parametrize(
    ("name", "read"), [("ісbс-vір.сс", "icbc-vip.cc"), ("ícbc—ｖip", "icbc-ｖip"), ("plain", "plain")]
)
def test_look_alike_letters_are_read_as_what_they_look_like(name: str, read: str) -> None:
    assert skeleton(name) == read


def test_nobody_sees_what_is_not_visible() -> None:
    assert visible("i\u200bc\u2060b\ufe0fc\u00ad\U000e0041.\u202ecc") == "icbc.cc"
