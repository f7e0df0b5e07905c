"""Randomness, and the form in which bearer values are stored."""

import hashlib
import re

import pytest

from idp.core.tokens import SystemTokens, digest


def test_tokens_token_is_256_bits_url_safe() -> None:
    """A bearer value is 256 random bits in 43 URL-safe characters."""
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", SystemTokens().token())


def test_tokens_new_id_is_128_bits() -> None:
    """An identifier is 128 random bits in hex."""
    assert re.fullmatch(r"[0-9a-f]{32}", SystemTokens().new_id())


@pytest.mark.parametrize("length", [1, 6, 8])
def test_tokens_digits_have_the_length_asked(length: int) -> None:
    """A code keeps its leading zeros."""
    assert re.fullmatch(rf"[0-9]{{{length}}}", SystemTokens().digits(length))


def test_tokens_do_not_repeat() -> None:
    """A thousand draws differ."""
    tokens = SystemTokens()
    assert len({tokens.token() for _ in range(1000)} | {tokens.new_id() for _ in range(1000)}) == 2000


def test_digest_is_sha256_in_hex() -> None:
    """Bearer values are stored as SHA-256 alone."""
    assert digest("abc") == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize(
    "value", ["", "\udcff", "\x00", "\U0001f600", "x" * 100_000], ids=["empty", "surrogate", "nul", "emoji", "long"]
)
def test_digest_takes_any_text(value: str) -> None:
    """Whatever a stranger sends as a token has a digest and no exception (FLT-41)."""
    assert re.fullmatch(r"[0-9a-f]{64}", digest(value))
