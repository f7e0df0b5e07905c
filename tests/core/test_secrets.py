"""Sealing and signing under the operator's keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.core.secrets import Secret, SecretKeys, UnsealError

OLD, NEW = "an old key of enough length, for tests", "a new key of enough length, for tests"
keys = SecretKeys([NEW, OLD])


def test_secret_does_not_print_itself() -> None:
    """A secret in a log line or traceback shows nothing."""
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    assert secret.value == "hunter2"


def test_keys_need_at_least_one() -> None:
    """There is no default key."""
    with pytest.raises(ValueError, match="at least one"):
        SecretKeys([])


def test_keys_do_not_print_themselves() -> None:
    """A ring in a traceback shows no key."""
    assert NEW not in f"{keys!r} {vars(keys)!r}"


@given(st.binary(), st.text())
def test_seal_opens_for_its_context(plain: bytes, context: str) -> None:
    """What was sealed for a context opens for it."""
    context = context.encode("utf-8", "ignore").decode()
    assert keys.open(keys.seal(plain, context=context), context=context) == plain


def test_seal_never_gives_the_same_twice() -> None:
    """Two rows with one secret do not look alike."""
    assert keys.seal(b"seed", context="a") != keys.seal(b"seed", context="a")


def test_open_refuses_another_context() -> None:
    """A sealed value copied to another row does not open there."""
    with pytest.raises(UnsealError):
        keys.open(keys.seal(b"seed", context="credential:1"), context="credential:2")


@pytest.mark.parametrize("position", [0, 4, 16, -1], ids=["key id", "nonce", "text", "tag"])
def test_open_refuses_a_changed_value(position: int) -> None:
    """One flipped bit anywhere is noticed."""
    sealed = bytearray(keys.seal(b"seed", context="a"))
    sealed[position] ^= 1
    with pytest.raises(UnsealError):
        keys.open(bytes(sealed), context="a")


@pytest.mark.parametrize("length", [0, 3, 4, 10, 16, 20])
def test_open_refuses_a_truncated_value(length: int) -> None:
    """A cut value is refused as a wrong one is, whatever is missing."""
    with pytest.raises(UnsealError):
        keys.open(keys.seal(b"seed", context="a")[:length], context="a")


def test_open_still_opens_under_an_older_key() -> None:
    """Keys rotate without a flag day: what the old one sealed opens while it stays in the ring."""
    sealed = SecretKeys([OLD]).seal(b"seed", context="a")
    assert keys.open(sealed, context="a") == b"seed"
    with pytest.raises(UnsealError):
        SecretKeys([NEW]).open(sealed, context="a")


def test_sign_is_by_the_newest_key() -> None:
    """New signatures come from the newest key alone."""
    assert keys.sign("m", context="c") == SecretKeys([NEW]).sign("m", context="c")
    assert keys.sign("m", context="c") != SecretKeys([OLD]).sign("m", context="c")


def test_verifies_any_present_key() -> None:
    """Forms that were shown before a rotation are still accepted after it."""
    assert keys.verifies(SecretKeys([OLD]).sign("m", context="c"), "m", context="c")
    assert not SecretKeys([NEW]).verifies(SecretKeys([OLD]).sign("m", context="c"), "m", context="c")


@pytest.mark.parametrize(
    ("signature", "message", "context"),
    [("", "m", "c"), ("0" * 64, "m", "c"), ("\udcff", "m", "c"), ("é", "m", "c")],
    ids=["empty", "zeros", "surrogate", "non-ascii"],
)
def test_verifies_refuses_what_was_not_signed(signature: str, message: str, context: str) -> None:
    """No text that a stranger sends is a signature, and none raises (FLT-41)."""
    assert not keys.verifies(signature, message, context=context)


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_sign_keeps_context_and_message_apart(
    context: str, message: str, other_context: str, other_message: str
) -> None:
    """Moving characters between context and message gives another signature."""
    same = (context, message) == (other_context, other_message)
    signed = keys.sign(message, context=context)
    assert keys.verifies(signed, other_message, context=other_context) is same


@pytest.mark.parametrize(
    ("one", "two"), [(("a:", "b"), ("a", ":b")), (("1", "2:x"), ("12", ":x"))], ids=["colon", "digits"]
)
def test_sign_keeps_the_border(one: tuple[str, str], two: tuple[str, str]) -> None:
    """The border between context and message cannot be moved by a colon or a digit."""
    assert keys.sign(one[1], context=one[0]) != keys.sign(two[1], context=two[0])
