"""Breached passwords: asked by five digits of a hash, and never in the way when nobody answers (F1)."""

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path

import pytest

from idp.login.breaches import BreachRange, NoBreaches, breaches_at
from idp.resource_server.errors import ProviderUnavailableError
from idp.resource_server.fetch import Fetched

PASSWORD = "correct horse battery staple"
FOUND = hashlib.sha1(PASSWORD.encode()).hexdigest().upper()


class Range:
    """A range API that says what a test wants."""

    def __init__(self, body: str = "", *, status: int = 200, is_down: bool = False) -> None:
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self._answer = Fetched(status=status, headers={}, body=body.encode())
        self._is_down = is_down

    def fetch(self, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
        self.asked.append((url, headers or {}))
        if self._is_down:
            raise ProviderUnavailableError("down")
        return self._answer


def lines(*entries: tuple[str, int]) -> str:
    return "\r\n".join(f"{suffix}:{count}" for suffix, count in entries)


def test_breaches_are_asked_by_a_prefix() -> None:
    """Five digits leave the machine, to an answer that is padded; nothing else does."""
    there = Range(lines(("0" * 35, 3), (FOUND[5:], 17)))
    assert BreachRange("https://range.test/range", fetcher=there).holds(PASSWORD) is True
    assert there.asked == [(f"https://range.test/range/{FOUND[:5]}", {"Add-Padding": "true"})]


def test_breaches_are_found_by_the_normal_form() -> None:
    """A decomposed letter is looked for as it is hashed: NFC."""
    suffix = hashlib.sha1("café au lait".encode()).hexdigest().upper()[5:]
    assert BreachRange("https://range.test/", fetcher=Range(lines((suffix, 1)))).holds("cafe\u0301 au lait") is True


@pytest.mark.parametrize(
    "body", ["", lines(("0" * 35, 3)), lines((FOUND[5:], 0)), FOUND[5:], "nonsense\n:\n", lines((FOUND[6:], 4))]
)
def test_breaches_hold_not_what_is_not_listed(body: str) -> None:
    """Padding has the count 0; whatever is not a line of the list says nothing."""
    assert BreachRange("https://range.test/", fetcher=Range(body)).holds(PASSWORD) is False


@pytest.mark.parametrize("there", [Range(is_down=True), Range(status=503), Range(status=302)])
def test_breaches_fail_open(there: Range, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody is kept from choosing a password; the log says that it was not looked for, and nothing about it."""
    with caplog.at_level(logging.WARNING):
        assert BreachRange("https://range.test/", fetcher=there).holds(PASSWORD) is None
    assert "judged without it" in caplog.text
    assert FOUND[:5] not in caplog.text


def test_breaches_are_looked_for_in_a_copy(tmp_path: Path) -> None:
    """One file by its five digits is read and nothing leaves the machine; a file that is missing stops nobody."""
    (tmp_path / f"{FOUND[:5]}.txt").write_bytes(lines(("0" * 35, 3), (FOUND[5:], 17)).encode())
    there = breaches_at(f"file://{tmp_path}")
    assert there.holds(PASSWORD) is True
    assert there.holds("another one of four words") is None
    (tmp_path / f"{FOUND[:5]}.txt").write_text(lines((FOUND[6:], 17)))
    assert there.holds(PASSWORD) is False


def test_breaches_are_asked_where_one_is_set() -> None:
    """Without a setting nobody is asked."""
    assert isinstance(breaches_at("https://range.test/"), BreachRange)
    assert isinstance(breaches_at(""), NoBreaches)
    assert NoBreaches().holds(PASSWORD) is False
