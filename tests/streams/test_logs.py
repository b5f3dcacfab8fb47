"""No phone and no account number reaches a log line."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from streams.logs import configure_logging, keyed_hash, mask
from streams.settings import Settings

SECRETS = ["+8613800138000", "13800138000", "6222020200112233445", "138 0013 8000", "+86-138-0013-8000"]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr("sys.stderr", stream)
    configure_logging(Settings(log_format="json"))
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("secret", SECRETS)
def test_our_own_lines_are_masked_wherever_the_number_stands(log: io.StringIO, secret: str) -> None:
    structlog.get_logger("t").warning(f"refused {secret}", payee=secret, more={"deep": [secret]})
    assert secret not in log.getvalue()
    assert json.loads(log.getvalue())["level"] == "warning"


@pytest.mark.parametrize("secret", SECRETS)
def test_a_librarys_lines_are_masked_too(log: io.StringIO, secret: str) -> None:
    logging.getLogger("aiokafka.consumer").error("record %r of %s", secret.encode(), secret)
    try:
        raise ValueError(secret)
    except ValueError:
        logging.getLogger("faust").exception("failed")
    assert secret not in log.getvalue()


def test_one_persons_lines_can_be_followed_without_knowing_them() -> None:
    key = b"secret"
    assert mask("13800138000 called", key) == mask("13800138000 called", key)
    assert keyed_hash("a", key) != keyed_hash("a", b"other")


def test_times_and_counts_stay_readable(log: io.StringIO) -> None:
    structlog.get_logger("t").info("batch", records=3000, at=1_790_000_000_000)
    line = json.loads(log.getvalue())
    assert (line["records"], line["at"]) == (3000, 1_790_000_000_000)


@given(
    st.from_regex(r"\+?[1-9][0-9]{9,18}", fullmatch=True), st.sampled_from(["{}", "a {} b", "({})", "'{}',", "{}。"])
)
def test_any_long_number_is_masked(number: str, sentence: str) -> None:
    assert number not in mask(sentence.format(number), b"k")
